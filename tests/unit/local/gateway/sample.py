"""A small Chalice service for the gateway's tests, and a runtime that runs it in this process."""

from __future__ import annotations

import importlib.util
import json
import sys
import threading
import uuid
from pathlib import Path
from typing import Any

from sightline.local.functions.contract import FunctionSpec, InvokeResult, Outcome

APP = """
import os

from chalice import BadRequestError, Chalice, CognitoUserPoolAuthorizer, IAMAuthorizer, Response
from chalice.app import AuthResponse, AuthRoute, CORSConfig

app = Chalice(app_name="sample")
asked = []


@app.authorizer(ttl_seconds=60)
def cached(request):
    return decide(request)


@app.authorizer(ttl_seconds=0, header="x-key")
def fresh(request):
    return decide(request)


def decide(request):
    asked.append(request.token)
    if request.token == "boom":
        raise RuntimeError("broken")
    if request.token == "no":
        raise Exception("Unauthorized")
    routes = {"all": ["*"], "reader": [AuthRoute("/things/*", ["GET"])]}.get(request.token, [])
    return AuthResponse(routes=routes, principal_id=request.token, context={"n": 1, "line": "l1"})


def seen():
    request = app.current_request
    return {
        "params": request.uri_params,
        "query": {k: request.query_params.getlist(k) for k in request.query_params or {}},
        "context": request.context,
        "header": request.headers.get("x-given"),
        "env": os.environ.get("STAGE_NAME"),
    }


@app.route("/things/{name}", methods=["GET", "DELETE"], authorizer=cached, cors=True)
def thing(name):
    return {"name": name, **seen()}


@app.route("/things/special", authorizer=fresh)
def special():
    return {"special": True}


@app.route("/open", methods=["GET", "POST"], content_types=["application/json", "image/png"])
def open_route():
    request = app.current_request
    if request.method == "POST" and request.headers["content-type"] == "image/png":
        return {"bytes": len(request.raw_body)}
    return {"body": request.json_body if request.method == "POST" else None, **seen()}


@app.route("/picture", cors=CORSConfig(allow_origin="https://site.example", max_age=60))
def picture():
    return Response(b"\\x89PNG\\x00", headers={"Content-Type": "image/png"})


@app.route("/fails/{how}")
def fails(how):
    if how == "exit":
        os._exit(3)
    if how == "refused":
        raise BadRequestError("no")
    raise RuntimeError("a secret")


@app.route("/asked")
def asked_tokens():
    return {"asked": asked}


@app.route("/signed", methods=["GET", "POST"], authorizer=IAMAuthorizer())
def signed():
    return {"caller": app.current_request.context["identity"]["accessKey"]}


@app.route("/shut", authorizer=CognitoUserPoolAuthorizer("pool", provider_arns=["arn"]))
def shut():
    return {}


@app.route("/")
def root():
    return Response("hello", headers={"Content-Type": "text/plain", "X-Own": "ü"})
"""


def write(folder: Path) -> Path:
    """Write the service; its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "app.py").write_text(APP)
    return folder


class InProcess:
    """Runs a service's handlers in this process."""

    def __init__(self) -> None:
        self.specs: list[FunctionSpec] = []
        self.events: list[Any] = []
        self.outcome: Outcome | None = None
        self._modules: dict[Path, Any] = {}
        self._lock = threading.Lock()

    def invoke(self, spec: FunctionSpec, payload: bytes) -> InvokeResult:
        """What `Pool.invoke` does, without a worker."""
        event = json.loads(payload)
        self.specs.append(spec)
        self.events.append(event)
        if self.outcome:
            return InvokeResult(self.outcome, b'{"errorMessage": "x", "errorType": "X"}')
        handler = getattr(self._load(spec.code), spec.handler.rpartition(".")[2])
        try:
            return InvokeResult(Outcome.OK, json.dumps(handler(event, None)).encode())
        except Exception as error:
            failure = {"errorMessage": str(error), "errorType": type(error).__name__}
            return InvokeResult(Outcome.ERROR, json.dumps(failure).encode())

    def _load(self, folder: Path) -> Any:
        with self._lock:
            if folder not in self._modules:
                name = f"sample_{uuid.uuid4().hex}"
                spec = importlib.util.spec_from_file_location(name, folder / "app.py")
                assert spec
                assert spec.loader
                module = importlib.util.module_from_spec(spec)
                sys.modules[name] = module
                spec.loader.exec_module(module)
                self._modules[folder] = module
            return self._modules[folder]
