"""Jobs that give a model instances and take them back."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from sightline.domain.errors import SightlineError
from sightline.domain.lookout.jobs import Job
from sightline.workflow.control import run_models
from sightline.workflow.control.finish import finish, waiting_model
from sightline.workflow.control.ports import Change, Put, WorkDeps


def run_start_hosting(job: Job, deps: WorkDeps) -> None:
    """Start a model; it is HOSTED when it answers."""
    model = waiting_model(job, deps)
    if model is not None:
        deps.hosting.start(model)

    def settle() -> Sequence[Change]:
        now = waiting_model(job, deps)
        return [Put(now.hosted())] if now else []

    finish(job, deps, settle)


def run_stop_hosting(job: Job, deps: WorkDeps) -> None:
    """Stop a model; it is TRAINED when its instances are gone."""
    model = waiting_model(job, deps)
    if model is not None:
        deps.hosting.stop(model)

    def settle() -> Sequence[Change]:
        now = waiting_model(job, deps)
        return [Put(now.stopped())] if now else []

    finish(job, deps, settle)


def start_failed(job: Job, reason: str, deps: WorkDeps) -> Sequence[Change]:
    """HOSTING_FAILED; what the start may have left running is taken back if it can be now."""
    model = waiting_model(job, deps)
    if model is not None:
        with contextlib.suppress(SightlineError):  # else StopModel does it
            deps.hosting.stop(model)
    return run_models.failed(job, reason, deps)
