"""Inspections as people look for them: by line, by camera, by what waits for a review."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sightline.domain import names
from sightline.domain.errors import InvalidError, NotFoundError
from sightline.domain.images import ImageRef
from sightline.domain.inspections import Severity, Verdict
from sightline.domain.reviews import Case
from sightline.workflow.floor.ports import FloorDeps, OfCamera, OfLine, Question, ToReview

LIMIT_MAX = 100
LOOKED_AT_MAX = 1000  # cases of one call; filters are applied to what was read
_READ_AT_ONCE = 200


@dataclass(frozen=True)
class Wanted:
    """What is asked for; the question is by camera, by line, or by what waits for a review."""

    facility: str | None = None
    line: str | None = None
    camera: str | None = None
    project: str | None = None
    waiting: bool = False
    day: str | None = None
    verdict: Verdict | None = None
    severity: Severity | None = None

    def question(self, now: datetime) -> Question:
        """`InvalidError` when it is none that an index answers."""
        if self.waiting:
            if self.project is None or self.day:
                raise InvalidError("review=open needs project, and knows no day.")
            return ToReview(names.project_name(self.project))
        day = self.on(now)
        if self.camera is not None:
            return OfCamera(names.slug(self.camera, "Camera id"), day)
        if self.line is not None and self.facility is not None:
            return OfLine(names.slug(self.facility, "Facility"), names.slug(self.line, "Line"), day)
        raise InvalidError(
            "Say which inspections: camera, or facility and line, or project and review=open."
        )

    def on(self, now: datetime) -> str:
        """The day that is asked for, today unless told."""
        if self.day is None:
            return f"{now:%Y-%m-%d}"
        try:
            if len(self.day) != len("2026-01-31"):  # other ISO forms of a date are no day's key
                raise ValueError(self.day)
            return date.fromisoformat(self.day).isoformat()
        except ValueError as error:
            raise InvalidError(f"day {self.day!r} is not a date like 2026-01-31.") from error

    def admits(self, case: Case) -> bool:
        """Whether a case is among those asked for."""
        found = case.recorded.inspection
        return (
            self.verdict in {None, found.verdict}
            and self.severity in {None, case.recorded.severity}
            and self.project in {None, found.project}
            and self.line in {None, found.line}
            and self.facility in {None, found.facility}
            and self.camera in {None, found.ref.camera_id}
            and not (self.waiting and case.review)  # an index may lag behind the review
        )


@dataclass(frozen=True)
class Page:
    """Some cases, newest first. `before` is where the next page begins, None at the end."""

    cases: Sequence[Case]
    before: str | None


def list_inspections(wanted: Wanted, deps: FloorDeps, *, limit: int, before: str = "") -> Page:
    """At most `limit` cases; fewer, with more to come, when filters let few by."""
    if not 1 <= limit <= LIMIT_MAX:
        raise InvalidError(f"limit {limit} must be between 1 and {LIMIT_MAX}.")
    question = wanted.question(deps.clock())
    found: list[Case] = []
    for _ in range(LOOKED_AT_MAX // _READ_AT_ONCE):
        read = deps.cases.page(question, limit=_READ_AT_ONCE, before=before)
        for case in read:
            if wanted.admits(case):
                found.append(case)
            before = case.recorded.position
            if len(found) == limit:
                return Page(found, before)
        if len(read) < _READ_AT_ONCE:
            return Page(found, None)
    return Page(found, before)


def get_inspection(camera_id: str, image_id: str, deps: FloorDeps) -> Case:
    """One inspection as it stands now; `NotFoundError` while it has no verdict."""
    ref = ImageRef(names.slug(camera_id, "Camera id"), names.image_id(image_id))
    found = deps.cases.case(ref)
    if found is None:
        raise NotFoundError(f"There is no inspection of image {ref.image_id!r} of {camera_id}.")
    return found
