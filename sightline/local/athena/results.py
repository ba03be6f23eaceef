"""Results as Athena gives them: every value as text, files as CSV or Parquet."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sightline.local.athena.dialect import ATHENA_TYPES

Texts = tuple[str | None, ...]


@dataclass(frozen=True)
class Result:
    """Columns with Athena's types, and rows of text."""

    columns: Sequence[tuple[str, str]]
    rows: Sequence[Texts]

    @classmethod
    def of(cls, description: Sequence[Any], rows: Sequence[Sequence[Any]]) -> Result:
        """From DuckDB's description of a result, and its rows."""
        columns = [(str(column[0]), _athena_type(str(column[1]))) for column in description]
        return cls(columns, [tuple(map(as_text, row)) for row in rows])

    def page(self, begin: int, count: int) -> tuple[list[dict[str, Any]], int | None]:
        """Rows as the API gives them, the names first of all, and where the next ones begin."""
        names = tuple(name for name, _ in self.columns)
        # Row 0 is that of the names.
        end = begin + count
        shown = [names, *self.rows[: end - 1]] if begin == 0 else self.rows[begin - 1 : end - 1]
        rows = [{"Data": [_cell(value) for value in row]} for row in shown]
        return rows, end if end <= len(self.rows) else None

    def column_info(self) -> list[Mapping[str, Any]]:
        """The columns as the API describes them."""
        return [
            {
                "CatalogName": "hive",
                "SchemaName": "",
                "TableName": "",
                "Name": name,
                "Label": name,
                "Type": kind,
                "Precision": 0,
                "Scale": 0,
                "Nullable": "UNKNOWN",
                "CaseSensitive": kind == "varchar",
            }
            for name, kind in self.columns
        ]

    def csv(self) -> bytes:
        """Every value in quotes; nothing at all where it is null."""
        text = io.StringIO()
        for row in (tuple(name for name, _ in self.columns), *self.rows):
            text.write(",".join(_quoted(value) for value in row) + "\n")
        return text.getvalue().encode()


def as_text(value: Any) -> str | None:
    """A value as Athena writes it; None for null."""
    if value is None:
        return None
    for kind, write in _WRITERS:
        if isinstance(value, kind):
            return write(value)
    return str(value)


def _number(value: float) -> str:
    names = {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}
    return names.get(repr(value), repr(value))


def _array(values: Sequence[Any]) -> str:
    return "[" + ", ".join("null" if v is None else str(as_text(v)) for v in values) + "]"


# The first that fits: a bool is a number to Python, and a datetime a date.
_WRITERS: tuple[tuple[type, Callable[[Any], str]], ...] = (
    (bool, lambda value: "true" if value else "false"),
    (datetime, lambda value: value.isoformat(sep=" ", timespec="milliseconds")),
    (float, _number),
    (Decimal, lambda value: format(value, "f")),
    (list, _array),
)


def _athena_type(duckdb: str) -> str:
    return "array" if duckdb.endswith("[]") else ATHENA_TYPES.get(duckdb, "varchar")


def _cell(value: str | None) -> dict[str, str]:
    return {} if value is None else {"VarCharValue": value}


def _quoted(value: str | None) -> str:
    return "" if value is None else '"' + value.replace('"', '""') + '"'
