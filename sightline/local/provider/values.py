"""Pulumi's values as boto3 wants them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from pulumi.runtime import rpc


def plain(value: Any) -> Any:
    """A value as it came over Pulumi's wire: secrets unwrapped, whole numbers as `int`.

    The wire knows only doubles, and boto3 refuses `30.0` where a whole number belongs.
    """
    if rpc.is_rpc_secret(value):
        value = rpc.unwrap_rpc_secret(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items() if not key.startswith("__")}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def pascal(
    value: Any, *, irregular: Mapping[str, str] | None = None, verbatim: Collection[str] = ()
) -> Any:
    """`camelCase` keys as AWS's `PascalCase`, at every depth.

    `irregular` names the keys that AWS spells its own way; what is under a key in `verbatim` (tags,
    environment variables) has keys of the user's and stays as it is.
    """
    irregular = irregular or {}
    if isinstance(value, list):
        return [pascal(item, irregular=irregular, verbatim=verbatim) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        irregular.get(key, key[:1].upper() + key[1:]): (
            item if key in verbatim else pascal(item, irregular=irregular, verbatim=verbatim)
        )
        for key, item in value.items()
    }


def attribute(value: Any) -> str:
    """A value as SNS and SQS take attributes: as text."""
    return str(value).lower() if isinstance(value, bool) else str(value)
