"""Models as the people see them who start and stop them: one answer for a page that stays open."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from sightline.domain import times
from sightline.domain.lookout import limits
from sightline.domain.lookout.costs import BILLED
from sightline.domain.lookout.models import Model
from sightline.domain.lookout.schedules import Schedule
from sightline.http.floor.shapes import PROJECT, Asked, Query, Route, Shape, Tagged, Time
from sightline.workflow.control import overview
from sightline.workflow.control.overview import ProjectVersions, Version
from sightline.workflow.control.ports import ControlDeps


class ModelsQuery(Query):
    """Which projects."""

    project: str | None = None
    cursor: str | None = None


class PerformanceOut(Shape):
    """On pictures that were held out from training; each 0..1."""

    precision: float
    recall: float
    f1_score: float


class ShiftOut(Shape):
    """From `Start` to `End` (`hh:mm`) on these days; an end before the start is the next day's."""

    days: list[str]
    start: str
    end: str


class CalendarOut(Shape):
    """When a version runs by itself."""

    timezone: str
    min_inference_units: int
    shifts: list[ShiftOut]


class HostOut(Shape):
    """Where a version runs."""

    kind: Literal["functions", "sagemaker"]
    instance_type: str | None


class VersionOut(Shape):
    """A version. `UsdPerHour` is 0 while it does not run, and null where its price is not known.

    What it has cost is `UsdPerHour` times the hours since `RunningSince`. `Threshold` is null as
    long as it is the one that training found.
    """

    model_version: str
    description: str
    status: str
    status_message: str
    created_at: Time
    evaluated_at: Time | None
    performance: PerformanceOut | None
    training_images: int | None
    testing_images: int | None
    labels: list[str]
    threshold: float | None
    min_inference_units: int | None
    max_inference_units: int | None
    running_since: Time | None
    usd_per_hour: float | None
    host: HostOut
    schedule: CalendarOut | None


class ProjectOut(Shape):
    """A project, its versions, newest first, and the one that its cameras' pictures go to.

    `Serving` may be a version that `sightline host` put there, which is not among them.
    """

    project_name: str
    created_at: Time
    datasets: list[str]
    serving: str | None
    models: list[VersionOut]


class UnitsOut(Shape):
    """What an inference unit costs an hour, by which list prices, and how many there can be."""

    usd_per_hour: float
    prices_of: str
    max: int


class ModelsOut(Shape):
    """Projects by name."""

    projects: list[ProjectOut]
    units: UnitsOut
    next_cursor: str | None


def list_versions(asked: Asked) -> Tagged:
    """Projects with their versions, what runs and what it costs; 304 to whom nothing is new."""
    wanted: ModelsQuery = asked.query
    found, following = overview.list_versions(
        wanted.project, token=wanted.cursor, deps=asked.control
    )
    price = asked.control.unit_price
    answer = ModelsOut(
        projects=[_project(one, asked.control) for one in found],
        units=UnitsOut(
            usd_per_hour=price.usd_hour, prices_of=price.of, max=limits.INFERENCE_UNITS_MAX
        ),
        next_cursor=following,
    )
    digest = hashlib.sha256(answer.model_dump_json().encode()).hexdigest()[:32]
    return Tagged(f'"{digest}"', lambda: answer)


def _project(found: ProjectVersions, deps: ControlDeps) -> ProjectOut:
    return ProjectOut(
        project_name=found.project.name,
        created_at=times.to_wire(found.project.created_at),
        datasets=sorted(kind.value for kind in found.project.datasets),
        serving=found.serving,
        models=[_version(version, deps) for version in found.versions],
    )


def _version(version: Version, deps: ControlDeps) -> VersionOut:
    model = version.model
    evaluated = model.evaluated
    return VersionOut(
        model_version=model.version,
        description=model.description or "",
        status=model.status.value,
        status_message=model.message,
        created_at=times.to_wire(model.created_at),
        evaluated_at=_wire(evaluated.at if evaluated else None),
        performance=_performance(model),
        training_images=evaluated.training if evaluated else None,
        testing_images=evaluated.testing if evaluated else None,
        labels=list(model.artifact.labels) if model.artifact else [],
        threshold=model.threshold,
        min_inference_units=model.min_units,
        max_inference_units=model.max_units,
        running_since=_wire(model.started_at if model.status in BILLED else None),
        usd_per_hour=deps.unit_price.per_hour(model),
        host=_host(model),
        schedule=_calendar(version.schedule),
    )


def _performance(model: Model) -> PerformanceOut | None:
    if model.evaluated is None:
        return None
    found = model.evaluated.performance
    return PerformanceOut(precision=found.precision, recall=found.recall, f1_score=found.f1)


def _host(model: Model) -> HostOut:
    if model.host is None:
        return HostOut(kind="functions", instance_type=None)
    return HostOut(kind="sagemaker", instance_type=model.host.instance)


def _calendar(schedule: Schedule | None) -> CalendarOut | None:
    if schedule is None:
        return None
    return CalendarOut(
        timezone=schedule.timezone,
        min_inference_units=schedule.units,
        shifts=[
            ShiftOut(days=list(shift.days), start=shift.start, end=shift.end)
            for shift in schedule.shifts
        ],
    )


def _wire(moment: datetime | None) -> str | None:
    return times.to_wire(moment) if moment else None


ROUTES: Sequence[Route] = (
    Route(
        "GET",
        "/sightline/models",
        list_versions,
        ModelsOut,
        PROJECT,
        query=ModelsQuery,
        tagged=True,
    ),
)
