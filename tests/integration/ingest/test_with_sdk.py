"""The camera SDK against the service: both sides of the contract in one place."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import boto3
import pytest

from sightline.adapters.aws.cameras import DynamoCameraRegistry
from sightline.camera import Camera
from sightline.domain.errors import ConflictError, NotFoundError, UnauthorizedError
from tests.api import Api
from tests.examples import NOON, recorded
from tests.integration.ingest.world import CAMERA, TOKEN, service

JPEG = b"\xff\xd8\xff\xe0" + b"not really a picture" * 50 + b"\xff\xd9"


class Handler(BaseHTTPRequestHandler):
    """Hands HTTP requests to the service."""

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        answer = Api(service.app).call(
            self.command, self.path, body=body, headers=dict(self.headers)
        )
        self.send_response(answer.status)
        for name, value in {**answer.headers, "Content-Length": len(answer.body)}.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(answer.body)

    do_POST = do_GET  # noqa: N815 - named so by the base class

    def log_message(self, *args: object) -> None:
        """Nothing: the tests speak for themselves."""


@pytest.fixture
def address(aws: dict[str, str]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_picture_arrives_once_however_often_it_is_sent(address: str, aws: dict[str, str]) -> None:
    with Camera(address, TOKEN, retries=0) as sender:
        first = sender.upload(JPEG, image_id="Größe 1 (50 %)", shift="früh")
        again = sender.upload(JPEG, image_id="Größe 1 (50 %)", shift="spät")
    assert (first.state, again.state) == ("uploaded", "already_there")
    assert first.key == again.key
    stored = boto3.client("s3").list_objects_v2(Bucket=aws["IMAGES_BUCKET"])["Contents"]
    assert [item["Key"] for item in stored] == [first.key]


def test_the_verdict_is_there_when_it_is_there(address: str) -> None:
    with Camera(address, TOKEN, retries=0) as sender:
        with pytest.raises(NotFoundError):
            sender.verdict("part 0001 größe")
        sender.upload(JPEG, image_id="part 0001 größe")
        assert not sender.verdict("part 0001 größe").inspected
        service.deps().inspections.record(recorded())
        found = sender.verdict("part 0001 größe")
        assert (found.verdict, found.confidence) == ("anomalous", 0.9378743361326908)
        assert sender.upload(JPEG, image_id="part 0001 größe").state == "already_there"


def test_refusals_mean_what_the_sdk_takes_them_for(address: str, aws: dict[str, str]) -> None:
    with Camera(address, TOKEN, retries=0) as sender:
        sender.upload(JPEG, image_id="part-1")
        with pytest.raises(ConflictError, match="a new picture needs a new imageId"):
            sender.upload(JPEG + b"more", image_id="part-1")
    with Camera(address, TOKEN[:-1], retries=0) as stranger, pytest.raises(UnauthorizedError):
        stranger.upload(JPEG)
    registry = DynamoCameraRegistry(aws["CAMERAS_TABLE"], boto3.client("dynamodb"))
    registry.change(CAMERA.camera_id, {"revoked_at": NOON})
    with Camera(address, TOKEN, retries=0) as sender, pytest.raises(UnauthorizedError):
        sender.upload(JPEG)
