"""Fixtures of the ingest service's tests."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from sightline.adapters.aws.cameras import DynamoCameraRegistry
from sightline.bootstrap import pipeline
from tests.integration.ingest.world import CAMERA, World, environment, service


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def aws(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The service on an emulated AWS with one camera; gives the service's environment."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    env = environment(f"-{secrets.token_hex(4)}")
    where: Any = {"LocationConstraint": "eu-west-1"}
    boto3.client("s3").create_bucket(Bucket=env["IMAGES_BUCKET"], CreateBucketConfiguration=where)
    dynamodb = boto3.client("dynamodb")
    for variable, key in {"CAMERAS_TABLE": "camera_id", "INSPECTIONS_TABLE": "image"}.items():
        dynamodb.create_table(
            TableName=env[variable],
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
        )
    DynamoCameraRegistry(env["CAMERAS_TABLE"], dynamodb).add(CAMERA)
    service.use(lambda: pipeline.ingest(env))
    return env
