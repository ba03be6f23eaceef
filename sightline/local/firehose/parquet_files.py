"""Rows of JSON as a Parquet file with the columns of a Glue table, as Firehose converts them."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from sightline.domain import times
from sightline.domain.errors import InvalidError

_TYPES: Mapping[str, pa.DataType] = {
    "string": pa.string(),
    "int": pa.int32(),
    "bigint": pa.int64(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "timestamp": pa.timestamp("ms"),
}
_ARRAY = re.compile(r"array<(.+)>\Z")


def schema(columns: Sequence[Mapping[str, str]]) -> pa.Schema:
    """The schema of a Glue table's columns; `InvalidError` for a type that is not known here."""
    return pa.schema([(column["Name"], _type(column["Type"])) for column in columns])


def converted(line: bytes, wanted: pa.Schema) -> dict[str, Any]:
    """A row's values by column; absent members are null, members without a column are dropped.

    `InvalidError` when the line is no JSON object, or a value is not of its column's type.
    """
    try:
        values = json.loads(line)
    except ValueError as error:
        raise InvalidError(f"The record is not JSON: {error}.") from error
    if not isinstance(values, dict):
        raise InvalidError("The record is not a JSON object.")
    lower = {name.lower(): value for name, value in values.items()}
    return {field.name: _value(lower.get(field.name), field.type, field.name) for field in wanted}


def written(rows: Sequence[Mapping[str, Any]], wanted: pa.Schema, compression: str) -> bytes:
    """A Parquet file of converted rows; compressed as `SNAPPY`, `GZIP` or `UNCOMPRESSED`."""
    file = io.BytesIO()
    codec = "NONE" if compression == "UNCOMPRESSED" else compression
    pq.write_table(pa.Table.from_pylist(list(rows), schema=wanted), file, compression=codec)
    return file.getvalue()


def _type(name: str) -> pa.DataType:
    if inner := _ARRAY.match(name):
        return pa.list_(_type(inner[1]))
    if name not in _TYPES:
        raise InvalidError(f"The local system knows no column of type {name!r}.")
    return _TYPES[name]


def _value(value: Any, wanted: pa.DataType, column: str) -> Any:
    if value is None:
        return None
    if pa.types.is_timestamp(wanted):
        return _moment(value, column)
    try:
        if pa.types.is_list(wanted):
            if not isinstance(value, list):
                raise TypeError("not a list")
            return [_value(item, wanted.value_type, column) for item in value]
        return pa.scalar(value, type=wanted).as_py()
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
        raise InvalidError(f"Column {column}: {value!r:.80} is not of type {wanted}.") from error


def _moment(value: Any, column: str) -> datetime:
    """A time as text, or as seconds or milliseconds since 1970; in UTC, without a zone."""
    try:
        if isinstance(value, str):
            aware = value if value.endswith("Z") else f"{value}+00:00"
            return times.from_wire(aware).replace(tzinfo=None)
        seconds = value / 1000 if abs(value) >= 1e11 else value
        return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
    except (InvalidError, TypeError, ValueError, OverflowError, OSError) as error:
        raise InvalidError(f"Column {column}: {value!r:.80} is not a time.") from error
