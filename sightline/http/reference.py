"""The reference of a service for people, in Markdown, made of its OpenAPI document.

`python -m sightline.http.reference docs/openapi/*.json` writes those of all services to docs/api.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sightline.domain.permissions import TABLE, Group, Route
from sightline.http.reference_types import Types, anchor, cell, labelled, only

GUIDES: Mapping[str, str] = {
    "analytics": "What the queries answer is in [analytics](../analytics.md).",
    "control": (
        "Programs written for Lookout for Vision use it as it is: "
        "[how](../migrating-from-lookout.md)."
    ),
    "ingest": "How a camera goes about it, with examples, is in [the guide](../api-ingest.md).",
}
_METHODS = ("get", "put", "post", "patch", "delete")


def reference(service: str, document: Mapping[str, Any]) -> str:
    """The page of a service."""
    return "\n".join(_Page(service, document).lines()) + "\n"


class _Page:
    def __init__(self, service: str, document: Mapping[str, Any]) -> None:
        self._service, self._document = service, document
        self._types = Types(document["components"]["schemas"])
        self._operations = {
            (method, path): item[method]
            for path, item in document["paths"].items()
            for method in _METHODS
            if method in item
        }

    def lines(self) -> Iterator[str]:
        info = self._document["info"]
        yield from (f"# {info['title']}: the reference", "")
        yield from ("<!-- Made by `make reference`; do not edit. -->", "")
        yield f"{info['description'].rstrip('.')}. {GUIDES[self._service]}"
        yield f"The same for machines: [{self._service}.json](../openapi/{self._service}.json)."
        yield from ("", "| route | what it does | who may |", "|---|---|---|")
        for (method, path), operation in self._operations.items():
            route = f"[`{method.upper()} {path}`](#{anchor(f'{method} {path}')})"
            yield f"| {route} | {cell(operation['summary'])} | {self._who(method, path)} |"
        for (method, path), operation in self._operations.items():
            yield from self._operation(method, path, operation)
        yield from ("", "## Types", *self._types.explained())

    def _operation(self, method: str, path: str, operation: Mapping[str, Any]) -> Iterator[str]:
        yield from ("", f"## `{method.upper()} {path}`", "", operation["summary"])
        if operation.get("description"):
            yield from ("", operation["description"])
        yield from ("", f"Who may: {self._who(method, path)}.")
        yield from self._parameters(operation.get("parameters", ()))
        for content in _contents(operation.get("requestBody", {})):
            yield from self._content("Body", *content)
        responses: Mapping[str, Any] = operation["responses"]
        well = {status: found for status, found in responses.items() if status.startswith("2")}
        for status, response in well.items():
            contents = list(_contents(response))
            for content in contents:
                yield from self._content(f"Answer, {status}", *content)
            if not contents:
                yield from ("", f"Answer: {status}, without a body.")
        refused = sorted(responses.keys() - well.keys())
        said = ", ".join(f"{status} `{responses[status]['description']}`" for status in refused)
        yield from ("", f"Refusals: {said}.")

    def _parameters(self, parameters: Any) -> Iterator[str]:
        if parameters:
            yield from ("", "| parameter | in | type | |", "|---|---|---|---|")
        for parameter in parameters:
            name = labelled(parameter["name"], required=parameter.get("required", False))
            schema = {**parameter["schema"], **only(parameter, "description")}
            row = f"{self._types.kind(schema)} | {self._types.meaning(schema)}"
            yield f"| {name} | {parameter['in']} | {row} |"

    def _content(self, what: str, kind: str, schema: Mapping[str, Any] | None) -> Iterator[str]:
        if schema is None:
            yield from ("", f"{what}: `{kind}`, the bytes.")
        elif "properties" in schema:
            yield from ("", f"{what}, `{kind}`:", *self._types.members(schema))
        else:
            yield from ("", f"{what}, `{kind}`: {self._types.kind(schema)}.")

    def _who(self, method: str, path: str) -> str:
        groups = TABLE[self._service].get(Route(method.upper(), path))
        if groups is not None:
            return ", ".join(group for group in Group if group in groups)
        signed = self._operations[method, path].get("security")
        return "a camera, by its token" if signed else "everybody"


def _contents(message: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any] | None]]:
    for kind, content in message.get("content", {}).items():
        yield kind, content.get("schema")


def write(document: Path, folder: Path) -> Path:
    """Write the page of `<service>.json` to `<folder>/<service>.md`."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{document.stem}.md"
    found = json.loads(document.read_text(encoding="utf-8"))
    target.write_text(reference(document.stem, found), encoding="utf-8")
    return target


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        print(write(Path(argument), Path("docs/api")))
