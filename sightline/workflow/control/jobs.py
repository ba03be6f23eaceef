"""Running jobs: claimed by one runner at a time, retried, given up in the open.

Every runner may be killed at any moment. What it did so far is either not yet visible or done
again by the next one; the state that callers see moves in one step together with the job's end.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence

from sightline.domain.errors import (
    ArtifactError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    SightlineError,
    UnavailableError,
)
from sightline.domain.lookout.jobs import Job, JobKind
from sightline.workflow.control import (
    lookup,
    run_datasets,
    run_hosting,
    run_models,
    run_packaging,
    run_trials,
)
from sightline.workflow.control.finish import Failed, LostError, finish
from sightline.workflow.control.ports import Change, ChangedError, ControlRegistry, Put, WorkDeps

Runner = Callable[[Job, WorkDeps], None]

RUNNERS: Mapping[JobKind, Runner] = {
    JobKind.CREATE_DATASET: run_datasets.run_create_dataset,
    JobKind.UPDATE_DATASET: run_datasets.run_update_dataset,
    JobKind.REMOVE_ENTRIES: run_datasets.run_remove_entries,
    JobKind.FEED_BACK: run_datasets.run_feed_back,
    JobKind.DELETE_DATASET: run_datasets.run_delete_dataset,
    JobKind.TRAIN: run_models.run_train,
    JobKind.DELETE_MODEL: run_models.run_delete_model,
    JobKind.START_HOSTING: run_hosting.run_start_hosting,
    JobKind.STOP_HOSTING: run_hosting.run_stop_hosting,
    JobKind.PACKAGE: run_packaging.run_package,
    JobKind.TRIAL: run_trials.run_trial,
    JobKind.FORGET_ENTRIES: run_datasets.run_forget_entries,
}
FAILED: Mapping[JobKind, Failed] = {
    JobKind.CREATE_DATASET: run_datasets.failed,
    JobKind.UPDATE_DATASET: run_datasets.failed,
    JobKind.REMOVE_ENTRIES: run_datasets.failed,
    JobKind.FEED_BACK: run_datasets.failed,
    JobKind.DELETE_DATASET: run_datasets.failed,
    JobKind.TRAIN: run_models.failed,
    JobKind.DELETE_MODEL: run_models.failed,
    JobKind.START_HOSTING: run_hosting.start_failed,
    JobKind.STOP_HOSTING: run_models.failed,
    JobKind.PACKAGE: run_packaging.failed,
    JobKind.TRIAL: run_trials.failed,
    JobKind.FORGET_ENTRIES: lambda _job, _reason, _deps: [],
}
_FINAL = (InvalidError, NotFoundError, ForbiddenError, ArtifactError)  # trying again will not help


def run_job(job_id: str, deps: WorkDeps) -> bool:
    """Run a job unless it is done or somebody is at it; whether it was run.

    Raises what a passing failure raised, after the job was left to the next runner.
    """
    found = deps.registry.get(Job, "", job_id)
    if found is None or found.is_leased(deps.clock()):
        return False
    try:
        job = _claim(found, deps.registry, deps)
    except ChangedError:
        return False
    with contextlib.suppress(LostError):
        _run(job, exhausted=found.is_last_attempt, deps=deps)
    return True


def sweep(deps: WorkDeps) -> Sequence[str]:
    """Ask again for every job that nobody is at; their ids. Called every minute."""
    at = deps.clock()
    waiting = [job for job in lookup.every(Job, "", deps.registry) if not job.is_leased(at)]
    for job in waiting:
        with contextlib.suppress(UnavailableError):  # the next sweep asks again
            deps.jobs.start(job.job_id)
    return [job.job_id for job in waiting]


def _claim(found: Job, registry: ControlRegistry, deps: WorkDeps) -> Job:
    registry.commit(Put(found.claimed(deps.clock())))
    job = registry.get(Job, "", found.job_id)
    if job is None:
        raise ChangedError(f"Job {found.job_id} is done.")
    return job


def _run(job: Job, *, exhausted: bool, deps: WorkDeps) -> None:
    if exhausted:  # every attempt so far was cut off before it could say why
        _give_up(job, f"The work was cut off {job.attempts - 1} times.", deps)
        return
    try:
        RUNNERS[job.kind](job, deps)
    except LostError:
        raise
    except _FINAL as error:
        _give_up(job, str(error), deps)
    except Exception as error:
        if not job.is_last_attempt:
            with contextlib.suppress(UnavailableError, ChangedError):
                deps.registry.commit(Put(job.released()))
            raise
        known = isinstance(error, SightlineError)
        reason = str(error) if known else f"An internal error occurred (job {job.job_id})."
        _give_up(job, reason, deps)
        if not known:
            raise


def _give_up(job: Job, reason: str, deps: WorkDeps) -> None:
    def settle() -> Sequence[Change]:
        return FAILED[job.kind](job, reason[:1000], deps)

    finish(job, deps, settle, forget=run_datasets.leftovers(job))
