"""Values against the shapes of the API's description: checked, converted, or refused by name."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from typing import Any

from sightline.domain import times
from sightline.domain.errors import InvalidError
from sightline.domain.lookout.errors import ValidationError, shown
from sightline.lookoutvision.description import description

_WORDS = {"string": "characters", "blob": "bytes", "list": "entries"}


def checked(shape: str, value: Any, name: str) -> Any:
    """The value as its shape says: blobs as bytes, timestamps as UTC, None for what is absent.

    Raises `ValidationError` that names the member and the rule. Unknown members are left out, as
    the service did.
    """
    found = description().shapes[shape]
    kind: str = found["type"]
    return _CHECKS[kind](found, value, name)


def _structure(shape: Mapping[str, Any], value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise ValidationError(f"{name} must be an object.")
    members: dict[str, Any] = {}
    for member, reference in shape["members"].items():
        path = f"{name}.{member}" if name else member
        given = value.get(member)
        if given is not None:
            members[member] = checked(reference["shape"], given, path)
        elif member in shape.get("required", ()):
            raise ValidationError(f"{path} is required.")
    return members


def _list(shape: Mapping[str, Any], value: Any, name: str) -> list[Any]:
    if not isinstance(value, list):
        raise ValidationError(f"{name} must be an array.")
    _check_length(shape, len(value), name)
    of = shape["member"]["shape"]
    return [checked(of, entry, f"{name}[{at}]") for at, entry in enumerate(value)]


def _string(shape: Mapping[str, Any], value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise ValidationError(f"{name} must be a string.")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise ValidationError(f"{name} is not Unicode text.") from error
    _check_length(shape, len(value), name)
    if "enum" in shape and value not in shape["enum"]:
        allowed = ", ".join(shape["enum"])
        raise ValidationError(f"{name} {shown(value)} must be one of {allowed}.")
    if "pattern" in shape and not re.fullmatch(shape["pattern"], value):
        raise ValidationError(f"{name} {shown(value)} must match {shape['pattern']}")
    return value


def _integer(shape: Mapping[str, Any], value: Any, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValidationError(f"{name} must be a whole number.")
    low, high = shape.get("min"), shape.get("max")
    if low is not None and value < low:
        raise ValidationError(f"{name} {shown(value)} must be at least {low}.")
    if high is not None and value > high:
        raise ValidationError(f"{name} {shown(value)} must be at most {high}.")
    return value


def _boolean(_shape: Mapping[str, Any], value: Any, name: str) -> bool:
    if not isinstance(value, bool):
        raise ValidationError(f"{name} must be true or false.")
    return value


def _timestamp(_shape: Mapping[str, Any], value: Any, name: str) -> Any:
    try:
        return times.from_wire(value)
    except (InvalidError, TypeError) as error:
        raise ValidationError(f"{name} {shown(value)} is not an ISO 8601 time.") from error


def _blob(shape: Mapping[str, Any], value: Any, name: str) -> bytes:
    if isinstance(value, bytes):
        data = value
    else:
        try:
            data = base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError, TypeError) as error:
            raise ValidationError(f"{name} must be base64 text.") from error
    _check_length(shape, len(data), name)
    return data


def _check_length(shape: Mapping[str, Any], length: int, name: str) -> None:
    words = _WORDS[shape["type"]]
    low, high = shape.get("min"), shape.get("max")
    if low is not None and length < low:
        raise ValidationError(f"{name} must have at least {low} {words}, not {length}.")
    if high is not None and length > high:
        raise ValidationError(f"{name} must have at most {high} {words}, not {length}.")


_CHECKS: Mapping[str, Callable[[Mapping[str, Any], Any, str], Any]] = {
    "structure": _structure,
    "list": _list,
    "string": _string,
    "integer": _integer,
    "boolean": _boolean,
    "timestamp": _timestamp,
    "blob": _blob,
}
