"""Asking the services for what a report tells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Any, Protocol
from urllib.parse import quote

from sightline.charts import catalog
from sightline.domain import times
from sightline.domain.errors import UnavailableError
from sightline.reporting.subject import Subject

Row = Mapping[str, Any]

CHARTS = (
    "share_over_time",
    "images_over_time",
    "defects_by_line",
    "share_by_line",
    "line_by_hour",
    "worst_cameras",
    "defect_types",
    "confidence",
    "review_outcomes",
    "latency",
)
"""What is drawn, in this order."""

INSPECTIONS, PAGE = "/sightline/inspections", 100
_WAIT_SECONDS = 20
_PATIENCE = 15  # times that long, before a run that does not end is given up
LOOKED_AT = 500  # defects of a line, the latest ones: their pictures' addresses hold for 5 minutes


class Service(Protocol):
    """A service's API."""

    def get(self, path: str, **query: str | int | None) -> Any: ...

    def post(self, path: str, body: Mapping[str, Any]) -> Any: ...

    def fetch(self, url: str) -> bytes | None: ...


@dataclass(frozen=True)
class Defect:
    """A picture in which a defect was found. `heat` is its anomaly map, a grey PNG."""

    values: Mapping[str, Any]
    picture: bytes
    heat: bytes | None


@dataclass(frozen=True)
class Findings:
    """What the services answered: rows by query, the totals of the time before, and pictures.

    `selected` says that a line has more defects than the `LOOKED_AT` that were looked at.
    """

    subject: Subject
    rows: Mapping[str, Sequence[Row]]
    before: Row
    defects: Sequence[Defect]
    selected: bool = False


def gather(subject: Subject, analytics: Service, control: Service, *, pictures: int) -> Findings:
    """All of a report's findings; at most `pictures` pictures, the surest defects first."""
    asked = {name: dict(subject.parameters) for name in ["totals", *_queries()]}
    asked["over_time"] |= {"bucket": subject.bucket, "zone": subject.zone}
    asked["line_by_hour"] |= {"zone": subject.zone}
    questions = list(asked.items())
    rows = ask(analytics, [*questions, ("totals", subject.before.parameters)])
    by_query = dict(zip(asked, rows, strict=False))
    lines = [(row["facility"], row["line"]) for row in by_query["by_line"] if row["anomalies"]]
    found = [_of_line(subject, *line, control) for line in lines] if pictures else []
    defects = list(_pictures(found, control, pictures))
    selected = any(len(line) == LOOKED_AT for line in found)
    return Findings(subject, by_query, rows[-1][0], defects, selected)


def ask(
    analytics: Service, questions: Sequence[tuple[str, Mapping[str, str]]]
) -> list[Sequence[Row]]:
    """All rows of each question, all asked at once; `UnavailableError` names one that failed."""
    body = {"queries": [{"query": name, "parameters": given} for name, given in questions]}
    runs = analytics.post("/runs", {**body, "wait": _WAIT_SECONDS})["runs"]
    for _ in range(_PATIENCE):
        waiting = {run["run"] for run in runs if run["state"] in {"queued", "running"}}
        if not waiting:
            break
        ids = ",".join(sorted(waiting))
        fresh = {
            run["run"]: run for run in analytics.get("/runs", ids=ids, wait=_WAIT_SECONDS)["runs"]
        }
        runs = [fresh.get(run["run"], run) for run in runs]
    for run in runs:
        if run["state"] != "succeeded":
            why = (run["error"] or {}).get("message", "it does not end")
            raise UnavailableError(f"The query {run['query']} has no answer: {why}")
    return [_all_rows(run, analytics) for run in runs]


def _all_rows(run: Mapping[str, Any], analytics: Service) -> Sequence[Row]:
    """Of a long answer, every page: 42 lines by the hour of the day are two."""
    rows, cursor = list(run["rows"]), run["cursor"]
    while cursor:
        page = analytics.get(f"/runs/{quote(run['run'])}", cursor=cursor)
        rows, cursor = [*rows, *page["rows"]], page["cursor"]
    return rows


def _queries() -> list[str]:
    return list(dict.fromkeys(catalog.query(catalog.chart(name)) for name in CHARTS))


def _pictures(found: Sequence[Sequence[Row]], control: Service, most: int) -> Iterator[Defect]:
    """Pictures of the lines in turn, so that a line with many defects does not hide the others."""
    in_turn = [line[place] for place in range(most) for line in found if place < len(line)]
    for values in in_turn[:most]:
        picture = control.fetch(values["PictureUrl"]) if values["PictureUrl"] else None
        if picture:
            heat = control.fetch(values["MapUrl"]) if values["MapUrl"] else None
            yield Defect(values, picture, heat)


def _of_line(subject: Subject, facility: str, line: str, control: Service) -> list[Row]:
    """The surest of a line's latest defects first."""
    latest = islice(_latest(subject, facility, line, control), LOOKED_AT)
    return sorted(latest, key=lambda one: -(one["Confidence"] or 0))


def _latest(subject: Subject, facility: str, line: str, control: Service) -> Iterator[Row]:
    filters = subject.filters
    for day in _days(subject):
        asked = {"facility": facility, "line": line, "day": day, "verdict": "anomalous"}
        cursor = None
        while True:
            page = control.get(
                INSPECTIONS, **asked, project=filters.get("project"), limit=PAGE, cursor=cursor
            )
            yield from (one for one in page["Inspections"] if _belongs(one, subject))
            cursor = page["NextCursor"]
            if cursor is None:
                break


def _belongs(inspection: Row, subject: Subject) -> bool:
    at, camera = times.from_wire(inspection["CapturedAt"]), subject.filters.get("camera")
    return subject.begin <= at < subject.end and camera in {None, inspection["CameraId"]}


def _days(subject: Subject) -> Iterator[str]:
    """The days in UTC that the time touches, the latest first."""
    begin, end = times.to_wire(subject.begin), subject.end - timedelta(microseconds=1)
    moment = times.from_wire(times.to_wire(end))
    while (day := moment.strftime("%Y-%m-%d")) >= begin[:10]:
        yield day
        moment -= timedelta(days=1)


def address(site: str, inspection: Mapping[str, Any]) -> str:
    """Where the admin site shows an inspection."""
    camera, image = (quote(inspection[name], safe="") for name in ("CameraId", "ImageId"))
    return f"{site}/inspection.html?camera={camera}&image={image}"
