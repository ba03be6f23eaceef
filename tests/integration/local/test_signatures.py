"""Signed URLs over HTTP: the filter in front of the emulated S3."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import urllib3
from cheroot import wsgi
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from sightline.local.clients import Clients
from sightline.local.iam.credentials import secret_for
from sightline.local.iam.signatures import SignatureFilter

from .conftest import Aws

HEADERS = {"Content-Type": "image/jpeg", "If-None-Match": "*", "x-amz-meta-part": "p1"}
BODY = bytes(range(256)) * 4


class Front:
    """The filter over HTTP, with a client that holds the keys it knows."""

    def __init__(self, endpoint: str) -> None:
        self.s3 = Clients(endpoint).get("s3")
        self.http = urllib3.PoolManager(retries=False)

    def url(self, key: str, **params: Any) -> str:
        """A URL to put `BODY` to `key`."""
        signed = {
            "Bucket": "pictures",
            "Key": key,
            "ContentType": "image/jpeg",
            "ContentLength": len(BODY),
            "IfNoneMatch": "*",
            "Metadata": {"part": "p1"},
        }
        return str(self.s3.generate_presigned_url("put_object", Params=signed | params))

    def put(self, url: str, body: bytes = BODY, **headers: str) -> int:
        sent = HEADERS | {name.replace("_", "-"): value for name, value in headers.items()}
        return self.http.request("PUT", url, body=body, headers=sent).status

    def keys(self) -> list[str]:
        """What is in the bucket."""
        listed = self.s3.list_objects_v2(Bucket="pictures").get("Contents", [])
        return [entry["Key"] for entry in listed]


@pytest.fixture
def front(aws: Aws) -> Iterator[Front]:
    app = SignatureFilter(DomainDispatcherApplication(create_backend_app), secret_for)
    server = wsgi.Server(("127.0.0.1", 0), app, numthreads=4, timeout=2)
    server.prepare()
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    made = Front(f"http://127.0.0.1:{server.bind_addr[1]}")
    where = {"LocationConstraint": "eu-west-1"}
    made.s3.create_bucket(Bucket="pictures", CreateBucketConfiguration=where)
    yield made
    server.stop()
    thread.join(5)


def test_an_upload_arrives_once_and_with_its_metadata(front: Front) -> None:
    key = "images/ü b+c%d.jpg"
    assert front.put(front.url(key)) == 200
    assert front.put(front.url(key)) == 412
    stored = front.s3.get_object(Bucket="pictures", Key=key)
    assert (stored["Body"].read(), stored["ContentType"]) == (BODY, "image/jpeg")
    assert stored["Metadata"] == {"part": "p1"}


def test_a_browser_may_ask_whether_it_may_send_without_a_signature(front: Front) -> None:
    site = "https://site.example"
    rule = {"AllowedMethods": ["PUT"], "AllowedOrigins": [site], "AllowedHeaders": ["content-type"]}
    front.s3.put_bucket_cors(Bucket="pictures", CORSConfiguration={"CORSRules": [rule]})

    def ask(origin: str) -> urllib3.BaseHTTPResponse:
        asked = {"Origin": origin, "Access-Control-Request-Method": "PUT"}
        return front.http.request("OPTIONS", front.url("a.jpg"), headers=asked)

    answer = ask(site)
    assert answer.status == 200
    assert answer.headers["Access-Control-Allow-Origin"] == site
    assert ask("https://elsewhere.example").status == 403
    assert front.http.request("OPTIONS", front.url("a.jpg")).status == 403  # no browser's question
    assert front.keys() == []


def test_what_differs_from_what_was_signed_leaves_no_trace(front: Front) -> None:
    url = front.url("a.jpg")
    assert front.put(url.replace("a.jpg", "b.jpg")) == 403
    assert front.put(url, Content_Type="text/html") == 403
    assert front.put(url, body=BODY + b"!") == 403
    assert front.put(url, body=BODY[:-1]) == 403
    assert front.put(url, x_amz_meta_part="p2") == 403
    assert front.put(url, x_amz_meta_more="1") == 403
    assert front.put(url.split("?")[0]) == 403
    assert front.put(url.split("?")[0], Authorization="AWS4-HMAC-SHA256 trust me") == 400
    assert front.keys() == []


def test_chunked_bodies_have_no_length_and_are_refused(front: Front) -> None:
    answer = front.http.request(
        "PUT", front.url("a.jpg"), body=iter([BODY]), headers=HEADERS, chunked=True
    )
    assert answer.status == 403
    assert front.keys() == []


def test_a_connection_that_ends_early_leaves_no_trace(front: Front) -> None:
    url = urlsplit(front.url("a.jpg"))
    lines = [f"PUT {url.path}?{url.query} HTTP/1.1", f"Host: {url.netloc}"]
    lines += [f"{name}: {value}" for name, value in HEADERS.items()]
    lines += [f"Content-Length: {len(BODY)}", "", ""]
    with socket.create_connection((url.hostname or "", url.port or 0), timeout=5) as connection:
        connection.sendall("\r\n".join(lines).encode() + BODY[:100])
        connection.shutdown(socket.SHUT_WR)
        connection.recv(10_000)
    assert front.keys() == []
