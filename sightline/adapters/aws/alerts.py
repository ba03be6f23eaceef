"""The alerts over DynamoDB (hash key `line_minute`, range key `image`) and SNS.

A minute's digest and its count are items of their own, under the range keys `#digest` and
`#count`; images' keys have text before the `#`, so they cannot collide.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from sightline.adapters.aws.errors import ConditionFailedError, code, translated
from sightline.adapters.aws.items import from_item, to_item
from sightline.domain import times
from sightline.domain.alerts import Alert, AlertState, Notification
from sightline.domain.images import ImageRef
from sightline.domain.inspections import Severity

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_stepfunctions import SFNClient

_DIGEST = "#digest"
_COUNT = "#count"
_KEEP = timedelta(days=30)


class DynamoAlertTable:
    """`AlertTable` over the alerts table; entries expire after 30 days."""

    def __init__(self, table: str, client: DynamoDBClient) -> None:
        self._table = table
        self._client = client

    def claim(self, alert: Alert) -> Alert:
        try:
            self._put(alert, "attribute_not_exists(image)")
        except ConditionFailedError:
            return self._get(alert.line_minute, alert.ref.pk) or alert
        return alert

    def settle(self, alert: Alert) -> None:
        self._put(alert, "attribute_exists(image)")

    def release(self, alert: Alert) -> None:
        with translated(f"Releasing the alert of {alert.ref.pk!r}"):
            self._client.delete_item(
                TableName=self._table,
                Key=to_item({"line_minute": alert.line_minute, "image": alert.ref.pk}),
            )

    def next_position(self, line_minute: str) -> int:
        with translated(f"Counting the alerts of {line_minute}"):
            answer = self._client.update_item(
                TableName=self._table,
                Key=to_item({"line_minute": line_minute, "image": _COUNT}),
                UpdateExpression="ADD alerts :one SET expires = :expires",
                ExpressionAttributeValues=to_item({":one": 1, ":expires": _expires(line_minute)}),
                ReturnValues="UPDATED_NEW",
            )
        return int(from_item(answer["Attributes"])["alerts"])

    def fold(self, alert: Alert) -> bool:
        """One transaction, so that no alert slips in after the digest was closed."""
        folded = replace(alert, state=AlertState.FOLDED)
        digest = {"line_minute": alert.line_minute, "image": _DIGEST}
        try:
            with translated(f"Folding the alert of {alert.ref.pk!r}"):
                self._client.transact_write_items(
                    TransactItems=[
                        {
                            "ConditionCheck": {
                                "TableName": self._table,
                                "Key": to_item(digest),
                                "ConditionExpression": "attribute_not_exists(image)",
                            }
                        },
                        {"Put": {"TableName": self._table, "Item": to_item(_values(folded))}},
                    ]
                )
        except ConditionFailedError:
            return False
        return True

    def close_digest(self, line_minute: str) -> bool:
        try:
            self._put_digest(line_minute, "closed", "attribute_not_exists(image)")
        except ConditionFailedError:
            return self._digest_state(line_minute) != "sent"
        return True

    def folded(self, line_minute: str) -> Sequence[Alert]:
        with translated(f"Reading the alerts of {line_minute}"):
            pages = self._client.get_paginator("query").paginate(
                TableName=self._table,
                KeyConditionExpression="line_minute = :minute",
                FilterExpression="#state = :folded",
                ExpressionAttributeNames={"#state": "state"},
                ExpressionAttributeValues=to_item(
                    {":minute": line_minute, ":folded": AlertState.FOLDED.value}
                ),
                ConsistentRead=True,
            )
            alerts = [_alert(from_item(item)) for page in pages for item in page["Items"]]
        return sorted(alerts, key=lambda alert: (alert.claimed_at, alert.ref.pk))

    def settle_digest(self, line_minute: str) -> None:
        self._put_digest(line_minute, "sent", "attribute_exists(image)")

    def _digest_state(self, line_minute: str) -> str:
        with translated(f"Reading the digest of {line_minute}"):
            answer = self._client.get_item(
                TableName=self._table,
                Key=to_item({"line_minute": line_minute, "image": _DIGEST}),
                ConsistentRead=True,
            )
        return str(from_item(answer.get("Item", {})).get("state", ""))

    def _put_digest(self, line_minute: str, state: str, condition: str) -> None:
        values = {
            "line_minute": line_minute,
            "image": _DIGEST,
            "state": state,
            "expires": _expires(line_minute),
        }
        with translated(f"Storing the digest of {line_minute}"):
            self._client.put_item(
                TableName=self._table, Item=to_item(values), ConditionExpression=condition
            )

    def _get(self, line_minute: str, image: str) -> Alert | None:
        with translated(f"Reading the alert of {image!r}"):
            answer = self._client.get_item(
                TableName=self._table,
                Key=to_item({"line_minute": line_minute, "image": image}),
                ConsistentRead=True,
            )
        return _alert(from_item(answer["Item"])) if "Item" in answer else None

    def _put(self, alert: Alert, condition: str) -> None:
        with translated(f"Storing the alert of {alert.ref.pk!r}"):
            self._client.put_item(
                TableName=self._table, Item=to_item(_values(alert)), ConditionExpression=condition
            )


class SnsTopic:
    """`Topic` over SNS: text for mail, a short text for SMS, JSON for every other protocol."""

    def __init__(self, topic_arn: str, client: SNSClient) -> None:
        self._arn = topic_arn
        self._client = client

    def publish(self, notification: Notification) -> None:
        message = {
            "default": notification.json,
            "email": notification.text,
            "sms": notification.short,
        }
        with translated(f"Publishing {notification.subject!r}"):
            self._client.publish(
                TopicArn=self._arn,
                Subject=notification.subject,
                Message=json.dumps(message, ensure_ascii=False),
                MessageStructure="json",
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": value}
                    for name, value in notification.attributes.items()
                },
            )


class StateMachineDigestTimer:
    """`DigestTimer` over a Standard state machine, whose execution names happen only once."""

    def __init__(self, state_machine_arn: str, client: SFNClient) -> None:
        self._arn = state_machine_arn
        self._client = client

    def start(self, line_minute: str, due: datetime) -> None:
        with translated(f"Starting the digest of {line_minute}"):
            try:
                self._client.start_execution(
                    stateMachineArn=self._arn,
                    name=_execution_name(line_minute),
                    input=json.dumps({"line_minute": line_minute, "due": times.to_wire(due)}),
                )
            except ClientError as error:
                if code(error) != "ExecutionAlreadyExists":
                    raise


def _execution_name(line_minute: str) -> str:
    """At most 80 characters, as Step Functions demands; the hash tells cut names apart."""
    _, line, minute = line_minute.split("/")
    mark = hashlib.sha256(line_minute.encode()).hexdigest()[:12]
    return f"{line[:40]}-{minute.replace(':', '-')}-{mark}"


def _expires(line_minute: str) -> int:
    minute = times.from_wire(line_minute.rpartition("/")[2])
    return int((minute + _KEEP).timestamp())


def _values(alert: Alert) -> dict[str, Any]:
    return {
        "line_minute": alert.line_minute,
        "image": alert.ref.pk,
        "state": alert.state.value,
        "severity": alert.severity.value,
        "claimed_at": times.to_wire(alert.claimed_at),
        "expires": _expires(alert.line_minute),
    }


def _alert(values: Mapping[str, Any]) -> Alert:
    camera_id, _, image_id = values["image"].partition("#")
    return Alert(
        ref=ImageRef(camera_id, image_id),
        line_minute=values["line_minute"],
        state=AlertState(values["state"]),
        claimed_at=times.from_wire(values["claimed_at"]),
        severity=Severity(values["severity"]),
    )
