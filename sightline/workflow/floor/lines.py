"""Lines: what the cameras of each line see now, at a cost that does not grow with the day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from sightline.domain.cameras import Camera
from sightline.domain.errors import InvalidError
from sightline.domain.inspections import Verdict
from sightline.domain.reviews import Case
from sightline.domain.silence import silent_cameras
from sightline.workflow.floor.ports import FloorDeps, OfLine

LATEST_MAX = 50
COUNTED_MAX = 500  # inspections of a line that are read in order to count
_HOUR = timedelta(hours=1)
_AT_ONCE = 8


@dataclass(frozen=True)
class Counts:
    """How many inspections of a time, by the model's verdict; `complete` when none is left out."""

    total: int
    normal: int
    anomalous: int
    not_inspected: int
    reviewed: int
    complete: bool


@dataclass(frozen=True)
class Counted:
    """Today's (UTC) and the last hour's counts over the `looked_at` latest inspections.

    `counted_from` is when the oldest of them was captured.
    """

    today: Counts
    last_hour: Counts
    counted_from: datetime | None
    looked_at: int


@dataclass(frozen=True)
class Line:
    """A line with its cameras in service, its latest inspections and, if asked for, counts."""

    facility: str
    line: str
    cameras: Sequence[Camera]
    silent: frozenset[str]
    latest: Sequence[Case]
    counted: Counted | None


def list_lines(
    deps: FloorDeps,
    *,
    facility: str | None = None,
    line: str | None = None,
    latest: int = 12,
    counts: bool = True,
) -> list[Line]:
    """Every line that has a camera in service, by facility and name."""
    if not 0 <= latest <= LATEST_MAX:
        raise InvalidError(f"latest {latest} must be between 0 and {LATEST_MAX}.")
    now = deps.clock()
    known = deps.cameras.list()
    silent = {
        camera.camera_id for camera in silent_cameras(known, now=now, after=deps.silent_after)
    }
    places: dict[tuple[str, str], list[Camera]] = {}
    for camera in known:
        asked = facility in {None, camera.facility} and line in {None, camera.line}
        if asked and camera.revoked_at is None:
            places.setdefault((camera.facility, camera.line), []).append(camera)

    def look(place: tuple[str, str]) -> Line:
        read = COUNTED_MAX if counts else latest
        cases = _latest(*place, read, now, deps)
        return Line(
            *place,
            cameras=places[place],
            silent=frozenset(silent & {camera.camera_id for camera in places[place]}),
            latest=cases[:latest],
            counted=count(cases, now, all_read=len(cases) < read) if counts else None,
        )

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(look, sorted(places)))


def count(cases: Sequence[Case], now: datetime, *, all_read: bool) -> Counted:
    """Counts over a line's latest cases, newest first."""
    oldest = cases[-1].recorded.inspection.captured_at if cases else None
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)

    def since(start: datetime) -> Counts:
        seen = [case for case in cases if case.recorded.inspection.captured_at >= start]
        reaches_back = all_read or (oldest is not None and oldest < start)
        return _counts(seen, complete=reaches_back)

    return Counted(since(midnight), since(now - _HOUR), oldest, len(cases))


def _counts(cases: Iterable[Case], *, complete: bool) -> Counts:
    verdicts = [(case.recorded.inspection.verdict, case.review is not None) for case in cases]
    found = [verdict for verdict, _ in verdicts]
    return Counts(
        total=len(found),
        normal=found.count(Verdict.NORMAL),
        anomalous=found.count(Verdict.ANOMALOUS),
        not_inspected=found.count(Verdict.NOT_INSPECTED),
        reviewed=sum(reviewed for _, reviewed in verdicts),
        complete=complete,
    )


def _latest(facility: str, line: str, limit: int, now: datetime, deps: FloorDeps) -> list[Case]:
    """The latest of today and, as far as there is room, of yesterday."""
    found: list[Case] = []
    for day in (now, now - timedelta(days=1)):
        if len(found) < limit:
            question = OfLine(facility, line, f"{day:%Y-%m-%d}")
            found += deps.cases.page(question, limit=limit - len(found))
    return found
