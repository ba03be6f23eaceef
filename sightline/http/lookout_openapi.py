"""The OpenAPI 3.1 document of the control service, made from the description of its API."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sightline.http.floor import openapi as floor
from sightline.http.floor.routes import ROUTES as FLOOR_ROUTES
from sightline.http.lookout_bodies import BODIES, QUERIES
from sightline.http.lookout_extras import IN_PATH, ROUTES
from sightline.lookoutvision.description import Operation, description

_SCHEMA = "#/components/schemas/"
_JSON = "application/json"
_EXTRA_ERRORS = (
    "AccessDeniedException",
    "ConflictException",
    "InternalServerException",
    "ResourceNotFoundException",
    "ValidationException",
)
_PICTURES = ("image/png", "image/jpeg")
_TYPES: Mapping[str, Mapping[str, Any]] = {
    "boolean": {"type": "boolean"},
    "float": {"type": "number"},
    "timestamp": {"type": "number", "description": "Seconds since 1970, UTC."},
    "blob": {"type": "string", "contentEncoding": "base64"},
}


def document(*, version: str) -> dict[str, Any]:
    """The whole document."""
    found = description()
    paths: dict[str, dict[str, Any]] = {}
    for operation in found.operations.values():
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    for path, method, status, view in ROUTES:
        paths.setdefault(path, {})[method.lower()] = _extra(path, method, status, view)
    floor_paths, floor_schemas = floor.paths_and_schemas()
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Sightline control",
            "version": version,
            "description": "Projects, datasets and models, in Lookout for Vision's protocol.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": dict(sorted({**paths, **floor_paths}.items())),
        "components": {
            "schemas": {
                **{name: _schema(shape) for name, shape in sorted(found.shapes.items())},
                **floor_schemas,
                "ResourceType": _kinds(found.shapes["ResourceType"]["enum"]),
            },
            "securitySchemes": {
                "sigv4": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "AWS Signature Version 4 for execute-api.",
                }
            },
        },
        "security": [{"sigv4": []}],
    }


def _kinds(of_the_protocol: list[str]) -> dict[str, Any]:
    """What errors may be about: more than the protocol knows of."""
    ours = sorted({route.about for route in FLOOR_ROUTES} - set(of_the_protocol))
    return {"type": "string", "enum": [*of_the_protocol, *ours]}


def _operation(operation: Operation) -> dict[str, Any]:
    found: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "parameters": _parameters(operation.input),
        "responses": {
            str(operation.status): {
                "description": "OK",
                "content": {_JSON: {"schema": {"$ref": _SCHEMA + operation.output}}},
            },
            **{str(_status(name)): _refusal(name) for name in sorted(operation.errors)},
        },
    }
    body = _body(operation.input)
    return {**found, "requestBody": body} if body else found


def _extra(path: str, method: str, status: int, view: Callable[..., Any]) -> dict[str, Any]:
    """One of our own routes; its docstring shows the body."""
    anything: dict[str, Any] = {"type": "object"}
    name = view.__name__
    placed = {part[1:-1]: "path" for part in path.split("/") if part.startswith("{")}
    schemas = {at: {"$ref": _SCHEMA + IN_PATH[at]} for at in placed}
    for query, schema in QUERIES.get(name, {}).items():
        placed[query], schemas[query] = "query", schema
    found: dict[str, Any] = {
        "operationId": name,
        "summary": view.__doc__ or "",
        "parameters": [
            {"name": at, "in": place, "required": place == "path", "schema": schemas[at]}
            for at, place in placed.items()
        ],
        "responses": {
            str(status): {"description": "OK", "content": {_JSON: {"schema": anything}}},
            **{str(_status(error)): _refusal(error) for error in sorted(_EXTRA_ERRORS)},
        },
    }
    if method in {"POST", "PUT"}:
        schema = BODIES.get(name, anything)
        found["requestBody"] = {"required": name in BODIES, "content": {_JSON: {"schema": schema}}}
    return found


def _parameters(name: str) -> list[dict[str, Any]]:
    shape, found = description().shapes[name], []
    for member, reference in shape["members"].items():
        place = {"uri": "path", "querystring": "query"}.get(reference.get("location", ""))
        if reference.get("location") == "header" and member != "ContentType":
            place = "header"
        if place:
            required = place == "path" or member in shape.get("required", ())
            found.append(
                {
                    "name": reference["locationName"],
                    "in": place,
                    "required": required,
                    "schema": _query_schema(reference["shape"]),
                }
            )
    return found


def _query_schema(name: str) -> dict[str, Any]:
    if description().shapes[name]["type"] == "timestamp":
        return {"type": "string", "format": "date-time"}
    return {"$ref": _SCHEMA + name}


def _body(name: str) -> dict[str, Any] | None:
    shape = description().shapes[name]
    if "payload" in shape:
        return {"required": True, "content": {kind: {} for kind in _PICTURES}}
    members = {m: r for m, r in shape["members"].items() if "location" not in r}
    if not members:
        return None
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {member: {"$ref": _SCHEMA + r["shape"]} for member, r in members.items()},
    }
    if required := [member for member in shape.get("required", ()) if member in members]:
        schema["required"] = required
    return {"required": bool(required), "content": {_JSON: {"schema": schema}}}


def _status(name: str) -> int:
    status: int = description().shapes[name]["error"]["httpStatusCode"]
    return status


def _refusal(name: str) -> dict[str, Any]:
    return {"description": name, "content": {_JSON: {"schema": {"$ref": _SCHEMA + name}}}}


def _schema(shape: Mapping[str, Any]) -> dict[str, Any]:
    kind = shape["type"]
    if kind == "structure":
        members = {m: r for m, r in shape["members"].items() if "location" not in r}
        schema: dict[str, Any] = {
            "type": "object",
            "properties": {m: {"$ref": _SCHEMA + r["shape"]} for m, r in members.items()},
        }
        required = [m for m in shape.get("required", ()) if m in members]
        return {**schema, "required": required} if required else schema
    if kind == "list":
        item = {"$ref": _SCHEMA + shape["member"]["shape"]}
        return {"type": "array", "items": item, **_bounds(shape, "minItems", "maxItems")}
    if kind == "string":
        kept = {name: shape[name] for name in ("pattern", "enum") if name in shape}
        return {"type": "string", **kept, **_bounds(shape, "minLength", "maxLength")}
    if kind == "integer":
        return {"type": "integer", **_bounds(shape, "minimum", "maximum")}
    return dict(_TYPES[kind])


def _bounds(shape: Mapping[str, Any], low: str, high: str) -> dict[str, Any]:
    found = {low: shape.get("min"), high: shape.get("max")}
    return {name: value for name, value in found.items() if value is not None}
