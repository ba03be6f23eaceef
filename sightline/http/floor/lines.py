"""Lines: what their cameras see now. Pages ask every two seconds, so answers carry an ETag."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

from pydantic import Field

from sightline.domain import times
from sightline.domain.cameras import Camera
from sightline.http.floor.cameras import CameraOut, camera_out
from sightline.http.floor.inspections import InspectionOut, inspection_out
from sightline.http.floor.shapes import Asked, Query, Route, Shape, Tagged, Time
from sightline.workflow.floor import lines
from sightline.workflow.floor.lines import LATEST_MAX, Counted, Line
from sightline.workflow.floor.ports import FloorDeps

LINE = "LINE"


class LinesQuery(Query):
    """Which lines, and how much of them."""

    facility: str | None = None
    line: str | None = None
    latest: Annotated[int, Field(ge=0, le=LATEST_MAX)] = 12
    counts: bool = True


class CountsOut(Shape):
    """Inspections by the model's verdict; not `Complete` when older ones were left out."""

    total: int
    normal: int
    anomalous: int
    not_inspected: int
    reviewed: int
    complete: bool


class CountedOut(Shape):
    """Today (UTC) and the last hour, over the `LookedAt` latest inspections of the line."""

    today: CountsOut
    last_hour: CountsOut
    counted_from: Time | None
    looked_at: int


class LineOut(Shape):
    """A line, its cameras in service and its latest inspections."""

    facility: str
    facility_name: str
    line: str
    line_name: str
    projects: list[str]
    cameras: list[CameraOut]
    latest: list[InspectionOut]
    counts: CountedOut | None


class Lines(Shape):
    """Lines by facility and name."""

    lines: list[LineOut]
    at: Time


def list_lines(asked: Asked) -> Tagged:
    """Lines with cameras, latest inspections and counts; 304 to whom nothing is new."""
    wanted: LinesQuery = asked.query
    found = lines.list_lines(
        asked.deps,
        facility=wanted.facility,
        line=wanted.line,
        latest=wanted.latest,
        counts=wanted.counts,
    )
    # Of what was found, not of what is written: URLs are new every time.
    digest = hashlib.sha256(repr(found).encode()).hexdigest()[:32]

    def answer() -> Lines:
        at = times.to_wire(asked.deps.clock())
        return Lines(lines=[_line(line, asked.deps) for line in found], at=at)

    return Tagged(f'"{digest}"', answer)


def _line(line: Line, deps: FloorDeps) -> LineOut:
    return LineOut(
        facility=line.facility,
        facility_name=_first(line.cameras, "facility_name"),
        line=line.line,
        line_name=_first(line.cameras, "line_name"),
        projects=sorted({camera.project for camera in line.cameras}),
        cameras=[camera_out(camera, line.silent) for camera in line.cameras],
        latest=[inspection_out(case, deps) for case in line.latest],
        counts=_counted(line.counted) if line.counted else None,
    )


def _first(cameras: Sequence[Camera], name: str) -> str:
    """The name that the first camera which has one gives."""
    return next((str(getattr(c, name)) for c in cameras if getattr(c, name)), "")


def _counted(counted: Counted) -> CountedOut:
    oldest = counted.counted_from
    return CountedOut(
        today=CountsOut(**asdict(counted.today)),
        last_hour=CountsOut(**asdict(counted.last_hour)),
        counted_from=times.to_wire(oldest) if oldest else None,
        looked_at=counted.looked_at,
    )


ROUTES: Sequence[Route] = (
    Route("GET", "/sightline/lines", list_lines, Lines, LINE, query=LinesQuery, tagged=True),
)
