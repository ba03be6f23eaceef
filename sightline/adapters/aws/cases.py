"""People's view of the inspections table: what they said stands on the image's one item.

A review sets `review_outcome`, `review_verdict`, `reviewed_by`, `reviewed_at`, `review_note` and
`review_version`, adds itself to `review_history`, and removes `review`, the sparse key of the index
`to_review`: the inspection leaves the queue in the same write.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sightline.adapters.aws.errors import ConditionFailedError, translated
from sightline.adapters.aws.inspections import recorded_of
from sightline.adapters.aws.items import from_item, to_item
from sightline.domain import times
from sightline.domain.images import ImageRef
from sightline.domain.inspections import Verdict
from sightline.domain.reviews import Case, Outcome, Review
from sightline.workflow.floor.ports import OfCamera, OfLine, Question

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_FIRST = "attribute_exists(verdict) AND attribute_not_exists(review_version)"
_NEXT = "review_version = :seen"
_UPDATE = (
    "SET review_outcome = :outcome, review_verdict = :verdict, reviewed_by = :by, "
    "reviewed_at = :at, review_note = :note, review_version = :version, "
    "review_history = list_append(if_not_exists(review_history, :none), :said) "
    "REMOVE #queue ADD #forms :one"
)


class DynamoCaseTable:
    """`CaseTable` over the inspections table."""

    def __init__(self, table: str, client: DynamoDBClient) -> None:
        self._table = table
        self._client = client

    def case(self, ref: ImageRef) -> Case | None:
        with translated(f"Reading image {ref.image_id!r} of camera {ref.camera_id!r}"):
            answer = self._client.get_item(
                TableName=self._table, Key=to_item({"image": ref.pk}), ConsistentRead=True
            )
        values = from_item(answer.get("Item", {}))
        return _case(values) if "verdict" in values else None

    def page(self, question: Question, *, limit: int, before: str = "") -> Sequence[Case]:
        index, key, value = _place(question)
        condition, names, values = "#key = :value", {"#key": key}, {":value": value}
        if before:
            condition += " AND captured < :before"
            values[":before"] = before
        with translated(f"Querying {index} for {value!r}"):
            pages = self._client.get_paginator("query").paginate(
                TableName=self._table,
                IndexName=index,
                KeyConditionExpression=condition,
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=to_item(values),
                ScanIndexForward=False,
                PaginationConfig={"MaxItems": limit, "PageSize": limit},
            )
            return [_case(from_item(item)) for found in pages for item in found["Items"]]

    def review(self, ref: ImageRef, review: Review) -> bool:
        said = _review_values(review)
        values = {
            **{f":{name}": value for name, value in said.items()},
            ":said": [said],
            ":none": [],
            ":one": 1,
            **({":seen": review.version - 1} if review.version > 1 else {}),
        }
        try:
            with translated(f"Reviewing image {ref.image_id!r} of camera {ref.camera_id!r}"):
                self._client.update_item(
                    TableName=self._table,
                    Key=to_item({"image": ref.pk}),
                    UpdateExpression=_UPDATE,
                    ConditionExpression=_NEXT if review.version > 1 else _FIRST,
                    ExpressionAttributeNames={"#queue": "review", "#forms": "sequence"},
                    ExpressionAttributeValues=to_item(values),
                )
        except ConditionFailedError:
            return False
        return True


def _place(question: Question) -> tuple[str, str, str]:
    """Index, its hash key, and the key's value."""
    if isinstance(question, OfLine):
        return "by_line", "line_day", f"{question.facility}#{question.line}#{question.day}"
    if isinstance(question, OfCamera):
        return "by_camera", "camera_day", f"{question.camera_id}#{question.day}"
    return "to_review", "review", question.project


def _case(values: Mapping[str, Any]) -> Case:
    reviews = tuple(_review(said) for said in values.get("review_history", ()))
    return Case(recorded_of(values), reviews)


def _review_values(review: Review) -> dict[str, Any]:
    return {
        "outcome": review.outcome.value,
        "verdict": review.verdict.value,
        "by": review.by,
        "at": times.to_wire(review.at),
        "note": review.note,
        "version": review.version,
    }


def _review(said: Mapping[str, Any]) -> Review:
    return Review(
        outcome=Outcome(said["outcome"]),
        verdict=Verdict(said["verdict"]),
        by=said["by"],
        at=times.from_wire(said["at"]),
        note=said["note"],
        version=said["version"],
    )
