"""Records as JSON text and back, by the types of their members.

What records are made of: texts, numbers, times, enums, tuples, mappings, and dataclasses of these.
A member that is missing in the text has its default, so that records outlive new members.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from functools import cache
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from sightline.domain import times

R = TypeVar("R")


def dump(record: Any, *, without: str = "") -> str:
    """The record's members as JSON, but for one of them."""
    values = {f.name: getattr(record, f.name) for f in fields(record) if f.name != without}
    return json.dumps(values, default=_plain, ensure_ascii=False)


def load(kind: type[R], text: str, **more: Any) -> R:
    """A record from its text and the members that the text has not."""
    values: dict[str, Any] = {**json.loads(text), **more}
    found: R = _dataclass(kind, values)
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return times.to_wire(value)
    if is_dataclass(value):
        return {f.name: getattr(value, f.name) for f in fields(value)}
    raise TypeError(f"{type(value).__name__} cannot be stored")


def _dataclass(kind: Any, values: Mapping[str, Any]) -> Any:
    readers = _readers(kind)
    return kind(**{name: readers[name](v) for name, v in values.items() if name in readers})


def _readers(kind: Any) -> Mapping[str, Callable[[Any], Any]]:
    return _cached_readers(kind)


@cache
def _cached_readers(kind: Any) -> Mapping[str, Callable[[Any], Any]]:
    return {name: _reader(hint) for name, hint in get_type_hints(kind).items()}


def _reader(hint: Any) -> Callable[[Any], Any]:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is UnionType:  # always `something | None` here
        inner = _reader(next(one for one in arguments if one is not type(None)))
        return lambda value: None if value is None else inner(value)
    if origin is tuple:
        inner = _reader(arguments[0])
        return lambda value: tuple(map(inner, value))
    if origin is not None:
        key, inner = map(_reader, arguments)
        return lambda value: {key(name): inner(v) for name, v in value.items()}
    if hint is datetime:
        return times.from_wire
    if is_dataclass(hint):
        return lambda value: _dataclass(hint, value)
    return hint if isinstance(hint, type) and issubclass(hint, (Enum, float)) else _same


def _same(value: Any) -> Any:
    return value
