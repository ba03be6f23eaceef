"""The references in docs/ are made from the services' documents and from the commands."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from sightline.cli import reference as commands
from sightline.domain.permissions import TABLE
from sightline.http.reference import reference
from sightline.http.reference_types import Types, anchor

DOCS = Path(__file__).parents[2] / "docs"
SERVICES = sorted(path.stem for path in (DOCS / "openapi").glob("*.json"))
AGAIN = "write it anew: make reference"


def document(service: str) -> Any:
    return json.loads((DOCS / f"openapi/{service}.json").read_text(encoding="utf-8"))


def test_every_service_has_one() -> None:
    assert sorted(TABLE) == SERVICES


@pytest.mark.parametrize("service", SERVICES)
def test_the_page_is_up_to_date(service: str) -> None:
    kept = (DOCS / f"api/{service}.md").read_text(encoding="utf-8")
    assert kept == reference(service, document(service)), AGAIN


@pytest.mark.parametrize("service", SERVICES)
def test_links_within_a_page_lead_somewhere(service: str) -> None:
    page = reference(service, document(service))
    headings = {anchor(line.lstrip("# ")) for line in page.splitlines() if line.startswith("#")}
    linked = set(re.findall(r"\]\(#([^)]+)\)", page))
    assert linked
    assert linked <= headings


def test_the_commands_page_is_up_to_date() -> None:
    assert (DOCS / "cli.md").read_text(encoding="utf-8") == commands.reference(), AGAIN


def test_what_a_value_is_and_is_held_to_is_said() -> None:
    types = Types(
        {
            "Name": {"type": "string", "minLength": 1, "maxLength": 64, "pattern": "a|b"},
            "Part": {"properties": {"names": {"items": {"$ref": "#/components/schemas/Name"}}}},
        }
    )
    assert types.kind({"$ref": "#/components/schemas/Name"}) == "string"
    assert types.meaning({"$ref": "#/components/schemas/Name"}) == r"1 to 64 characters; `a\|b`"
    assert types.kind({"$ref": "#/components/schemas/Part"}) == "[Part](#part)"
    assert types.kind({"anyOf": [{"type": "string"}, {"type": "null"}]}) == "string or null"
    assert types.kind({"enum": ["csv", "parquet"]}) == "`csv`, `parquet`"
    assert types.meaning({"minimum": 0, "maximum": 20, "default": 0}) == "0 to 20; without it 0"
    assert "### Part" in list(types.explained())
