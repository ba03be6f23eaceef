"""The last step of every job: its outcome becomes visible and the job ends, in one commit."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Sequence

from sightline.domain.errors import UnavailableError
from sightline.domain.lookout.datasets import Dataset, DatasetType
from sightline.domain.lookout.jobs import Job
from sightline.domain.lookout.models import Model, version_name
from sightline.domain.lookout.projects import Project
from sightline.workflow.control import lookup
from sightline.workflow.control.ports import Change, ChangedError, Put, Remove, WorkDeps

TRIES = 8

Failed = Callable[[Job, str, WorkDeps], Sequence[Change]]


class LostError(Exception):
    """Another runner has taken the job over; this one has nothing more to say."""


def finish(
    job: Job,
    deps: WorkDeps,
    settle: Callable[[], Sequence[Change]],
    *,
    forget: Sequence[str] = (),
) -> None:
    """Commit the changes that `settle` reads and decides, and end the job.

    Entry sets to `forget` are deleted after that, by a job of their own.
    """
    ended = Put(job.forgetting(forget)) if forget else Remove(job)
    for _ in range(TRIES):
        try:
            deps.registry.commit(*settle(), ended)
        except ChangedError:
            if deps.registry.get(Job, "", job.job_id) != job:
                raise LostError(job.job_id) from None
        else:
            break
    else:
        raise UnavailableError(f"Job {job.job_id} could not be ended: its records keep changing.")
    if forget:
        with contextlib.suppress(UnavailableError):  # else the sweep asks for it
            deps.jobs.start(job.job_id)


def waiting_dataset(job: Job, deps: WorkDeps) -> tuple[Project, Dataset] | None:
    """The dataset that waits for this job; None when it does not any more."""
    project = deps.registry.get(Project, "", job.project)
    dataset = project.datasets.get(DatasetType(job.subject)) if project else None
    if project is None or dataset is None or dataset.job != job.job_id:
        return None
    return project, dataset


def waiting_model(job: Job, deps: WorkDeps) -> Model | None:
    """The model that waits for this job; None when it does not any more."""
    model = deps.registry.get(Model, job.project, version_name(job.subject))
    return model if model is not None and model.job == job.job_id else None


def forget_entries(keys: Iterable[str], job: Job, deps: WorkDeps, *, but: str = "") -> None:
    """Delete entry sets that no dataset and no model (other than version `but`) refers to."""
    wanted = {key for key in keys if key}
    if not wanted:
        return
    project = deps.registry.get(Project, "", job.project)
    used = {dataset.entries for dataset in project.datasets.values()} if project else set()
    for model in lookup.every(Model, job.project, deps.registry):
        if model.version != but:
            used |= {model.data.train, model.data.test or ""}
    for key in sorted(wanted - used):
        deps.entries.delete(key)
