from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from botocore.credentials import Credentials

from sightline.deployment.fetching import SignedFetch


class OnlySigned(BaseHTTPRequestHandler):
    """Answers who is named in the signature, and refuses those who do not sign."""

    def do_GET(self) -> None:
        given = self.headers.get("Authorization", "")
        self.send_response(200 if given.startswith("AWS4-HMAC-SHA256") else 403)
        self.end_headers()
        self.wfile.write(given.encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def address() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), OnlySigned) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v1/health"
        server.shutdown()
        thread.join()


def test_requests_say_who_asks(address: str) -> None:
    fetch = SignedFetch(Credentials("AKIDEXAMPLE", "secret"), "eu-west-1")
    status, body = fetch(address)
    assert status == 200
    assert b"Credential=AKIDEXAMPLE/" in body
    assert b"/eu-west-1/execute-api/aws4_request" in body
    assert b"secret" not in body


def test_nobody_there_is_an_os_error() -> None:
    fetch = SignedFetch(Credentials("AKIDEXAMPLE", "secret"), "eu-west-1")
    with pytest.raises(OSError, match="refused"):
        fetch("http://127.0.0.1:9/v1/health")
