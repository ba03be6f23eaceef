"""Firehose's prefix expressions: the folder that a file of records goes into.

https://docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from datetime import datetime

from sightline.domain.errors import InvalidError

_EXPRESSION = re.compile(r"!\{([^}:]+):([^}]*)\}")
_TIME_FIELDS = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}
_QUERY = re.compile(r"\{\s*(.*?)\s*\}\Z", re.DOTALL)
_MEMBER = re.compile(r"(\w+)\s*:\s*\.(\w+)\Z")


def evaluate(
    prefix: str, at: datetime, *, keys: Mapping[str, str] | None = None, error_type: str = ""
) -> str:
    """The prefix at a moment, for records with these partition keys.

    `InvalidError` for an expression that is not known here.
    """

    def value(found: re.Match[str]) -> str:
        kind, name = found.groups()
        if kind == "partitionKeyFromQuery" and keys is not None and name in keys:
            return keys[name]
        if kind == "timestamp":
            return _formatted(name, at)
        if (kind, name) == ("firehose", "error-output-type") and error_type:
            return error_type
        if (kind, name) == ("firehose", "random-string"):
            return secrets.token_hex(6)[:11]
        raise InvalidError(f"{found[0]} in {prefix!r} has no meaning here")

    return _EXPRESSION.sub(value, prefix)


def members(query: str) -> dict[str, str]:
    """Which member of a record each partition key is, by a query such as `{dt: .dt}`.

    `InvalidError` for any other query of jq's language.
    """
    inner = _QUERY.match(query)
    found = [_MEMBER.match(part.strip()) for part in inner[1].split(",")] if inner else [None]
    if not all(found):
        raise InvalidError(f"{query!r} is more of jq than the local system knows")
    return {member[1]: member[2] for member in found if member}


def _formatted(pattern: str, at: datetime) -> str:
    fields = re.sub("|".join(_TIME_FIELDS), lambda found: _TIME_FIELDS[found[0]], pattern)
    if re.search(r"(?<!%)[A-Za-z]", fields):
        raise InvalidError(f"{pattern!r} has a field of time that the local system does not know")
    return at.strftime(fields)
