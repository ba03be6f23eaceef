"""DynamoDB items from plain values and back.

Floats go in as `Decimal` through `str`, which is exact for what Python prints, and come back as
floats. Members that are None are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

Item = Mapping[str, Any]

_serialize = TypeSerializer().serialize
_deserialize = TypeDeserializer().deserialize


def to_item(values: Mapping[str, Any]) -> dict[str, Any]:
    """Attribute values for boto3's low-level client."""
    return {key: _serialize(_decimals(v)) for key, v in values.items() if v is not None}


def from_item(item: Item) -> dict[str, Any]:
    """Plain values: whole numbers are ints, all others floats."""
    return {key: _plain(_deserialize(value)) for key, value in item.items()}


def _decimals(value: Any) -> Any:
    if isinstance(value, float):
        return Decimal(str(value))
    if isinstance(value, Mapping):
        return {key: _decimals(v) for key, v in value.items() if v is not None}
    if isinstance(value, (list, tuple)):
        return [_decimals(v) for v in value]
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        whole = abs(value) < 2**53 and value == value.to_integral_value()
        return int(value) if whole else float(value)
    if isinstance(value, dict):
        return {key: _plain(v) for key, v in value.items()}
    if isinstance(value, list):
        return [_plain(v) for v in value]
    return value
