"""StartModel, StopModel."""

from __future__ import annotations

from sightline.domain.lookout import limits
from sightline.domain.lookout.answers import Members
from sightline.domain.lookout.calls import Call
from sightline.domain.lookout.errors import MODEL, QuotaExceededError, ValidationError
from sightline.domain.lookout.jobs import Job, JobKind
from sightline.workflow.control import lookup
from sightline.workflow.control.once import Outcome, once
from sightline.workflow.control.ports import ControlDeps, Put


def start_model(
    project: str,
    version: str,
    *,
    min_units: int,
    max_units: int | None,
    call: Call,
    deps: ControlDeps,
) -> Members:
    """Begin to host a version on `min_units` inference units."""
    if max_units is not None and max_units < min_units:
        raise ValidationError(
            f"MaxInferenceUnits {max_units} is less than MinInferenceUnits {min_units}."
        )
    if min_units > limits.INFERENCE_UNITS_MAX:
        raise QuotaExceededError(
            f"MinInferenceUnits {min_units} is over the quota of {limits.INFERENCE_UNITS_MAX}.",
            "inference-units-per-model",
            MODEL,
            f"{project}/{version}",
        )
    job_id = deps.new_id()

    def decide() -> Outcome:
        found = lookup.get_model(project, version, deps.registry)
        model = found.starting(job_id, min_units, max_units, deps.clock())
        job = _job(job_id, JobKind.START_HOSTING, project, model.version, deps)
        return Outcome({"Status": model.status.value}, [Put(model)], job)

    return once(call, MODEL, deps, decide)


def stop_model(project: str, version: str, *, call: Call, deps: ControlDeps) -> Members:
    """Begin to give a version's instances back."""
    job_id = deps.new_id()

    def decide() -> Outcome:
        model = lookup.get_model(project, version, deps.registry).stopping(job_id)
        job = _job(job_id, JobKind.STOP_HOSTING, project, model.version, deps)
        return Outcome({"Status": model.status.value}, [Put(model)], job)

    return once(call, MODEL, deps, decide)


def _job(job_id: str, kind: JobKind, project: str, version: str, deps: ControlDeps) -> Job:
    return Job(job_id=job_id, kind=kind, project=project, subject=version, created_at=deps.clock())
