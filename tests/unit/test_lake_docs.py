"""The columns in the documents are those of the lake."""

from __future__ import annotations

from pathlib import Path

from sightline.domain import lake

ANALYTICS = (Path(__file__).parents[2] / "docs" / "analytics.md").read_text()


def test_every_column_is_explained_as_in_the_catalog_and_no_other() -> None:
    head = "| column | type | meaning | unit |\n|---|---|---|---|\n"
    table = ANALYTICS.partition(head)[2].partition("\n\n")[0]
    columns = (*lake.COLUMNS, lake.PARTITION)
    rows = [f"| `{c.name}` | {c.type} | {c.meaning} | {c.unit} |" for c in columns]
    assert table.splitlines() == rows
