"""Shift calendars of models: set, look at, remove, and act by them."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Sequence
from dataclasses import replace

from sightline.domain.errors import UnavailableError
from sightline.domain.lookout import limits
from sightline.domain.lookout.answers import Members
from sightline.domain.lookout.errors import (
    MODEL,
    ResourceConflictError,
    ResourceNotFoundError,
    ValidationError,
)
from sightline.domain.lookout.jobs import Job, JobKind
from sightline.domain.lookout.models import Model, ModelStatus, version_name
from sightline.domain.lookout.schedules import Schedule, Shift, schedule_identity
from sightline.workflow.control import lookup
from sightline.workflow.control.ports import ChangedError, ControlDeps, Put, Remove, WorkDeps

_ON_ITS_WAY_UP = frozenset({ModelStatus.STARTING_HOSTING})
_ON_ITS_WAY_DOWN = frozenset({ModelStatus.STOPPING_HOSTING})
UNITS = range(limits.INFERENCE_UNITS_MAX + 1)


def put_schedule(
    project: str,
    version: str,
    *,
    timezone: str,
    units: int,
    shifts: Sequence[Shift],
    deps: ControlDeps,
) -> Members:
    """Give a version a calendar, or another one. It acts from the next edge of a shift on."""
    model = lookup.get_model(project, version, deps.registry)
    model.check_trained("be scheduled")
    if units not in UNITS:
        raise ValidationError(f"MinInferenceUnits {units} must be 0 to {UNITS[-1]}.")
    standing = _find(project, model.version, deps)
    schedule = Schedule(
        project=project,
        version=model.version,
        timezone=timezone,
        units=units,
        shifts=tuple(shifts),
        acted_at=deps.clock(),
        revision=standing.revision if standing else 0,
    )
    schedule.check()
    deps.registry.commit(Put(schedule))
    deps.wakeups.begin()
    return {"Schedule": _members(schedule)}


def describe_schedule(project: str, version: str, *, deps: ControlDeps) -> Members:
    """A version's calendar."""
    return {"Schedule": _members(_get(project, version, deps))}


def delete_schedule(project: str, version: str, *, deps: ControlDeps) -> Members:
    """Remove a version's calendar; the model stays as it is."""
    deps.registry.commit(Remove(_get(project, version, deps)))
    return {}


def follow_schedules(deps: WorkDeps) -> None:
    """Start and stop models whose shift has begun or ended. Called every minute.

    The calendar's progress and the model's move are one commit, so each edge is acted on once.
    """
    for schedule in lookup.every(Schedule, "", deps.registry):
        with contextlib.suppress(ChangedError):  # somebody else is at it; the next call sees
            _follow(schedule, deps)


def _follow(schedule: Schedule, deps: WorkDeps) -> None:
    now = deps.clock()
    wanted = schedule.due(now)
    if wanted is None:
        return
    name = version_name(schedule.version)
    model = deps.registry.get(Model, schedule.project, name)
    if model is None:
        deps.registry.commit(Remove(schedule))
        return
    acted = Put(replace(schedule, acted_at=now))
    job = Job(
        job_id=str(uuid.uuid4()),
        kind=JobKind.START_HOSTING if wanted else JobKind.STOP_HOSTING,
        project=schedule.project,
        subject=schedule.version,
        created_at=now,
    )
    if model.status in (_ON_ITS_WAY_DOWN if wanted else _ON_ITS_WAY_UP):
        return  # the next call finds it settled
    try:
        moved = _moved(model, schedule, wanted, job)
    except ResourceConflictError:  # it runs, or stands, already
        deps.registry.commit(acted)
        return
    deps.registry.commit(acted, Put(moved), Put(job))
    with contextlib.suppress(UnavailableError):  # else the sweep asks for it
        deps.jobs.start(job.job_id)


def _moved(model: Model, schedule: Schedule, wanted: bool, job: Job) -> Model:
    if not wanted:
        return model.stopping(job.job_id)
    return model.starting(job.job_id, schedule.units, None, job.created_at)


def _find(project: str, version: str, deps: ControlDeps) -> Schedule | None:
    return deps.registry.get(Schedule, *schedule_identity(project, version))


def _get(project: str, version: str, deps: ControlDeps) -> Schedule:
    model = lookup.get_model(project, version, deps.registry)
    found = _find(project, model.version, deps)
    if found is None:
        raise ResourceNotFoundError(
            f"Model version {model.version} of project {project} has no schedule.",
            MODEL,
            model.resource_id,
        )
    return found


def _members(schedule: Schedule) -> Members:
    return {
        "ProjectName": schedule.project,
        "ModelVersion": schedule.version,
        "Timezone": schedule.timezone,
        "MinInferenceUnits": schedule.units,
        "Shifts": [
            {"Days": list(shift.days), "Start": shift.start, "End": shift.end}
            for shift in schedule.shifts
        ],
    }
