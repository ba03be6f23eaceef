"""The OpenAPI 3.1 document of a Chalice app, made from its own routes and models.

`python -m sightline.http.openapi services/*/app.py` writes those of all services to docs/openapi.
"""

from __future__ import annotations

import inspect
import json
import runpy
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from chalice.app import IAMAuthorizer
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from sightline.http.errors import CODES, INTERNAL
from sightline.http.views import Operation

_ALWAYS = (500, 503)
_SCHEMA = "#/components/schemas/{model}"
_ERROR_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "description": "The body of every refusal.",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "requestId"],
            "properties": {
                "code": {"type": "string", "enum": sorted({*CODES.values(), INTERNAL.code})},
                "message": {"type": "string", "description": "For people."},
                "requestId": {"type": "string", "description": "Quote it when you report this."},
            },
        }
    },
}


def document(app: Any, *, title: str, version: str, description: str) -> dict[str, Any]:
    """The whole document; every route of the app must be a `view`."""
    references, definitions = _schemas(app)
    paths: dict[str, dict[str, Any]] = {}
    for path, method, entry in _routes(app):
        paths.setdefault(path, {})[method.lower()] = _operation(entry, references)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": title,
            "version": version,
            "description": description,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "schemas": {**definitions, "Error": dict(_ERROR_SCHEMA)},
            "securitySchemes": _security_schemes(app),
        },
    }


def as_text(described: Mapping[str, Any]) -> str:
    """The document as it is kept under docs/openapi."""
    return json.dumps(described, indent=2, ensure_ascii=False) + "\n"


def write(app_file: Path, folder: Path) -> Path:
    """Write the document of `services/<name>/app.py` to `<folder>/<name>.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{app_file.parent.name}.json"
    described = runpy.run_path(str(app_file))["openapi"]()
    target.write_text(as_text(described), encoding="utf-8")
    return target


def _routes(app: Any) -> Iterator[tuple[str, str, Any]]:
    for path, methods in sorted(app.routes.items()):
        for method, entry in sorted(methods.items()):
            yield path, method, entry


def _described(entry: Any) -> Operation:
    operation = getattr(entry.view_function, "operation", None)
    if not isinstance(operation, Operation):
        raise TypeError(f"{entry.method} {entry.uri_pattern} is not a view; see sightline.http.")
    return operation


def _schemas(app: Any) -> tuple[Mapping[Any, Any], Mapping[str, Any]]:
    wanted: list[tuple[type[BaseModel], JsonSchemaMode]] = []
    for _, _, entry in _routes(app):
        described = _described(entry)
        if described.body:
            wanted.append((described.body, "validation"))
        if described.answer:
            wanted.append((described.answer, "serialization"))
    references, schema = models_json_schema(wanted, ref_template=_SCHEMA)
    return references, schema.get("$defs", {})


def _operation(entry: Any, references: Mapping[Any, Any]) -> dict[str, Any]:
    described = _described(entry)
    summary, _, details = (inspect.getdoc(entry.view_function) or "").partition("\n")
    answer = references.get((described.answer, "serialization"), {"type": "object"})
    refuses = sorted({*described.refuses, *_unknown_caller(entry), *_ALWAYS})
    operation: dict[str, Any] = {
        "operationId": entry.view_name,
        "summary": summary,
        "description": " ".join(details.split()),
        "parameters": _parameters(entry, described),
        "responses": {
            "200": {"description": "OK", "content": _json(answer), **_links(described)},
            **{str(status): _refusal(status) for status in refuses},
        },
        "security": [{entry.authorizer.name: []}] if entry.authorizer else [],
    }
    if described.body:
        body = references[described.body, "validation"]
        operation["requestBody"] = {"required": True, "content": _json(body)}
    return operation


def _links(described: Operation) -> dict[str, Any]:
    return {"links": dict(described.links)} if described.links else {}


def _parameters(entry: Any, described: Operation) -> list[dict[str, Any]]:
    in_path = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in entry.view_args
    ]
    if not described.query:
        return in_path
    schema = described.query.model_json_schema()
    return in_path + [
        {
            "name": name,
            "in": "query",
            "required": name in schema.get("required", ()),
            "schema": member,
        }
        for name, member in schema["properties"].items()
    ]


def _refusal(status: int) -> dict[str, Any]:
    code = CODES.get(status, INTERNAL.code)
    return {"description": code, "content": _json({"$ref": _SCHEMA.format(model="Error")})}


def _json(schema: Any) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _security_schemes(app: Any) -> dict[str, Any]:
    schemes: dict[str, Any] = {}
    for _, _, entry in _routes(app):
        if entry.authorizer:
            schemes[entry.authorizer.name] = _security_scheme(entry.authorizer)
    return schemes


def _unknown_caller(entry: Any) -> list[int]:
    if not entry.authorizer:
        return []
    return [403] if isinstance(entry.authorizer, IAMAuthorizer) else [401]


def _security_scheme(authorizer: Any) -> dict[str, Any]:
    if isinstance(authorizer, IAMAuthorizer):
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "AWS Signature Version 4, for execute-api.",
        }
    header = authorizer.config.header
    if header == "Authorization":
        return {"type": "http", "scheme": "bearer", "description": "A camera token."}
    return {"type": "apiKey", "in": "header", "name": header, "description": "A camera token."}


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        print(write(Path(argument), Path("docs/openapi")))
