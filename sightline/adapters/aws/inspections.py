"""The inspections table over DynamoDB: one item per image, hash key `image`.

Indexes answer what people ask: `by_line` (a line's day), `by_camera` (a camera's day) and the
sparse `to_review` (a project's inspections that nobody has reviewed); all sorted by `captured`.

`sequence` counts an inspection's forms: recording it sets 1, whatever changes it later adds 1. The
lake tells by it which form is the latest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sightline.adapters.aws.errors import ConditionFailedError, translated
from sightline.adapters.aws.items import Item, from_item, to_item
from sightline.domain import times
from sightline.domain.images import ImageRef, Reservation
from sightline.domain.inspections import Inspection, Recorded, Region, Severity, Verdict

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_FLOATS = ("confidence", "score", "threshold", "detect_ms")


class DynamoInspectionTable:
    """`InspectionTable` over the inspections table."""

    def __init__(self, table: str, client: DynamoDBClient) -> None:
        self._table = table
        self._client = client

    def reserve(self, reservation: Reservation) -> Reservation:
        try:
            with translated(f"Reserving {reservation.key!r}"):
                self._client.put_item(
                    TableName=self._table,
                    Item=to_item(_reservation_values(reservation)),
                    ConditionExpression="attribute_not_exists(image)",
                )
        except ConditionFailedError:
            return self.reservation(reservation.ref) or reservation
        return reservation

    def reservation(self, ref: ImageRef) -> Reservation | None:
        values = self._get(ref)
        return _reservation(values) if values else None

    def record(self, recorded: Recorded) -> Recorded | None:
        values = to_item(recorded_values(recorded))
        names = {f"#{n}": name for n, name in enumerate(values)}
        try:
            with translated(f"Recording {recorded.inspection.key!r}"):
                self._client.update_item(
                    TableName=self._table,
                    Key=to_item({"image": recorded.inspection.ref.pk}),
                    UpdateExpression="SET " + ", ".join(f"#{n} = :{n}" for n in range(len(values))),
                    ConditionExpression="attribute_not_exists(verdict)",
                    ExpressionAttributeNames=names,
                    ExpressionAttributeValues={
                        f":{n}": value for n, value in enumerate(values.values())
                    },
                )
        except ConditionFailedError:
            return self.recorded(recorded.inspection.ref)
        return None

    def recorded(self, ref: ImageRef) -> Recorded | None:
        values = self._get(ref)
        return recorded_of(values) if values and "verdict" in values else None

    def of_line(self, facility: str, line: str, day: str, before: datetime) -> Iterator[Recorded]:
        with translated(f"Reading the inspections of line {line!r} on {day}"):
            pages = self._client.get_paginator("query").paginate(
                TableName=self._table,
                IndexName="by_line",
                KeyConditionExpression="line_day = :value AND captured < :before",
                ExpressionAttributeValues=to_item(
                    {":value": f"{facility}#{line}#{day}", ":before": times.to_wire(before)}
                ),
                ScanIndexForward=False,
            )
            for page in pages:
                for item in page["Items"]:
                    yield recorded_of(from_item(_item(item)))

    def _get(self, ref: ImageRef) -> dict[str, Any] | None:
        with translated(f"Reading image {ref.image_id!r} of camera {ref.camera_id!r}"):
            answer = self._client.get_item(
                TableName=self._table, Key=to_item({"image": ref.pk}), ConsistentRead=True
            )
        return from_item(answer["Item"]) if "Item" in answer else None


def _item(item: Any) -> Item:
    return item  # type: ignore[no-any-return]


def _reservation_values(reservation: Reservation) -> dict[str, Any]:
    return {
        "image": reservation.ref.pk,
        "camera_id": reservation.ref.camera_id,
        "image_id": reservation.ref.image_id,
        "object_key": reservation.key,
        "line": reservation.line,
        "facility": reservation.facility,
        "project": reservation.project,
        "content_type": reservation.content_type,
        "size": reservation.size,
        "captured_at": times.to_wire(reservation.captured_at),
        "reserved_at": times.to_wire(reservation.reserved_at),
        "metadata": dict(reservation.metadata),
    }


def _reservation(values: Mapping[str, Any]) -> Reservation:
    return Reservation(
        ref=ImageRef(values["camera_id"], values["image_id"]),
        key=values["object_key"],
        line=values["line"],
        facility=values["facility"],
        project=values["project"],
        content_type=values.get("content_type", ""),
        size=values.get("size"),
        captured_at=times.from_wire(values["captured_at"]),
        reserved_at=times.from_wire(values.get("reserved_at") or values["recorded_at"]),
        metadata=values.get("metadata", {}),
        verdict=values.get("verdict"),
    )


def recorded_values(recorded: Recorded) -> dict[str, Any]:
    """What a record adds to its image's item."""
    found = recorded.inspection
    values = found.to_json()
    del values["ref"], values["key"]
    day = found.captured_at.strftime("%Y-%m-%d")
    return {
        **values,
        "camera_id": found.ref.camera_id,
        "image_id": found.ref.image_id,
        "object_key": found.key,
        "recorded_at": times.to_wire(recorded.recorded_at),
        "severity": recorded.severity.value,
        "captured": recorded.position,
        "line_day": f"{found.facility}#{found.line}#{day}",
        "camera_day": f"{found.ref.camera_id}#{day}",
        "review": None if recorded.severity is Severity.NONE else found.project,
        "sequence": 1,
    }


def recorded_of(values: Mapping[str, Any]) -> Recorded:
    """The record that an item's plain values are."""
    members = {name: values[name] for name in _INSPECTION_MEMBERS if name in values}
    members.update({name: float(members[name]) for name in _FLOATS if name in members})
    inspection = Inspection(
        **{
            **members,
            "ref": ImageRef(values["camera_id"], values["image_id"]),
            "key": values["object_key"],
            "captured_at": times.from_wire(values["captured_at"]),
            "verdict": Verdict(values["verdict"]),
            "regions": tuple(_region(region) for region in values.get("regions", ())),
        }
    )
    return Recorded(
        inspection=inspection,
        recorded_at=times.from_wire(values["recorded_at"]),
        severity=Severity(values["severity"]),
    )


def _region(values: Mapping[str, Any]) -> Region:
    return Region(**{**values, "area": float(values["area"]), "score": float(values["score"])})


_INSPECTION_MEMBERS = frozenset(Inspection.__dataclass_fields__) - {"ref", "key"}
