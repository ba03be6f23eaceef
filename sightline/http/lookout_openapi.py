"""The OpenAPI 3.1 document of the control service, made from the description of its API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sightline.lookoutvision.description import Operation, description

_SCHEMA = "#/components/schemas/"
_JSON = "application/json"
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
    by_reference = "/sightline/projects/{projectName}/models/{modelVersion}/detect"
    paths[by_reference] = {"post": _detect_object()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Sightline control",
            "version": version,
            "description": "Projects, datasets and models, in Lookout for Vision's protocol.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": {name: _schema(shape) for name, shape in sorted(found.shapes.items())},
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


def _detect_object() -> dict[str, Any]:
    found = _operation(description().operations["DetectAnomalies"])
    schema = {
        "type": "object",
        "required": ["S3Object"],
        "properties": {"S3Object": {"$ref": _SCHEMA + "InputObject"}},
    }
    return {
        **found,
        "operationId": "DetectObject",
        "summary": "DetectAnomalies for an image in S3, up to 8 MB.",
        "parameters": [p for p in found["parameters"] if p["in"] == "path"],
        "requestBody": {"required": True, "content": {_JSON: {"schema": schema}}},
    }


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
