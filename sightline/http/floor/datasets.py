"""Pictures on their way into datasets: from people's disks, and from what they reviewed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from sightline.domain import names, times
from sightline.domain.images import ImageRef
from sightline.domain.lookout.datasets import DatasetType
from sightline.domain.lookout.feedback import LESSONS_MAX
from sightline.domain.lookout.uploads import NewPicture
from sightline.http.floor.shapes import PROJECT, Asked, Route, Shape, Time
from sightline.http.requests import domain_rule
from sightline.workflow.control.feedback import feed_back
from sightline.workflow.control.uploads import begin_uploads

FILES_MAX = 100
OURS = "/sightline/projects/{projectName}"
Batch = Annotated[str, AfterValidator(domain_rule(lambda value: names.slug(value, "Batch")))]


class FileIn(Shape):
    """A picture on somebody's disk; `Size` is in bytes."""

    name: Annotated[str, Field(min_length=1, max_length=255)]
    content_type: Literal["image/jpeg", "image/png"]
    size: int


class UploadsIn(Shape):
    """Pictures to be uploaded; calls of one batch share a prefix."""

    files: Annotated[list[FileIn], Field(min_length=1, max_length=FILES_MAX)]
    batch: Batch | None = None


class UploadOut(Shape):
    """Where a picture goes: a PUT of exactly these headers to `Url`."""

    name: str
    source_ref: str
    url: str
    headers: dict[str, str]


class PlaceOut(Shape):
    """A place in S3."""

    bucket: str
    prefix: str


class UploadsOut(Shape):
    """URLs, in the order of the files; `Images` is what a trial takes."""

    uploads: list[UploadOut]
    batch: str
    images: PlaceOut
    expires_at: Time


class RefIn(Shape):
    """An inspection."""

    camera_id: str
    image_id: str


class FeedbackIn(Shape):
    """Reviewed inspections that a dataset is to learn from."""

    dataset_type: Literal["train", "test"]
    inspections: Annotated[list[RefIn], Field(min_length=1, max_length=LESSONS_MAX)]


class FeedbackOut(Shape):
    """The dataset's status while it is updated, and how many pictures go into it."""

    status: str
    images: int


def start_uploads(asked: Asked) -> UploadsOut:
    """Links by which a browser puts pictures where datasets and trials find them."""
    wanted: UploadsIn = asked.body
    pictures = [NewPicture(file.name, file.content_type, file.size) for file in wanted.files]
    found = begin_uploads(asked.path["projectName"], wanted.batch, pictures, deps=asked.control)
    return UploadsOut(
        uploads=[
            UploadOut(
                name=picture.name,
                source_ref=str(target),
                url=link.url,
                headers=dict(link.headers),
            )
            for picture, target, link in found.pictures
        ],
        batch=found.batch,
        images=PlaceOut(bucket=found.place.bucket, prefix=found.place.prefix),
        expires_at=times.to_wire(asked.deps.expiry()),
    )


def feed_inspections_back(asked: Asked) -> FeedbackOut:
    """Add reviewed inspections to a dataset, labelled by the final verdicts."""
    wanted: FeedbackIn = asked.body
    answer = feed_back(
        asked.path["projectName"],
        DatasetType(wanted.dataset_type),
        [ImageRef(one.camera_id, one.image_id) for one in wanted.inspections],
        call=asked.call,
        deps=asked.control,
    )
    return FeedbackOut(status=answer["Status"], images=answer["Images"])


ROUTES: Sequence[Route] = (
    Route("POST", OURS + "/uploads", start_uploads, UploadsOut, PROJECT, body=UploadsIn),
    Route(
        "POST",
        OURS + "/feedback",
        feed_inspections_back,
        FeedbackOut,
        PROJECT,
        202,
        body=FeedbackIn,
    ),
)
