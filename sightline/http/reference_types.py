"""JSON Schema for people: what a value is, what it is held to, and the members of an object."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]

_PREFIX = "#/components/schemas/"
_RANGES = (
    ("minLength", "maxLength", " characters"),
    ("minimum", "maximum", ""),
    ("minItems", "maxItems", " items"),
)


class Types:
    """The schemas of a document; it remembers which of those with members were mentioned."""

    def __init__(self, schemas: Mapping[str, Schema]) -> None:
        self._schemas = schemas
        self._mentioned: dict[str, None] = {}

    def kind(self, schema: Schema) -> str:
        """What a value is; an object with members by its name, which links to them."""
        if "$ref" in schema:
            return self._named(schema["$ref"].removeprefix(_PREFIX))
        several = schema.get("anyOf") or schema.get("oneOf")
        if several:
            return " or ".join(dict.fromkeys(map(self.kind, several)))
        values = schema.get("enum") or ([schema["const"]] if "const" in schema else None)
        if values:
            return ", ".join(f"`{value}`" for value in values)
        return self._plain(schema)

    def meaning(self, schema: Schema) -> str:
        """What is said of a value, and what it is held to."""
        if "$ref" in schema:
            found = self._schemas[schema["$ref"].removeprefix(_PREFIX)]
            schema = {**({} if "properties" in found else found), **only(schema, "description")}
        said = [str(schema["description"]).rstrip(".")] if schema.get("description") else []
        said += [text for names in _RANGES if (text := _range(schema, *names))]
        if schema.get("default") not in (None, "", []):
            said.append(f"without it {json.dumps(schema['default'])}")
        if "pattern" in schema:
            said.append(f"`{schema['pattern']}`")
        return cell("; ".join(said))

    def members(self, schema: Schema) -> Iterator[str]:
        """The table of an object's members; nothing for what is none, or has a name of its own."""
        members = schema.get("properties")
        if not members:
            return
        required = schema.get("required", ())
        yield from ("", "| member | type | |", "|---|---|---|")
        for name, member in members.items():
            row = f"{self.kind(member)} | {self.meaning(member)}"
            yield f"| {labelled(name, required=name in required)} | {row} |"

    def explained(self) -> Iterator[str]:
        """A section for every object that was mentioned, and for those that these mention."""
        done: dict[str, list[str]] = {}
        while waiting := [name for name in self._mentioned if name not in done]:
            for name in waiting:
                done[name] = list(self.members(self._schemas[name]))
        for name in sorted(done):
            yield from ("", f"### {name}")
            if description := self._schemas[name].get("description"):
                yield from ("", description)
            yield from done[name]

    def _named(self, name: str) -> str:
        found = self._schemas[name]
        if "properties" not in found:
            return self.kind(found)
        self._mentioned.setdefault(name)
        return f"[{name}](#{anchor(name)})"

    def _plain(self, schema: Schema) -> str:
        kind = schema.get("type", "any")
        if kind == "array":
            return f"list of {self.kind(schema.get('items', {}))}"
        values = schema.get("additionalProperties")
        if kind == "object" and isinstance(values, Mapping):
            return f"object of {self.kind(values)}"
        if isinstance(kind, list):
            return " or ".join(kind)
        return f"{kind} ({schema['format']})" if "format" in schema else str(kind)


def _range(schema: Schema, least: str, most: str, what: str) -> str:
    low, high = schema.get(least), schema.get(most)
    if low is not None and high is not None:
        return f"{low} to {high}{what}"
    if high is not None:
        return f"at most {high}{what}"
    if what and low == 1:
        return "not empty"
    return f"at least {low}{what}" if low else ""


def labelled(name: str, *, required: bool) -> str:
    """A name in a table."""
    return f"`{name}`" if required else f"`{name}`, optional"


def only(values: Mapping[str, Any], key: str) -> dict[str, Any]:
    """The one entry, if there is one."""
    return {key: values[key]} if key in values else {}


def cell(text: str) -> str:
    """Text that stays in its cell of a table."""
    return " ".join(text.replace("|", "\\|").split())


def anchor(heading: str) -> str:
    """As GitHub names the anchor of a heading."""
    kept = (letter for letter in heading.lower() if letter.isalnum() or letter in " -_")
    return "".join(kept).replace(" ", "-")
