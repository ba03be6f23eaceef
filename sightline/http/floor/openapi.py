"""People's routes in the control service's OpenAPI document, made from their models."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from sightline.http.floor.routes import ROUTES
from sightline.http.floor.shapes import Route

_SCHEMA = "#/components/schemas/{model}"
# Besides what every route may answer; statuses are those of the protocol's errors.
_REFUSALS: Mapping[int, str] = {
    400: "ValidationException",
    403: "AccessDeniedException",
    404: "ResourceNotFoundException",
    409: "ConflictException",
    429: "ThrottlingException",
    500: "InternalServerException",
}


def paths_and_schemas() -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """Operations by path and method, and the schemas that they refer to."""
    wanted: list[tuple[type[BaseModel], JsonSchemaMode]] = []
    for route in ROUTES:
        wanted.append((route.answer, "serialization"))
        if route.body:
            wanted.append((route.body, "validation"))
    references, schema = models_json_schema(wanted, ref_template=_SCHEMA)
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, references)
    return paths, schema.get("$defs", {})


def _operation(route: Route, references: Mapping[Any, Any]) -> dict[str, Any]:
    answer = references[route.answer, "serialization"]
    operation: dict[str, Any] = {
        "operationId": route.view.__name__,
        "summary": inspect.getdoc(route.view) or "",
        "parameters": _parameters(route),
        "responses": {
            str(route.status): {"description": "OK", "content": _json(answer)},
            **({"304": {"description": "Nothing is new"}} if route.tagged else {}),
            **{str(status): _refusal(name) for status, name in _REFUSALS.items()},
        },
    }
    if route.body:
        body = references[route.body, "validation"]
        operation["requestBody"] = {"required": True, "content": _json(body)}
    return operation


def _parameters(route: Route) -> list[dict[str, Any]]:
    in_path = [
        {"name": part[1:-1], "in": "path", "required": True, "schema": {"type": "string"}}
        for part in route.path.split("/")
        if part.startswith("{")
    ]
    schema = route.query.model_json_schema() if route.query else {"properties": {}}
    in_query = [
        {
            "name": name,
            "in": "query",
            "required": name in schema.get("required", ()),
            "schema": member,
        }
        for name, member in schema["properties"].items()
    ]
    tag = {"name": "If-None-Match", "in": "header", "schema": {"type": "string"}}
    return in_path + in_query + ([tag] if route.tagged else [])


def _refusal(name: str) -> dict[str, Any]:
    return {"description": name, "content": _json({"$ref": _SCHEMA.format(model=name)})}


def _json(schema: Any) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}
