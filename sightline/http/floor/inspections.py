"""Inspections, the queue of those to review, and reviews."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from sightline.domain import times
from sightline.domain.inspections import Region, Severity, Verdict
from sightline.domain.lookout import pages
from sightline.domain.lookout.records import S3Object
from sightline.domain.reviews import NOTE_MAX, Case, Opinion, Review
from sightline.http.floor.shapes import Asked, Limit, Query, Route, Shape, Time
from sightline.workflow.floor import inspections
from sightline.workflow.floor.inspections import Page, Wanted
from sightline.workflow.floor.ports import FloorDeps
from sightline.workflow.floor.review import review

INSPECTION = "INSPECTION"
INSPECTIONS = "/sightline/inspections"
ONE = INSPECTIONS + "/{cameraId}/{imageId}"

_NO_PICTURE = frozenset({"gone"})  # reasons

VerdictName = Literal["normal", "anomalous", "not_inspected"]
SeverityName = Literal["high", "medium", "low", "none"]
PersonsVerdict = Literal["normal", "anomalous"]


class InspectionsQuery(Query):
    """Which inspections; `Wanted` says what goes together."""

    facility: str | None = None
    line: str | None = None
    camera: str | None = None
    project: str | None = None
    review: Literal["open"] | None = None
    day: str | None = Field(None, description="yyyy-mm-dd, UTC; today if not given")
    verdict: VerdictName | None = None
    severity: SeverityName | None = None
    limit: Limit = 50
    cursor: str | None = None

    def wanted(self) -> Wanted:
        """What the use case takes."""
        return Wanted(
            facility=self.facility,
            line=self.line,
            camera=self.camera,
            project=self.project,
            waiting=self.review == "open",
            day=self.day,
            verdict=Verdict(self.verdict) if self.verdict else None,
            severity=Severity(self.severity) if self.severity else None,
        )


class QueueQuery(Query):
    """A project's queue of inspections to review."""

    project: str
    limit: Limit = 20
    cursor: str | None = None


class ReviewIn(Shape):
    """A person's final verdict. To change one's own, say which version was seen."""

    verdict: PersonsVerdict
    note: Annotated[str, Field(max_length=NOTE_MAX)] = ""
    expected_version: Annotated[int, Field(ge=0)] = 0

    def opinion(self, by: str) -> Opinion:
        """What the use case takes."""
        return Opinion(Verdict(self.verdict), by, self.note, self.expected_version)


class ReviewOut(Shape):
    """What a person said of an inspection."""

    version: int
    outcome: Literal["confirmed", "overruled"]
    verdict: PersonsVerdict
    by: str
    at: Time
    note: str


class RegionOut(Shape):
    """A defective region: a box in pixels of the original picture, `Area` as a share of it."""

    x: int
    y: int
    width: int
    height: int
    area: float
    score: float
    label: str | None


class InspectionOut(Shape):
    """An inspection in a list. URLs are void after 5 minutes.

    `MapUrl` is a grey PNG that covers the whole picture, coarser than it: 128 is the threshold, and
    brighter is more anomalous. Pictures that are surely normal have none.
    """

    camera_id: str
    image_id: str
    facility: str
    line: str
    project: str
    captured_at: Time
    recorded_at: Time
    verdict: VerdictName
    severity: SeverityName
    confidence: float | None
    score: float | None
    threshold: float | None
    model_version: str | None
    reason: str | None
    width: int | None
    height: int | None
    review: ReviewOut | None
    picture_url: str | None
    map_url: str | None


class QueuedOut(InspectionOut):
    """An inspection that waits for a review."""

    regions: list[RegionOut]


class CaseOut(QueuedOut):
    """All that is known of an inspection; `History` begins with the oldest review."""

    explanation: str | None
    metadata: dict[str, str]
    detect_ms: float | None
    history: list[ReviewOut]
    urls_expire_at: Time


class Inspections(Shape):
    """A page, newest first; `Day` is null for what waits for a review."""

    inspections: list[InspectionOut]
    day: str | None
    next_cursor: str | None


class Queue(Shape):
    """A page of what waits for a review, newest first."""

    inspections: list[QueuedOut]
    next_cursor: str | None


class OneCase(Shape):
    """One inspection."""

    inspection: CaseOut


def list_inspections(asked: Asked) -> Inspections:
    """Inspections by line, by camera, or those of a project that wait for a review."""
    wanted: Wanted = asked.query.wanted()
    found, cursor = _page(wanted, asked)
    return Inspections(
        inspections=[inspection_out(case, asked.deps) for case in found.cases],
        day=None if wanted.waiting else wanted.on(asked.deps.clock()),
        next_cursor=cursor,
    )


def list_queue(asked: Asked) -> Queue:
    """What waits for a review: anomalous, or the model was not sure; newest first."""
    found, cursor = _page(Wanted(project=asked.query.project, waiting=True), asked)
    queued = [QueuedOut(**_queued(case, asked.deps)) for case in found.cases]
    return Queue(inspections=queued, next_cursor=cursor)


def describe_inspection(asked: Asked) -> OneCase:
    """All that is known of one inspection."""
    return _one(inspections.get_inspection(*_ref(asked), asked.deps), asked.deps)


def review_inspection(asked: Asked) -> OneCase:
    """Say what is right: confirm or overrule the model's verdict."""
    said: Opinion = asked.body.opinion(asked.caller)
    return _one(review(*_ref(asked), said, asked.deps), asked.deps)


def inspection_out(case: Case, deps: FloorDeps) -> InspectionOut:
    """An inspection as lists show it."""
    return InspectionOut(**_members(case, deps))


def _page(wanted: Wanted, asked: Asked) -> tuple[Page, str | None]:
    """A page, and the cursor of the next one."""
    question: dict[str, object] = {"list": "Inspections", "wanted": str(wanted)}
    before = pages.after(question, asked.query.cursor)
    found = inspections.list_inspections(wanted, asked.deps, limit=asked.query.limit, before=before)
    return found, pages.next_token(question, found.before) if found.before else None


def _ref(asked: Asked) -> tuple[str, str]:
    return asked.path["cameraId"], asked.path["imageId"]


def _one(case: Case, deps: FloorDeps) -> OneCase:
    found = case.recorded.inspection
    return OneCase(
        inspection=CaseOut(
            **_queued(case, deps),
            explanation=found.explanation,
            metadata=dict(found.metadata),
            detect_ms=found.detect_ms,
            history=[review_out(said) for said in case.reviews],
            urls_expire_at=times.to_wire(deps.expiry()),
        )
    )


def _queued(case: Case, deps: FloorDeps) -> dict[str, Any]:
    regions = [_region(region) for region in case.recorded.inspection.regions]
    return {**_members(case, deps), "regions": regions}


def _members(case: Case, deps: FloorDeps) -> dict[str, Any]:
    recorded, found = case.recorded, case.recorded.inspection
    picture = S3Object(found.bucket, found.key, found.version_id)
    heat = S3Object(found.bucket, found.map_key) if found.map_key else None
    return {
        "camera_id": found.ref.camera_id,
        "image_id": found.ref.image_id,
        "facility": found.facility,
        "line": found.line,
        "project": found.project,
        "captured_at": times.to_wire(found.captured_at),
        "recorded_at": times.to_wire(recorded.recorded_at),
        "verdict": found.verdict.value,
        "severity": recorded.severity.value,
        "confidence": found.confidence,
        "score": found.score,
        "threshold": found.threshold,
        "model_version": found.model_version,
        "reason": found.reason,
        "width": found.width,
        "height": found.height,
        "review": review_out(case.review) if case.review else None,
        "picture_url": deps.links.view(picture) if found.reason not in _NO_PICTURE else None,
        "map_url": deps.links.view(heat) if heat else None,
    }


def review_out(said: Review) -> ReviewOut:
    """A review as pages show it."""
    return ReviewOut(
        version=said.version,
        outcome=said.outcome.value,
        verdict=said.verdict.value,  # type: ignore[arg-type] # never not_inspected
        by=said.by,
        at=times.to_wire(said.at),
        note=said.note,
    )


def _region(region: Region) -> RegionOut:
    return RegionOut(**vars(region))


ROUTES: Sequence[Route] = (
    Route("GET", INSPECTIONS, list_inspections, Inspections, INSPECTION, query=InspectionsQuery),
    Route("GET", ONE, describe_inspection, OneCase, INSPECTION),
    Route("POST", ONE + "/review", review_inspection, OneCase, INSPECTION, body=ReviewIn),
    Route("GET", "/sightline/review", list_queue, Queue, INSPECTION, query=QueueQuery),
)
