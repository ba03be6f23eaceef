"""Did every picture end in exactly one record, and every alert in exactly one message?"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sightline.adapters.aws.items import from_item
from sightline.domain import times
from sightline.domain.inspections import Severity
from sightline.local.clients import Clients


@dataclass(frozen=True)
class Row:
    """What the table holds of one recorded image."""

    image: str
    line: str
    camera: str
    verdict: str
    severity: str
    recorded_at: datetime
    confidence: float | None = None
    reason: str | None = None


class AlertTap:
    """A machine subscriber of the alert topic, which hears everything that people hear."""

    def __init__(self, clients: Clients, topic_arn: str) -> None:
        self._sqs = clients.get("sqs")
        self._url = self._sqs.create_queue(QueueName="alert-tap")["QueueUrl"]
        attributes = self._sqs.get_queue_attributes(
            QueueUrl=self._url, AttributeNames=["QueueArn"]
        )["Attributes"]
        clients.get("sns").subscribe(
            TopicArn=topic_arn,
            Protocol="sqs",
            Endpoint=attributes["QueueArn"],
            Attributes={"RawMessageDelivery": "true"},
        )
        self.messages: list[dict[str, Any]] = []

    def listen(self) -> None:
        """Take in what has arrived."""
        while found := self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10).get(
            "Messages"
        ):
            for message in found:
                body = json.loads(message["Body"])
                if "type" in body:
                    self.messages.append(body)
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])

    def told(self) -> Counter[str]:
        """How often each image was told of, singly or in a digest."""
        images = [
            image
            for body in self.messages
            for image in body.get("images", [body.get("image")])
            if image
        ]
        return Counter(f"{image['cameraId']}#{image['imageId']}" for image in images)


def rows(clients: Clients, table: str) -> list[Row]:
    """Everything that was recorded so far."""
    pages = (
        clients.get("dynamodb")
        .get_paginator("scan")
        .paginate(
            TableName=table,
            FilterExpression="attribute_exists(verdict)",
            ProjectionExpression=(
                "image, #line, camera_id, verdict, severity, recorded_at, confidence, reason"
            ),
            ExpressionAttributeNames={"#line": "line"},
        )
    )
    return [_row(from_item(item)) for page in pages for item in page["Items"]]


def _row(values: Mapping[str, Any]) -> Row:
    return Row(
        image=values["image"],
        line=values["line"],
        camera=values["camera_id"],
        verdict=values["verdict"],
        severity=values["severity"],
        recorded_at=times.from_wire(values["recorded_at"]),
        confidence=values.get("confidence"),
        reason=values.get("reason"),
    )


@dataclass(frozen=True)
class Audit:
    """The books: image keys (`camera#id`) that do not add up; all empty when everything does."""

    uploaded: int
    recorded: int
    unrecorded: tuple[str, ...]
    unasked: tuple[str, ...]
    alerts: int
    untold: tuple[str, ...]
    told_twice: tuple[str, ...]
    told_needlessly: tuple[str, ...]

    @property
    def balanced(self) -> bool:
        """Whether every image has one record and every alert was sent once."""
        return not (
            self.unrecorded
            or self.unasked
            or self.untold
            or self.told_twice
            or self.told_needlessly
        )


def audit(uploaded: Iterable[str], recorded: Iterable[Row], told: Counter[str]) -> Audit:
    """Compare what was uploaded with what was recorded and what people were told."""
    sent = set(uploaded)
    found = {row.image: row for row in recorded}
    due = {image for image, row in found.items() if row.severity != Severity.NONE}
    return Audit(
        uploaded=len(sent),
        recorded=len(found),
        unrecorded=tuple(sorted(sent - found.keys())),
        unasked=tuple(sorted(found.keys() - sent)),
        alerts=len(due),
        untold=tuple(sorted(due - told.keys())),
        told_twice=tuple(sorted(image for image, count in told.items() if count > 1)),
        told_needlessly=tuple(sorted(told.keys() - due)),
    )
