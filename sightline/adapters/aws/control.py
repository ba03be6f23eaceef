"""The control table over DynamoDB: hash key `scope`, range key `name`, one item per record.

A record's own members are one JSON text, so that a new member needs no migration; `revision` is
drawn anew at every change, and is what conditions ask for. `expires` lets DynamoDB forget tokens.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sightline.adapters.aws import control_records
from sightline.adapters.aws.errors import ConditionFailedError, code, translated
from sightline.adapters.aws.items import from_item, to_item
from sightline.domain.errors import UnavailableError
from sightline.domain.lookout.calls import Answered
from sightline.domain.lookout.records import Record
from sightline.workflow.control.ports import Change, ChangedError, Check, Put, R

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoControlRegistry:
    """`ControlRegistry` over the control table."""

    def __init__(self, table: str, client: DynamoDBClient) -> None:
        self._table = table
        self._client = client

    def get(self, kind: type[R], scope: str, name: str) -> R | None:
        with translated(f"Reading {kind.__name__} {name!r}"):
            answer = self._client.get_item(
                TableName=self._table, Key=_key(kind, scope, name), ConsistentRead=True
            )
        return _record(kind, answer["Item"]) if "Item" in answer else None

    def page(self, kind: type[R], scope: str, *, after: str = "", limit: int = 100) -> Sequence[R]:
        condition = "#scope = :scope"
        values = {":scope": _scope(kind, scope)}
        names = {"#scope": "scope"}
        if after:
            condition += " AND #name > :after"
            values[":after"], names["#name"] = after, "name"
        with translated(f"Listing {kind.__name__}s"):
            pages = self._client.get_paginator("query").paginate(
                TableName=self._table,
                KeyConditionExpression=condition,
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=to_item(values),
                ConsistentRead=True,
                PaginationConfig={"MaxItems": limit},
            )
            return [_record(kind, item) for found in pages for item in found["Items"]]

    def commit(self, *changes: Change) -> None:
        try:
            with translated("Committing to the control table"):
                self._client.transact_write_items(
                    TransactItems=[self._write(change) for change in changes]
                )
        except ConditionFailedError as error:
            raise ChangedError("A record has changed.") from error
        except UnavailableError as error:
            if _collided(error.__cause__):
                raise ChangedError("A record is being changed.") from error
            raise

    def _write(self, change: Change) -> Any:
        record = change.record
        known: dict[str, Any] = {
            "TableName": self._table,
            "ConditionExpression": "attribute_not_exists(#name)",
            "ExpressionAttributeNames": {"#name": "name"},
        }
        if record.revision:
            known["ConditionExpression"] = "revision = :revision"
            known["ExpressionAttributeValues"] = to_item({":revision": record.revision})
            del known["ExpressionAttributeNames"]
        if isinstance(change, Put):
            return {"Put": {**known, "Item": _item(record)}}
        operation = "ConditionCheck" if isinstance(change, Check) else "Delete"
        return {operation: {**known, "Key": _key(type(record), *record.identity)}}


def _scope(kind: type[Record], scope: str) -> str:
    return f"{kind.__name__}#{scope}"


def _key(kind: type[Record], scope: str, name: str) -> dict[str, Any]:
    return to_item({"scope": _scope(kind, scope), "name": name})


def _item(record: Record) -> dict[str, Any]:
    scope, name = record.identity
    values = {
        "scope": _scope(type(record), scope),
        "name": name,
        "revision": secrets.randbelow(2**52) + 1,
        "record": control_records.dump(record, without="revision"),
    }
    if isinstance(record, Answered):
        values["expires"] = int(record.expires_at.timestamp())
    return to_item(values)


def _record(kind: type[R], item: Any) -> R:
    values = from_item(item)
    return control_records.load(kind, values["record"], revision=values["revision"])


def _collided(cause: BaseException | None) -> bool:
    """Whether a transaction lost against another one that ran at the same time."""
    response = getattr(cause, "response", {})
    reasons = [reason.get("Code") for reason in response.get("CancellationReasons", [])]
    kind = code(cause) if response else ""  # type: ignore[arg-type]
    return "TransactionConflict" in reasons or kind == "TransactionInProgressException"
