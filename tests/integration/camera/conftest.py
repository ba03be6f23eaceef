"""A small real ingest service and bucket on a loopback port, which can fail in every way."""

from __future__ import annotations

import json
import threading
from collections import Counter, deque
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

import pytest

TOKEN = "slc.cam-1.secret"


class Cloud:
    """State and faults. A fault is a status, or `cut` (before) or `cut-after` (the deed)."""

    def __init__(self) -> None:
        self.places: dict[str, dict[str, Any]] = {}
        self.objects: dict[str, bytes] = {}
        self.stored = Counter[str]()
        self.ask_faults: deque[int | str] = deque()
        self.put_faults: deque[int | str] = deque()
        self.retry_after: str | None = None
        self.down = False
        self.refuse: dict[str, int] = {}
        self.verdicts: dict[str, dict[str, Any]] = {}
        self.token = TOKEN
        self.calls: list[tuple[str, str]] = []
        self.connections = 0
        self.old_urls: set[str] = set()
        self.lock = threading.Lock()
        self._serial = 0

    @property
    def order(self) -> list[str]:
        return [key.removeprefix("images/").rpartition(".")[0] for key in self.objects]

    def place(self, image: dict[str, Any], base: str) -> dict[str, Any]:
        with self.lock:
            standing = self.places.setdefault(image["imageId"], image)
            self._serial += 1
        key = f"images/{image['imageId']}.{image['contentType'].rpartition('/')[2]}"
        headers = {"Content-Type": image["contentType"], "If-None-Match": "*"}
        for name, value in image.get("metadata", {}).items():
            headers[f"x-amz-meta-{name}"] = value
        return {
            "imageId": standing["imageId"],
            "url": f"{base}/bucket/{self._serial}/{standing['imageId']}",
            "method": "PUT",
            "headers": headers,
            "key": key,
            "expiresAt": "2026-01-31T08:15:00.250Z",
            "state": "inspected" if image["imageId"] in self.verdicts else "awaiting_upload",
        }


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    cloud: Cloud

    def setup(self) -> None:
        super().setup()
        self.cloud.connections += 1

    def do_POST(self) -> None:
        body = json.loads(self._body())
        self._serve("ask", self.cloud.ask_faults, lambda: self._ask(body))

    def do_PUT(self) -> None:
        body = self._body()
        self._serve("put", self.cloud.put_faults, lambda: self._put(body))

    def do_GET(self) -> None:
        self._serve("get", self.cloud.ask_faults, self._get)

    def log_message(self, *args: Any) -> None:
        pass

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers["Content-Length"]))

    def _serve(self, what: str, faults: deque[int | str], deed: Any) -> None:
        self.cloud.calls.append((what, self.path))
        fault = "cut" if self.cloud.down else faults.popleft() if faults else None
        if fault == "cut":
            self.close_connection = True
        elif isinstance(fault, int):
            self._refuse(fault, "Fault")
        else:
            status, answer = deed()
            if fault == "cut-after":
                self.close_connection = True
            else:
                self._answer(status, answer)

    def _ask(self, image: dict[str, Any]) -> tuple[int, Any]:
        cloud = self.cloud
        if self.headers["Authorization"] != f"Bearer {cloud.token}":
            return 401, error("Unauthorized")
        if image["imageId"] in cloud.refuse:
            return cloud.refuse[image["imageId"]], error("Refused")
        host = f"http://{self.headers['Host']}"
        return 200, {"uploads": [cloud.place(image, host)]}

    def _put(self, body: bytes) -> tuple[int, Any]:
        cloud, image_id = self.cloud, self.path.split("/", 3)[3]
        image = cloud.places[unquote(image_id)]
        ticket = cloud.place(image, "")
        if self.path in cloud.old_urls:
            return 403, b"<Error><Code>AccessDenied</Code><Message>expired</Message></Error>"
        wanted = {**ticket["headers"], "Content-Length": str(image["size"])}
        sent = {name: self.headers.get(name) for name in wanted}
        sent = {name: v and v.encode("latin-1").decode() for name, v in sent.items()}
        if sent != wanted or len(body) != image["size"]:
            return 403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>"
        with cloud.lock:
            if ticket["key"] in cloud.objects:
                return 412, b"<Error><Code>PreconditionFailed</Code></Error>"
            cloud.objects[ticket["key"]] = body
            cloud.stored[ticket["key"]] += 1
        return 200, b""

    def _get(self) -> tuple[int, Any]:
        image_id = unquote(self.path.rpartition("/")[2])
        if image_id in self.cloud.verdicts:
            return 200, {"imageId": image_id, "state": "inspected", **self.cloud.verdicts[image_id]}
        if image_id in self.cloud.places:
            return 200, {"imageId": image_id, "state": "awaiting_upload", "verdict": None}
        return 404, error("NotFound")

    def _refuse(self, status: int, code: str) -> None:
        self._answer(status, error(code))

    def _answer(self, status: int, answer: Any) -> None:
        data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        if status in {429, 503} and self.cloud.retry_after:
            self.send_header("Retry-After", self.cloud.retry_after)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def error(code: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": f"That is {code}.", "requestId": "r-1"}}


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *args: Any) -> None:
        """A client that was killed is part of the game."""


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    state = Cloud()
    handler = type("BoundHandler", (Handler,), {"cloud": state})
    server = Server(("127.0.0.1", 0), handler)
    state.url = f"http://127.0.0.1:{server.server_port}"  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield state
    server.shutdown()
    server.server_close()
    thread.join()
