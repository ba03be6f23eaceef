"""The services' APIs: limits, and domains of one's own that everything else then uses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from infra.policies.resource import of
from sightline.domain.errors import InvalidError
from sightline.packaging.gateway import Gateway
from tests.infra.conftest import EVERYTHING, settings_of
from tests.infra.recorder import Recording, one

DOMAIN, RECORD = "apigateway.DomainName", "route53.Record"
SERVICES = ("analytics", "control", "ingest")


def without(*keys: str) -> dict[str, Any]:
    return {key: value for key, value in EVERYTHING.items() if key not in keys}


def connect_sources(recording: Recording) -> list[str]:
    """What the site's pages may ask."""
    policy = one(recording, "cloudfront.ResponseHeadersPolicy", "site").inputs
    csp = policy["securityHeadersConfig"]["contentSecurityPolicy"]["contentSecurityPolicy"]
    (found,) = [part for part in csp.split("; ") if part.startswith("connect-src ")]
    return str(found).split()[1:]


@pytest.mark.parametrize("service", SERVICES)
def test_services_are_told_their_limits_and_domains(
    service: str, prod: Recording, full: Recording
) -> None:
    output = f"{service}Gateway"
    rate = 1000 if service == "ingest" else 50
    assert Gateway.of(output, prod.outputs[output]) == Gateway(rate, 2 * rate, 0, "")
    domain = f"{service}.example.com"
    assert Gateway.of(output, full.outputs[output]) == Gateway(rate, 2 * rate, 2000, domain)


def test_limits_are_settings(run: Callable[..., Recording]) -> None:
    changed = run(
        settings_of(
            "prod",
            ingestRequestsPerSecond=7,
            controlRequestsPerSecond=8,
            analyticsRequestsPerSecond=9,
        )
    )
    rates = {name: changed.outputs[f"{name}Gateway"]["requestsPerSecond"] for name in SERVICES}
    assert rates == {"ingest": 7, "control": 8, "analytics": 9}


def test_a_domain_has_its_certificate_and_its_entry(full: Recording) -> None:
    for service in SERVICES:
        domain = one(full, DOMAIN, service)
        assert domain.inputs["domainName"] == f"{service}.example.com"
        assert domain.inputs["regionalCertificateArn"] == EVERYTHING["apiCertificateArn"]
        record = one(full, RECORD, f"{service}-a").inputs
        assert (record["name"], record["zoneId"]) == (f"{service}.example.com", "Z0123456789ABC")
        (alias,) = record["aliases"]
        assert alias["name"] == domain.outputs["regionalDomainName"]
        assert alias["zoneId"] == domain.outputs["regionalZoneId"]
        assert full.outputs[f"{service}DomainLeadsTo"] == alias["name"]


def test_the_sites_domain_is_entered_for_both_kinds_of_addresses(full: Recording) -> None:
    distribution = one(full, "cloudfront.Distribution", "site")
    for kind in ("a", "aaaa"):
        record = one(full, RECORD, f"site-{kind}").inputs
        assert (record["name"], record["type"]) == ("inspect.example.com", kind.upper())
        (alias,) = record["aliases"]
        assert alias["name"] == distribution.outputs["domainName"]
        assert alias["zoneId"] == distribution.outputs["hostedZoneId"]
        assert full.outputs["siteDomainLeadsTo"] == alias["name"]


def test_without_a_zone_the_entries_are_left_to_you(run: Callable[..., Recording]) -> None:
    recording = run(settings_of("prod", **without("hostedZoneId")))
    assert len(of(recording.resources, DOMAIN)) == len(SERVICES)
    assert not of(recording.resources, RECORD)
    assert recording.outputs["ingestDomainLeadsTo"]


def test_without_domains_there_is_nothing_of_the_kind(prod: Recording) -> None:
    assert not of(prod.resources, DOMAIN, RECORD)
    assert not [output for output in prod.outputs if output.endswith("DomainLeadsTo")]
    assert "https://*.execute-api.eu-west-1.amazonaws.com" in connect_sources(prod)


def test_a_service_that_is_left_out_has_no_domain(run: Callable[..., Recording]) -> None:
    recording = run(settings_of("prod", **{**EVERYTHING, "control": False}))
    assert {domain.name for domain in of(recording.resources, DOMAIN)} == {"analytics", "ingest"}
    assert "https://control.example.com" not in connect_sources(recording)


def test_pages_may_ask_the_services_at_their_domains_alone(
    full: Recording, run: Callable[..., Recording]
) -> None:
    asked = connect_sources(full)
    assert {"https://control.example.com", "https://analytics.example.com"} <= set(asked)
    assert not [origin for origin in asked if "execute-api" in origin]
    partly = connect_sources(run(settings_of("prod", **without("analyticsDomain"))))
    assert {
        "https://control.example.com",
        "https://*.execute-api.eu-west-1.amazonaws.com",
    } <= set(partly)


def test_pictures_may_be_sent_from_the_sites_domain(run: Callable[..., Recording]) -> None:
    recording = run(settings_of("prod", **{**EVERYTHING, "corsOrigins": ["https://other.example"]}))
    for cors in of(recording.resources, "s3.BucketCorsConfiguration"):
        (rule,) = cors.inputs["corsRules"]
        assert rule["allowedOrigins"] == ["https://other.example", "https://inspect.example.com"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"apiCertificateArn": ""}, "apiCertificateArn: needed for"),
        (
            {"ingestDomain": "", "controlDomain": "", "analyticsDomain": ""},
            "apiCertificateArn: needed for, and only for",
        ),
        (
            {"apiCertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/4e5f"},
            "apiCertificateArn: the certificate is not in eu-west-1",
        ),
        ({"ingestDomain": "control.example.com"}, "controlDomain, .*: one is there twice"),
        ({"controlDomain": "inspect.example.com"}, "siteDomain: one is there twice"),
        ({"siteUrl": "https://elsewhere.example.com"}, "siteUrl: https://elsewhere"),
        ({"siteDomain": ""}, "siteDomain, siteCertificateArn: "),
    ],
)
def test_settings_that_do_not_fit_together_are_refused(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidError, match=said):
        settings_of("prod", **{**EVERYTHING, **changed})


def test_a_zone_without_domains_is_refused() -> None:
    with pytest.raises(InvalidError, match="hostedZoneId: there is no domain"):
        settings_of("prod", hostedZoneId="Z0123456789ABC")
