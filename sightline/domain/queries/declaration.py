"""A query as its file declares it.

The file begins with comments that are TOML: `title`, `description`, `columns` (of the answer, in
order; the name of a rate stands for its three columns) and `parameters` (besides those that every
query has). Below them is SQL that goes on where `latest.sql` ends. In it, `:name` is bound, and
`{name}` becomes a literal; that only parameters with closed sets of values may. A time zone becomes
the minutes that its clocks are ahead of UTC at `captured_at`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sightline.domain.errors import InvalidError
from sightline.domain.queries import vocabulary
from sightline.domain.queries.vocabulary import Column, Parameter, ParameterType, Rate

PRELUDE = "latest.sql"
_KEYS = {"title", "description", "columns", "parameters"}
_LITERAL = frozenset(
    {ParameterType.CHOICE, ParameterType.ZONE, ParameterType.INTEGER, ParameterType.NUMBER}
)
# A quoted text and a comment are passed over; what is left are the placeholders.
PLACEHOLDER = re.compile(r"'(?:[^']|'')*'|--[^\n]*|:(?P<bound>[a-z_]+)|\{(?P<literal>[a-z_]+)\}")
DAYS = frozenset({"from_day", "to_day"})
"""Bound too: the first and last day (UTC) of the time asked, as partitions are named."""


@dataclass(frozen=True)
class Query:
    """One named query. `sql` is whole, with its placeholders."""

    name: str
    title: str
    description: str
    parameters: tuple[Parameter, ...]
    selected: tuple[Column, ...]
    rates: tuple[Rate, ...]
    columns: tuple[Column, ...]
    sql: str


def parse(name: str, text: str, prelude: str) -> Query:
    """The query of a file; `InvalidError` says what in it is wrong."""
    header, sql = _split(text)
    try:
        declared = tomllib.loads(header)
    except tomllib.TOMLDecodeError as error:
        raise InvalidError(f"Query {name}: its comments are not TOML: {error}") from error
    if unknown := declared.keys() ^ _KEYS:
        raise InvalidError(f"Query {name}: {', '.join(sorted(unknown))} is missing or unknown.")
    names = declared["columns"]
    rates = tuple(vocabulary.RATES[found] for found in names if found in vocabulary.RATES)
    selected = tuple(_column(name, found) for found in names if found not in vocabulary.RATES)
    query = Query(
        name=name,
        title=declared["title"],
        description=declared["description"],
        parameters=(
            *vocabulary.EVERYWHERE,
            *(vocabulary.PARAMETERS[found] for found in declared["parameters"]),
        ),
        selected=selected,
        rates=rates,
        columns=selected + tuple(column for rate in rates for column in rate.columns()),
        sql=_split(prelude)[1].rstrip() + "\n" + sql,
    )
    _refuse_wrong_placeholders(query)
    return query


def load(folder: Path) -> Mapping[str, Query]:
    """All queries of a folder, by name."""
    prelude = (folder / PRELUDE).read_text("utf-8")
    files = sorted(path for path in folder.glob("*.sql") if path.name != PRELUDE)
    if not files:
        raise InvalidError(f"{folder} has no queries.")
    return {path.stem: parse(path.stem, path.read_text("utf-8"), prelude) for path in files}


def _split(text: str) -> tuple[str, str]:
    lines = text.splitlines(keepends=True)
    count = next((n for n, line in enumerate(lines) if not line.startswith("--")), len(lines))
    header = "".join(line.removeprefix("--").removeprefix(" ") for line in lines[:count])
    return header, "".join(lines[count:])


def _column(query: str, name: str) -> Column:
    if name not in vocabulary.COLUMNS:
        raise InvalidError(f"Query {query}: nobody knows what the column {name!r} means.")
    return vocabulary.COLUMNS[name]


def _refuse_wrong_placeholders(query: Query) -> None:
    known = {parameter.name: parameter for parameter in query.parameters}
    used = set()
    for found in PLACEHOLDER.finditer(query.sql):
        bound, literal = found["bound"], found["literal"]
        name = bound or literal
        if name is None or bound in DAYS:
            continue
        used.add(name)
        if name not in known:
            raise InvalidError(f"Query {query.name}: it has no parameter {name}.")
        if literal and known[name].type not in _LITERAL:
            raise InvalidError(f"Query {query.name}: {name} must be bound, as :{name}.")
    if idle := known.keys() - used:
        raise InvalidError(f"Query {query.name}: it does nothing with {', '.join(sorted(idle))}.")
