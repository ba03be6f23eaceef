"""The camera registry over DynamoDB: hash key `camera_id`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sightline.adapters.aws.errors import ConditionFailedError, translated
from sightline.adapters.aws.items import Item, from_item, to_item
from sightline.domain import times
from sightline.domain.cameras import Camera
from sightline.domain.errors import ConflictError, NotFoundError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoCameraRegistry:
    """`CameraRegistry` over the cameras table."""

    def __init__(self, table: str, client: DynamoDBClient) -> None:
        self._table = table
        self._client = client

    def get(self, camera_id: str) -> Camera | None:
        with translated(f"Reading camera {camera_id!r}"):
            # Consistent, because a revoked camera must be refused from this moment on.
            answer = self._client.get_item(
                TableName=self._table, Key=to_item({"camera_id": camera_id}), ConsistentRead=True
            )
        return _camera(answer["Item"]) if "Item" in answer else None

    def add(self, camera: Camera) -> None:
        try:
            self._put(camera)
        except ConditionFailedError as error:
            raise ConflictError(f"Camera {camera.camera_id!r} exists already.") from error

    def change(self, camera_id: str, members: Mapping[str, Any]) -> Camera:
        values = {name: _plain(value) for name, value in members.items()}
        kept = {f":{name}": value for name, value in values.items() if value is not None}
        sets = ", ".join(f"#{name[1:]} = {name}" for name in kept)
        gone = ", ".join(f"#{name}" for name, value in values.items() if value is None)
        try:
            with translated(f"Changing camera {camera_id!r}"):
                answer = self._client.update_item(
                    TableName=self._table,
                    Key=to_item({"camera_id": camera_id}),
                    UpdateExpression=f"SET {sets}" + (f" REMOVE {gone}" if gone else ""),
                    ConditionExpression="attribute_exists(camera_id)",
                    ExpressionAttributeNames={f"#{name}": name for name in values},
                    ExpressionAttributeValues=to_item(kept),
                    ReturnValues="ALL_NEW",
                )
        except ConditionFailedError as error:
            raise NotFoundError(f"There is no camera {camera_id!r}.") from error
        return _camera(answer["Attributes"])

    def list(self) -> Sequence[Camera]:
        with translated("Listing cameras"):
            pages = self._client.get_paginator("scan").paginate(TableName=self._table)
            cameras = [_camera(item) for page in pages for item in page["Items"]]
        return sorted(cameras, key=lambda camera: camera.camera_id)

    def touch(self, camera_id: str, at: datetime) -> None:
        with suppress(ConditionFailedError), translated(f"Touching camera {camera_id!r}"):
            self._client.update_item(
                TableName=self._table,
                Key=to_item({"camera_id": camera_id}),
                UpdateExpression="SET last_seen_at = :at",
                ConditionExpression="attribute_exists(camera_id)",
                ExpressionAttributeValues=to_item({":at": times.to_wire(at)}),
            )

    def _put(self, camera: Camera) -> None:
        values: dict[str, Any] = {
            "camera_id": camera.camera_id,
            "line": camera.line,
            "facility": camera.facility,
            "project": camera.project,
            "name": camera.name,
            "line_name": camera.line_name,
            "facility_name": camera.facility_name,
            "token_hash": camera.token_hash,
            "created_at": times.to_wire(camera.created_at),
            "revoked_at": times.to_wire(camera.revoked_at) if camera.revoked_at else None,
            "last_seen_at": times.to_wire(camera.last_seen_at) if camera.last_seen_at else None,
        }
        with translated(f"Storing camera {camera.camera_id!r}"):
            self._client.put_item(
                TableName=self._table,
                Item=to_item(values),
                ConditionExpression="attribute_not_exists(camera_id)",
            )


def _plain(value: Any) -> Any:
    return times.to_wire(value) if isinstance(value, datetime) else value


def _camera(item: Item) -> Camera:
    values = from_item(item)
    for member in ("created_at", "revoked_at", "last_seen_at"):
        if values.get(member):
            values[member] = times.from_wire(values[member])
    return Camera(**values)
