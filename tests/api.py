"""Calling a Chalice service as a client would, and the one shape that every refusal has."""

from __future__ import annotations

import importlib.util
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from chalice.app import ChaliceAuthorizer
from chalice.local import RouteMatcher
from chalice.test import Client

from sightline.http import gateway

ROOT = Path(__file__).parents[1]


def load_service(name: str) -> ModuleType:
    """`services/<name>/app.py` as a module of its own, however many services one run loads."""
    module_name = f"service_{name}"
    path = ROOT / "services" / name / "app.py"
    spec = importlib.util.spec_from_file_location(module_name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module
    spec.loader.exec_module(module)
    return module


@dataclass
class Answer:
    """An HTTP response."""

    status: int
    headers: dict[str, Any]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Api:
    """A service behind Chalice's local gateway, put right where that differs from the real one.

    Chalice's gateway looks for every authorizer's token in `Authorization`, and refuses in its own
    words where the deployed gateway is configured with `sightline.http.gateway`.
    """

    def __init__(self, app: Any) -> None:
        self.app = app
        self._client = Client(app, project_dir=str(ROOT / "tests"))

    def call(
        self,
        method: str,
        path: str,
        *,
        body: bytes | str | Any = b"",
        headers: dict[str, str] | None = None,
    ) -> Answer:
        sent = {name.lower(): value for name, value in (headers or {}).items()}
        if not isinstance(body, bytes):
            body = (body if isinstance(body, str) else json.dumps(body)).encode()
        route = self._route(method, path)
        if route is None or not isinstance(route.authorizer, ChaliceAuthorizer):
            sent.pop("authorization", None)  # it would be echoed, and must be ASCII
        elif (header := route.authorizer.config.header.lower()) != "authorization":
            sent.pop("authorization", None)
            sent.update({"authorization": sent[header]} if header in sent else {})
        answer = self._client.http.request(method, path, headers=sent, body=body)
        return _in_our_words(Answer(answer.status_code, answer.headers, answer.body))

    def _route(self, method: str, path: str) -> Any:
        try:
            found = RouteMatcher(list(self.app.routes)).match_route(path)
        except ValueError:
            return None
        return self.app.routes[found.route].get(method)


def _in_our_words(answer: Answer) -> Answer:
    kind = answer.headers.get("x-amzn-ErrorType")
    if kind is None:
        return answer
    name = {
        (401, "UnauthorizedException"): "UNAUTHORIZED",
        (403, "AccessDeniedException"): "ACCESS_DENIED",
        (403, "UnauthorizedException"): "MISSING_AUTHENTICATION_TOKEN",
    }[answer.status, kind]
    status, body = gateway.refusal(name, answer.headers["x-amzn-RequestId"])
    return Answer(status, {"Content-Type": "application/json"}, json.dumps(body).encode())


def assert_canonical_error(answer: Answer, status: int, code: str) -> str:
    """The one error body, and nothing of how the service is made; gives the message."""
    assert answer.status == status, answer
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json.keys() == {"error"}
    error = answer.json["error"]
    assert error.keys() == {"code", "message", "requestId"}
    assert error["code"] == code
    assert error["requestId"]
    assert error["message"]
    for leak in ("Traceback", 'File "', "site-packages", "pydantic"):
        assert leak not in answer.body.decode()
    message = error["message"]
    assert isinstance(message, str)
    return message
