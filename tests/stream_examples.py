"""Records of the inspections table's stream that tests share."""

from __future__ import annotations

from typing import Any

from sightline.adapters.aws.inspections import recorded_values
from sightline.adapters.aws.items import to_item
from sightline.domain import times
from sightline.domain.images import ImageRef
from sightline.domain.plant import Plant
from tests.examples import NOON, recorded

PLANT = Plant.parse("Europe/Berlin", ["early=06:00", "late=14:00", "night=22:00"])


def item(number: int = 1, *, reviewed: str | None = None, **changes: Any) -> dict[str, Any]:
    """An item of the table in DynamoDB's form; `reviewed` is the verdict of a person."""
    values = recorded_values(recorded(ref=ImageRef("press-1-top", f"part {number}"), **changes))
    values["image"] = f"press-1-top#part {number}"
    if reviewed:
        values |= {
            "reviewed_at": times.to_wire(NOON),
            "reviewed_by": "lead",
            "review_outcome": "confirmed" if reviewed == values["verdict"] else "overruled",
            "review_verdict": reviewed,
            "sequence": 2,
        }
    return to_item(values)


def change(position: int, new: dict[str, Any] | None, old: dict[str, Any] | None = None) -> Any:
    """A record of the stream, as Lambda hands it over."""
    name = "REMOVE" if new is None else "MODIFY" if old else "INSERT"
    images = {"NewImage": new, "OldImage": old}
    keys = {"image": ((new or old) or {}).get("image", {"S": "?"})}
    return {
        "eventID": f"{position:032x}",
        "eventName": name,
        "eventSource": "aws:dynamodb",
        "eventVersion": "1.1",
        "awsRegion": "eu-west-1",
        "dynamodb": {
            "ApproximateCreationDateTime": 1773489605.0,
            "Keys": keys,
            "SequenceNumber": str(100000000000000000000 + position),
            "SizeBytes": 1,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
            **{what: image for what, image in images.items() if image},
        },
        "eventSourceARN": "arn:aws:dynamodb:eu-west-1:123456789012:table/inspections/stream/x",
    }
