"""Uploading the site to an emulated AWS."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from sightline.deployment.site import SiteTarget, deploy_site
from sightline.domain.errors import InvalidError

OUTPUTS = {
    "siteBucket": "the-site",
    "siteDistributionId": "E123",
    "siteAddress": "https://inspect.example.com",
    "imagesBucket": "pictures",
    "modelsBucket": "models",
    "region": "eu-west-1",
    "timeZone": "Europe/Berlin",
    "userPoolId": "eu-west-1_abc",
    "userPoolClientId": "client",
    "identityPoolId": "eu-west-1:pool",
}
TARGET = SiteTarget.of("dev", OUTPUTS, {"control": "https://c.example/sightline-dev/"})


@dataclass
class CloudFront:
    """Keeps what was invalidated."""

    asked: list[dict[str, Any]] = field(default_factory=list)

    def create_invalidation(self, **asked: Any) -> None:
        self.asked.append(asked)


@pytest.fixture
def s3() -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="the-site")
        yield client


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "lib").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><head><title>Sightline", "utf-8")
    (tmp_path / "lib/api.js").write_text("export const a = 1", "utf-8")
    return tmp_path


def deploy(folder: Path, s3: Any, cloudfront: CloudFront) -> int:
    return deploy_site(TARGET, folder, s3=s3, cloudfront=cloudfront, say=lambda _: None)


def keys(s3: Any) -> set[str]:
    return {item["Key"] for item in s3.list_objects_v2(Bucket="the-site")["Contents"]}


def test_files_go_up_with_their_types_and_the_configuration_of_the_stack(
    folder: Path, s3: Any
) -> None:
    assert deploy(folder, s3, CloudFront()) == 3
    script = s3.get_object(Bucket="the-site", Key="lib/api.js")
    assert script["ContentType"] == "text/javascript; charset=utf-8"
    assert script["CacheControl"] == "no-cache"
    config = json.load(s3.get_object(Bucket="the-site", Key="config.json")["Body"])
    assert config["apis"] == {"control": "https://c.example/sightline-dev"}
    assert config["userPoolId"] == "eu-west-1_abc"


def test_pages_may_ask_the_services_of_their_environment_and_no_others(
    folder: Path, s3: Any
) -> None:
    deploy(folder, s3, CloudFront())
    page = s3.get_object(Bucket="the-site", Key="index.html")["Body"].read().decode()
    found = re.search(r'<head>\s*<meta http-equiv="Content-Security-Policy" content="(.*?)"', page)
    assert found
    assert set(found[1].split()) == {
        "connect-src",
        "'self'",
        "https://c.example",
        "https://cognito-idp.eu-west-1.amazonaws.com",
        "https://cognito-identity.eu-west-1.amazonaws.com",
        *("https://pictures.s3.amazonaws.com", "https://pictures.s3.eu-west-1.amazonaws.com"),
        *("https://models.s3.amazonaws.com", "https://models.s3.eu-west-1.amazonaws.com"),
    }


def test_what_has_not_changed_is_not_sent_and_nothing_is_invalidated(folder: Path, s3: Any) -> None:
    cloudfront = CloudFront()
    deploy(folder, s3, cloudfront)
    assert deploy(folder, s3, cloudfront) == 0
    assert len(cloudfront.asked) == 1


def test_what_is_no_longer_in_the_site_goes(folder: Path, s3: Any) -> None:
    cloudfront = CloudFront()
    deploy(folder, s3, cloudfront)
    (folder / "lib/api.js").unlink()
    assert deploy(folder, s3, cloudfront) == 1
    assert keys(s3) == {"index.html", "config.json"}


def test_going_back_to_an_earlier_version_is_invalidated_too(folder: Path, s3: Any) -> None:
    cloudfront = CloudFront()
    for text in ("one", "two", "one"):
        (folder / "index.html").write_text(text, "utf-8")
        deploy(folder, s3, cloudfront)
    references = {asked["InvalidationBatch"]["CallerReference"] for asked in cloudfront.asked}
    assert len(references) == 3


def test_a_stack_without_a_site_is_refused_by_what_is_missing() -> None:
    with pytest.raises(InvalidError, match=r"siteBucket.*siteHosting"):
        SiteTarget.of("dev", {**OUTPUTS, "siteBucket": None}, {})
