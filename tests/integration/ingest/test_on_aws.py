"""The ingest service as it is deployed: real adapters, built from the environment, over HTTP."""

from __future__ import annotations

import hashlib
import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
import urllib3
from chalice.app import AuthResponse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sightline.bootstrap import pipeline
from tests.api import Answer, Api, assert_canonical_error
from tests.examples import reservation
from tests.integration.ingest.world import CAMERA, TOKEN, environment, image, service

PICTURE = b"\xff\xd8\xff" + b"not really" * 100


def announce(body: Any) -> Answer:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    return Api(service.app).call("POST", "/uploads", body=body, headers=headers)


def now() -> str:
    return datetime.now(UTC).isoformat()


def test_a_picture_goes_where_the_answer_says_and_only_once(aws: dict[str, str]) -> None:
    shift = {"shift": "früh"}
    asked = image("Größe 1", size=len(PICTURE), capturedAt=now(), metadata=shift)
    place = announce(asked).json["uploads"][0]
    again = announce(asked).json["uploads"][0]
    assert again["key"] == place["key"]
    put = [
        urllib3.request("PUT", one["url"], headers=one["headers"], body=PICTURE)
        for one in (place, again)
    ]
    assert [answer.status for answer in put] == [200, 412]
    stored = boto3.client("s3").get_object(Bucket=aws["IMAGES_BUCKET"], Key=place["key"])
    digests = {hashlib.sha256(data).digest() for data in (stored["Body"].read(), PICTURE)}
    assert len(digests) == 1


@given(
    st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=256),
    st.text(min_size=1, max_size=128),
)
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40
)
def test_s3_takes_whatever_metadata_was_taken_here(
    aws: dict[str, str], value: str, image_id: str
) -> None:
    values = {f"key-{n}": value for n in range(10)}
    asked = image(image_id, capturedAt=now(), metadata=values)
    answer = announce(asked)
    if answer.status != 200:
        return
    headers = answer.json["uploads"][0]["headers"]
    prefix = "x-amz-meta-"
    own = {k.removeprefix(prefix): v for k, v in headers.items() if k.startswith(prefix)}
    assert sum(len(k) + len(v) for k, v in own.items()) <= 2048
    assert all(v.isascii() for v in own.values())


@pytest.mark.usefixtures("aws")
def test_everything_that_the_camera_declares_is_signed() -> None:
    place = announce(image(size=7, capturedAt=now())).json["uploads"][0]
    query = parse_qs(urlsplit(place["url"]).query)
    signed = set(query["X-Amz-SignedHeaders"][0].split(";"))
    assert {"content-length", "host"} | {name.lower() for name in place["headers"]} == signed
    assert query["X-Amz-Expires"] == ["300"]


@pytest.mark.usefixtures("aws")
def test_a_camera_of_the_aws_sample_uploads_with_its_content_type_alone() -> None:
    path = "/getsignedurl?cameraid=press-1-top&assemblylineid=press-1&imageid=part-1.jpg"
    answer = Api(service.app).call("GET", path, headers={"authorizationToken": TOKEN})
    assert answer.json["photoFilename"] == "part-1.jpg"
    url = answer.json["uploadURL"]
    query = parse_qs(urlsplit(url).query)
    assert query["X-Amz-SignedHeaders"] == ["content-type;host"]
    put = urllib3.request("PUT", url, headers={"Content-Type": "image/jpeg"}, body=PICTURE)
    assert put.status == 200


@pytest.mark.usefixtures("aws")
def test_a_hundred_pictures_are_answered_well_within_the_limits() -> None:
    asked = {"images": [image(f"part-{n}", capturedAt=now()) for n in range(100)]}
    start = time.perf_counter()
    answer = announce(asked)
    seconds = time.perf_counter() - start
    assert len(answer.json["uploads"]) == 100
    assert seconds < 10, "API Gateway gives up after 29 s, on a machine that may be slower"


def test_a_missing_table_is_told_without_its_name(aws: dict[str, str]) -> None:
    boto3.client("dynamodb").delete_table(TableName=aws["INSPECTIONS_TABLE"])
    answer = announce(image(capturedAt=now()))
    assert answer.status in {500, 503}
    code = {500: "InternalError", 503: "Unavailable"}[answer.status]
    assert "table" not in assert_canonical_error(answer, answer.status, code).lower()


def test_uploads_are_signed_for_the_buckets_own_region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    service.use(lambda: pipeline.ingest(environment()))
    deps = service.deps()
    url = deps.images.sign_legacy_upload(reservation(), seconds=60)
    assert urlsplit(url).netloc == "pictures.s3.eu-west-1.amazonaws.com"


def test_a_missing_variable_is_our_fault_and_named_in_the_log_alone(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    allowed = AuthResponse(["/uploads"], CAMERA.camera_id)
    monkeypatch.setattr(service.camera, "func", lambda _: allowed)
    service.use(lambda: pipeline.ingest({**environment(), "IMAGES_BUCKET": ""}))
    assert Api(service.app).call("GET", "/health").status == 200
    assert_canonical_error(announce(image()), 500, "InternalError")
    assert "IMAGES_BUCKET is missing or blank" in caplog.text
