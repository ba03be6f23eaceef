"""The control service over memory, called as its clients do."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from chalice.test import Client

from sightline.http.lookout_shapes import checked
from sightline.lookoutvision.description import description
from tests.api import ROOT, Answer, load_service
from tests.control_world import ControlWorld

service = load_service("control")
V = "/2020-11-20"


class ControlApi:
    """One world behind the service; `do` calls an operation by its name and members."""

    def __init__(self, work: Path, world: ControlWorld | None = None) -> None:
        self.world = world or ControlWorld(work)
        service.use(lambda: self.world.deps)
        self._client = Client(service.app, project_dir=str(ROOT / "tests"))

    def call(self, method: str, path: str, body: bytes | str | Any = b"", **headers: str) -> Answer:
        """One HTTP request; `X_Amzn_Client_Token` is the header of that name."""
        sent = {name.lower().replace("_", "-"): value for name, value in headers.items()}
        if not isinstance(body, bytes):
            body = (body if isinstance(body, str) else json.dumps(body)).encode()
        with pytest.warns(UserWarning, match="IAMAuthorizer is not a supported"):
            found = self._client.http.request(method, path, headers=sent, body=body)
        return Answer(found.status_code, found.headers, found.body)

    def call_unsigned(self, method: str, path: str) -> Answer:
        """A request to a route that does not exist, so that nobody asks for a signature."""
        found = self._client.http.request(method, path, headers={}, body=b"")
        return Answer(found.status_code, found.headers, found.body)

    def do(self, operation: str, **members: Any) -> Answer:
        """An operation's request as botocore builds it; its answer keeps to the description."""
        described = description().operations[operation]
        shape = description().shapes[described.input]
        path, query, headers, body = described.path, [], {}, {}
        payload: bytes | None = None
        for member, value in members.items():
            reference = shape["members"][member]
            place, name = reference.get("location"), reference.get("locationName", member)
            if member == shape.get("payload"):
                payload = value
            elif place == "uri":
                path = path.replace(f"{{{name}}}", quote(str(value), safe=""))
            elif place == "querystring":
                values = value if isinstance(value, list) else [_text(value)]
                query += [f"{name}={quote(one, safe='')}" for one in values]
            elif place == "header":
                headers[name.lower()] = value
            else:
                body[member] = base64.b64encode(value).decode() if _is_blob(value) else value
        sent = payload if payload is not None else json.dumps(body).encode() if body else b""
        url = path + ("?" + "&".join(query) if query else "")
        answer = self.call(described.method, url, sent, **headers)
        assert_keeps_to_the_description(operation, answer)
        return answer

    def ok(self, operation: str, **members: Any) -> Any:
        """The members of a successful answer."""
        answer = self.do(operation, **members)
        assert answer.status == description().operations[operation].status, answer
        return answer.json

    def refused(self, operation: str, code: str, **members: Any) -> str:
        """The message of a refusal."""
        answer = self.do(operation, **members)
        assert answer.headers.get("x-amzn-errortype") == code, answer
        return str(answer.json["Message"])

    def prepare(self, *, hosted: bool = False) -> None:
        """The project `castings` with a trained model."""
        self.world.project()
        self.world.model()
        self.world.run_all()
        if hosted:
            self.world.start()
            self.world.run_all()


def assert_keeps_to_the_description(operation: str, answer: Answer) -> None:
    """Status, error code and every member are what the description says."""
    described = description().operations[operation]
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["x-amzn-requestid"]
    code = answer.headers.get("x-amzn-errortype")
    if code is None:
        assert answer.status == described.status
        _assert_shape(described.output, answer.json)
        return
    assert code in described.errors, (operation, code)
    assert answer.status == description().shapes[code]["error"]["httpStatusCode"]
    _assert_shape(code, answer.json)
    for leak in ("Traceback", 'File "', "site-packages"):
        assert leak not in answer.body.decode()


def _assert_shape(name: str, value: Any) -> None:
    shape = description().shapes[name]
    kind = shape["type"]
    if kind == "structure":
        assert value.keys() <= shape["members"].keys(), (name, value)
        required = {m for m in shape.get("required", ()) if "location" not in shape["members"][m]}
        assert required <= value.keys(), (name, value)
        for member, given in value.items():
            _assert_shape(shape["members"][member]["shape"], given)
    elif kind == "list":
        for given in value:
            _assert_shape(shape["member"]["shape"], given)
    elif kind in {"timestamp", "float"}:
        assert isinstance(value, (int, float)), (name, value)
    elif "pattern" not in shape:
        checked(name, value, name)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _is_blob(value: object) -> bool:
    return isinstance(value, bytes)
