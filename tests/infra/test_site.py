"""The site's hosting: over TLS through CloudFront alone, with the headers it was tried with."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.config import Config

from infra.policies.resource import of
from sightline.domain.errors import InvalidError
from sightline.http import site as served
from tests.infra.conftest import settings_of
from tests.infra.recorder import Recording, one

DOMAIN = "inspect.example.com"
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d"


def test_only_this_distribution_reads_the_bucket(prod: Recording) -> None:
    distribution = one(prod, "cloudfront.Distribution", "site")
    policy = json.loads(one(prod, "s3.BucketPolicy", "site").inputs["policy"])
    allowed = [found for found in policy["Statement"] if found["Effect"] == "Allow"]
    assert [found["Principal"] for found in allowed] == [{"Service": "cloudfront.amazonaws.com"}]
    assert allowed[0]["Action"] == "s3:GetObject"
    assert allowed[0]["Condition"] == {"StringEquals": {"AWS:SourceArn": distribution.arn}}
    (origin,) = distribution.inputs["origins"]
    access = one(prod, "cloudfront.OriginAccessControl", "site")
    assert origin["originAccessControlId"] == access.id
    assert access.inputs["signingBehavior"] == "always"


def test_plain_http_is_led_to_https_and_nothing_can_be_written(prod: Recording) -> None:
    behaviour = one(prod, "cloudfront.Distribution", "site").inputs["defaultCacheBehavior"]
    assert behaviour["viewerProtocolPolicy"] == "redirect-to-https"
    assert behaviour["allowedMethods"] == ["GET", "HEAD"]


def test_cloudfront_sends_the_headers_that_the_local_gateway_sends(prod: Recording) -> None:
    policy = one(prod, "cloudfront.ResponseHeadersPolicy", "site").inputs
    security = policy["securityHeadersConfig"]
    own = {item["header"]: item["value"] for item in policy["customHeadersConfig"]["items"]}
    sent = {
        "Content-Security-Policy": security["contentSecurityPolicy"]["contentSecurityPolicy"],
        "Referrer-Policy": security["referrerPolicy"]["referrerPolicy"],
        "X-Frame-Options": security["frameOptions"]["frameOption"],
        "X-Content-Type-Options": "nosniff" if security["contentTypeOptions"]["override"] else "",
        **own,
    }
    local = served.headers()
    assert sent.keys() == local.keys()
    changed = {name for name, value in local.items() if sent[name] != value}
    assert changed == {"Content-Security-Policy"}
    assert security["strictTransportSecurity"]["accessControlMaxAgeSec"] == served.HSTS_SECONDS


def test_the_policy_names_the_services_and_the_buckets_of_pictures(prod: Recording) -> None:
    policy = one(prod, "cloudfront.ResponseHeadersPolicy", "site").inputs
    csp = policy["securityHeadersConfig"]["contentSecurityPolicy"]["contentSecurityPolicy"]
    parts = {name: rest for name, _, rest in (part.partition(" ") for part in csp.split("; "))}
    for output in ("imagesBucket", "modelsBucket"):
        host = f"https://{prod.outputs[output]}.s3.eu-west-1.amazonaws.com"
        assert host in parts["img-src"]
        assert host in parts["connect-src"]
    assert "https://cognito-idp.eu-west-1.amazonaws.com" in parts["connect-src"]
    assert parts["script-src"] == "'self'"


def test_pictures_are_shown_from_the_buckets_of_those_who_make_datasets(
    run: Callable[..., Recording],
) -> None:
    named = run(settings_of("prod", datasetBuckets=["parts", "parts.example.com"]))
    policy = one(named, "cloudfront.ResponseHeadersPolicy", "site").inputs
    csp = policy["securityHeadersConfig"]["contentSecurityPolicy"]["contentSecurityPolicy"]
    parts = {name: rest.split() for name, _, rest in (p.partition(" ") for p in csp.split("; "))}
    s3 = boto3.client(
        "s3",
        "eu-west-1",
        aws_access_key_id="a",
        aws_secret_access_key="b",
        config=Config(signature_version="s3v4"),
    )
    for bucket in ("parts", "parts.example.com"):
        signed = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "1.jpg"})
        assert any(signed.startswith(source) for source in parts["img-src"]), signed
        assert not any(signed.startswith(source) for source in parts["connect-src"]), signed


def test_a_domain_of_ones_own_comes_with_its_certificate(
    run: Callable[..., Recording],
) -> None:
    settings = replace(settings_of("prod"), site_domain=DOMAIN, site_certificate_arn=CERTIFICATE)
    recording = run(settings)
    distribution = one(recording, "cloudfront.Distribution", "site").inputs
    assert distribution["aliases"] == [DOMAIN]
    assert distribution["viewerCertificate"]["minimumProtocolVersion"] == "TLSv1.2_2021"
    assert recording.outputs["siteAddress"] == f"https://{DOMAIN}"


@pytest.mark.parametrize(
    "changes", [{"site_domain": DOMAIN}, {"site_certificate_arn": CERTIFICATE}]
)
def test_a_domain_without_a_certificate_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidError, match="siteCertificateArn"):
        replace(settings_of("prod"), **changes)


def test_a_site_that_is_hosted_elsewhere_is_not_declared(run: Callable[..., Recording]) -> None:
    recording = run(replace(settings_of("prod"), site_hosting=False))
    assert not of(recording.resources, "cloudfront.Distribution")
    assert "siteBucket" not in recording.outputs
