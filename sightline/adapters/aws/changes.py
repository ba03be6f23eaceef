"""Records of the inspections table's stream, as forms of inspections."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sightline.adapters.aws.inspections import recorded_of
from sightline.adapters.aws.items import from_item
from sightline.domain import times
from sightline.domain.lake_rows import Form
from sightline.workflow.lake_ports import StreamRecord


class DynamoChanges:
    """`Changes` over DynamoDB Streams, whose new images are items as the table holds them."""

    def position(self, record: StreamRecord) -> str:
        return str(record["dynamodb"]["SequenceNumber"])

    def form(self, record: StreamRecord) -> Form | None:
        image = record["dynamodb"].get("NewImage")
        if not image or "verdict" not in image:
            return None
        return form_of(from_item(image))


def form_of(values: Mapping[str, Any]) -> Form:
    """The form that an item's plain values are."""
    reviewed = values.get("reviewed_at")
    return Form(
        recorded=recorded_of(values),
        sequence=values.get("sequence", 1),  # items from before there was a lake have none
        reviewed_at=times.from_wire(reviewed) if reviewed else None,
        reviewed_by=values.get("reviewed_by"),
        review_outcome=values.get("review_outcome"),
        review_verdict=values.get("review_verdict"),
    )
