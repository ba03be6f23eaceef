"""Pictures that models learn from and are judged by, shown to people."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from sightline.domain import times
from sightline.domain.lookout.datasets import DatasetType
from sightline.domain.lookout.errors import DATASET, MODEL, ValidationError
from sightline.domain.lookout.limits import PAGE_MAX
from sightline.domain.lookout.manifest import Label
from sightline.domain.lookout.records import S3Object
from sightline.http.floor.datasets import OURS
from sightline.http.floor.shapes import Asked, Query, Route, Shape, Time
from sightline.http.lookout_shapes import checked
from sightline.workflow.control.detect import look
from sightline.workflow.control.entries import EntryFilter, page_of_entries


class DatasetQuery(Query):
    """Which of a dataset's pictures: of one label, or those without."""

    label: Literal["normal", "anomaly", "none"] | None = None
    limit: Annotated[int, Field(ge=1, le=PAGE_MAX)] = 50
    cursor: str | None = None


class DatasetPictureOut(Shape):
    """A picture of a dataset; `Masked` says that a mask shows where its defects are."""

    source_ref: str
    label: Literal["normal", "anomaly"] | None
    masked: bool
    added_at: Time
    picture_url: str


class DatasetPicturesOut(Shape):
    """A page of a dataset's pictures, in the order in which they were added."""

    pictures: list[DatasetPictureOut]
    next_cursor: str | None


class LookQuery(Query):
    """Which picture, as `s3://bucket/key`."""

    source: str


class LookOut(Shape):
    """What a version says of a picture.

    `HeatMap` is an 8-bit grey PNG of the whole picture in base64, 128 at the threshold; null where
    the version runs at an endpoint, which makes none.
    """

    source_ref: str
    is_anomalous: bool
    confidence: float
    heat_map: str | None


def list_pictures(asked: Asked) -> DatasetPicturesOut:
    """The pictures of a dataset, with their labels."""
    wanted: DatasetQuery = asked.query
    found, token = page_of_entries(
        asked.path["projectName"],
        DatasetType(asked.path["datasetType"]),
        _filter(wanted.label),
        max_results=wanted.limit,
        next_token=wanted.cursor,
        deps=asked.control,
    )
    return DatasetPicturesOut(
        pictures=[
            DatasetPictureOut(
                source_ref=entry.source_ref,
                label=entry.label.value if entry.label else None,
                masked=entry.mask is not None,
                added_at=times.to_wire(entry.added_at),
                picture_url=asked.deps.links.view(entry.source),
            )
            for entry in found
        ],
        next_cursor=token,
    )


def look_at_picture(asked: Asked) -> LookOut:
    """What a version says of one picture, and where; it need not be running."""
    source = _source(asked.query.source)
    found = look(asked.path["projectName"], asked.path["modelVersion"], source, deps=asked.control)
    return LookOut(
        source_ref=str(source),
        is_anomalous=found.anomalous,
        confidence=found.confidence,
        heat_map=base64.b64encode(found.heat_map).decode() if found.heat_map else None,
    )


def _filter(label: str | None) -> EntryFilter:
    if label == "none":
        return EntryFilter(labeled=False)
    return EntryFilter(anomaly_class=Label(label) if label else None)


def _source(text: str) -> S3Object:
    scheme, _, rest = text.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme != "s3" or not bucket or not key:
        raise ValidationError("source is not of the form s3://bucket/key.")
    found = checked("InputObject", {"Bucket": bucket, "Key": key}, "source")
    return S3Object(found["Bucket"], found["Key"])


ROUTES: Sequence[Route] = (
    Route(
        "GET",
        OURS + "/datasets/{datasetType}/pictures",
        list_pictures,
        DatasetPicturesOut,
        DATASET,
        query=DatasetQuery,
    ),
    Route(
        "GET",
        OURS + "/models/{modelVersion}/look",
        look_at_picture,
        LookOut,
        MODEL,
        query=LookQuery,
    ),
)
