"""What people's use cases need from the world outside, as protocols.

`sightline.adapters.floor_memory` and `sightline.adapters.aws` implement them under one contract
test. All of them raise `UnavailableError` for what may pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sightline.domain.images import ImageRef
from sightline.domain.lookout.records import S3Object
from sightline.domain.reviews import Case, Review
from sightline.domain.subscriptions import Subscription
from sightline.domain.times import Clock
from sightline.workflow.ports import CameraRegistry

LINK_TIME = timedelta(minutes=5)


@dataclass(frozen=True)
class OfLine:
    """A line's day (`yyyy-mm-dd` of capture, UTC)."""

    facility: str
    line: str
    day: str


@dataclass(frozen=True)
class OfCamera:
    """A camera's day."""

    camera_id: str
    day: str


@dataclass(frozen=True)
class ToReview:
    """A project's anomalous or uncertain inspections that nobody has reviewed."""

    project: str


Question = OfLine | OfCamera | ToReview


class CaseTable(Protocol):
    """The inspections table, as people see it."""

    def case(self, ref: ImageRef) -> Case | None:
        """An inspection as it stands now; None while there is no verdict."""

    def page(self, question: Question, *, limit: int, before: str = "") -> Sequence[Case]:
        """At most `limit` cases, newest first, whose `position` lies before the given one."""

    def review(self, ref: ImageRef, review: Review) -> bool:
        """Store a review as the one after `review.version - 1`; False when that is not the last.

        The inspection leaves the queue of those to review.
        """


@dataclass(frozen=True)
class Link:
    """A presigned URL. A PUT must send exactly these headers, given as pairs."""

    url: str
    headers: tuple[tuple[str, str], ...] = ()


class Links(Protocol):
    """Presigned URLs of single objects; they must not be logged."""

    def view(self, stored: S3Object) -> str:
        """A GET of the object."""

    def fill(self, target: S3Object, content_type: str, size: int) -> Link:
        """A PUT of exactly so many bytes of this content type."""


class Subscriptions(Protocol):
    """Who is told of alerts."""

    def list(self) -> Sequence[Subscription]: ...

    def add(self, wanted: Subscription) -> Subscription:
        """Subscribe, with an id; `ConflictError` when the endpoint has other filters."""

    def remove(self, subscription_id: str) -> None:
        """`NotFoundError` when there is none of this id, or when it is not confirmed yet."""


class Names(Protocol):
    """The names of people who sign in."""

    def name_of(self, subject: str) -> str | None:
        """The user name of whoever has tokens with this subject; None for nobody."""


@dataclass(frozen=True)
class FloorDeps:
    """What people's use cases work with; a camera not seen for `silent_after` may be silent.

    `uploads_bucket` is where pictures go that people add to datasets.
    """

    cases: CaseTable
    cameras: CameraRegistry
    links: Links
    subscriptions: Subscriptions
    names: Names
    clock: Clock
    uploads_bucket: str
    silent_after: timedelta

    def expiry(self) -> datetime:
        """When links that are made now are void."""
        return self.clock() + LINK_TIME
