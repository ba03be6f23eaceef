"""The OpenAPI document: valid, served, complete, and the one in docs/openapi."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import jsonschema
import pytest
from openapi_spec_validator import validate

from sightline.http.openapi import as_text, document
from tests.api import ROOT
from tests.examples import recorded, reservation
from tests.integration.ingest.world import World, image, service

DOCUMENT = service.openapi()


def test_it_is_valid_openapi_3_1() -> None:
    validate(DOCUMENT)
    assert DOCUMENT["openapi"].startswith("3.1")


def test_it_is_served_to_everybody(world: World) -> None:
    answer = world.api.call("GET", "/openapi.json")
    assert answer.status == 200
    assert answer.json == DOCUMENT


def test_every_route_is_in_it_and_no_other() -> None:
    routes = {
        (path, method.lower()) for path, methods in service.app.routes.items() for method in methods
    }
    described = {(path, method) for path, item in DOCUMENT["paths"].items() for method in item}
    assert described == routes


def test_the_file_in_docs_is_up_to_date() -> None:
    kept = (ROOT / "docs/openapi/ingest.json").read_text(encoding="utf-8")
    command = "python -m sightline.http.openapi services/ingest/app.py"
    assert kept == as_text(DOCUMENT), f"write it anew: {command}"


def test_routes_say_who_may_call_them() -> None:
    security = {
        path: operation["security"]
        for path, item in DOCUMENT["paths"].items()
        for operation in item.values()
    }
    assert security == {
        "/uploads": [{"camera": []}],
        "/images/{image_id}": [{"camera": []}],
        "/getsignedurl": [{"legacy_camera": []}],
        "/health": [],
        "/openapi.json": [],
    }
    schemes = DOCUMENT["components"]["securitySchemes"]
    assert schemes["camera"]["scheme"] == "bearer"
    assert schemes["legacy_camera"]["name"] == "authorizationToken"


def test_answers_are_as_described(world: World) -> None:
    world.table.reserve(reservation())
    world.table.record(recorded())
    legacy = "cameraid=press-1-top&assemblylineid=press-1&imageid=a.jpg"
    conforms(world.post(image()).json, "/uploads", "post")
    conforms(world.post(b"").json, "/uploads", "post", "400")
    conforms(world.get("/images/part%200001%20gr%C3%B6%C3%9Fe").json, "/images/{image_id}")
    conforms(world.get("/images/part-1").json, "/images/{image_id}")
    conforms(world.get_legacy(legacy).json, "/getsignedurl")
    conforms(world.get("/health").json, "/health")


@pytest.mark.parametrize("body", [image(), {"images": [image(metadata={"a": "b"})]}])
def test_good_bodies_are_good_by_the_document(body: Any) -> None:
    content = DOCUMENT["paths"]["/uploads"]["post"]["requestBody"]["content"]
    _check(body, content["application/json"]["schema"])


@pytest.mark.parametrize("body", [{}, image(size=0), image(line="press-2"), {"images": []}])
def test_bad_bodies_are_bad_by_the_document(body: Any) -> None:
    content = DOCUMENT["paths"]["/uploads"]["post"]["requestBody"]["content"]
    with pytest.raises(jsonschema.ValidationError):
        _check(body, content["application/json"]["schema"])


def test_a_route_that_is_no_view_is_refused() -> None:
    entry = SimpleNamespace(view_function=print, method="GET", uri_pattern="/x")
    app = SimpleNamespace(routes={"/x": {"GET": entry}})
    with pytest.raises(TypeError, match="GET /x is not a view"):
        document(app, title="x", version="1", description="")


def conforms(value: Any, path: str, method: str = "get", status: str = "200") -> None:
    response = DOCUMENT["paths"][path][method]["responses"][status]
    _check(value, response["content"]["application/json"]["schema"])


def _check(value: Any, schema: Any) -> None:
    root = json.loads(as_text(DOCUMENT))
    jsonschema.validate(value, {**schema, "components": root["components"]})
