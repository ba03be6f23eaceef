"""The charts: one Vega-Lite specification per file, each of the rows of one named query.

A specification names its query in `usermeta.query`, has its rows in the data set `rows`, and takes
its colours from a theme, so that the admin site, the report and a notebook draw the same picture.
The categorical colours are those that Okabe and Ito chose for all kinds of colour vision
(https://jfly.uni-koeln.de/color/), lightened for the dark theme.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import Any

from sightline.domain.errors import NotFoundError

Spec = dict[str, Any]
Rows = Iterable[Mapping[str, Any]]

_HERE = files("sightline.charts")


def names() -> list[str]:
    """All charts, in alphabetical order."""
    return sorted(
        found.name.removesuffix(".json") for found in (_HERE / "specs").iterdir() if found.is_file()
    )


def chart(name: str) -> Spec:
    """A chart's specification, without rows and without a theme."""
    if name not in names():
        raise NotFoundError(f"There is no chart {name!r}; there are {', '.join(names())}.")
    return _read("specs", name)


def theme(name: str = "light") -> Spec:
    """A theme, `light` or `dark`: what goes into a specification's `config`."""
    return _read("themes", name)


def query(spec: Spec) -> str:
    """The named query whose rows the chart shows."""
    return str(spec["usermeta"]["query"])


def has_content(spec: Spec, rows: Rows) -> bool:
    """Whether rows hold what a chart shows: one of counts that are all 0 is no picture.

    `usermeta.counts` names the column of such counts, where there is one.
    """
    counts = spec["usermeta"].get("counts")
    return any(row[counts] > 0 if counts else True for row in rows)


def drawn(spec: Spec, rows: Rows, *, look: str = "light", width: int = 640) -> Spec:
    """A specification that is complete: with its rows, a theme, and a width in pixels."""
    filled = {"name": "rows", "values": list(rows)}
    # The width is that of the whole picture: labels of any length leave the text its size.
    fit = {"type": "fit-x", "contains": "padding"}
    return {**spec, "data": filled, "config": theme(look), "width": width, "autosize": fit}


def _read(folder: str, name: str) -> Spec:
    read: Spec = json.loads((_HERE / folder / f"{name}.json").read_text("utf-8"))
    return read
