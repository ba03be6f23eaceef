"""The job that makes an edge component of a model."""

from __future__ import annotations

from collections.abc import Sequence

from sightline.domain.errors import NotFoundError
from sightline.domain.lookout.jobs import Job
from sightline.domain.lookout.models import Model, version_name
from sightline.domain.lookout.packaging import PackagingJob, PackagingStatus
from sightline.workflow.control.finish import finish
from sightline.workflow.control.ports import Change, Put, WorkDeps


def run_package(job: Job, deps: WorkDeps) -> None:
    """Package a model; the job is SUCCEEDED when the component is in its place."""
    packaging = _waiting(job, deps)
    component_arn = ""
    if packaging is not None:
        if packaging.status is not PackagingStatus.RUNNING:
            deps.registry.commit(Put(packaging.running(deps.clock())))
        name = version_name(packaging.model_version)
        model = deps.registry.get(Model, job.project, name)
        if model is None:
            raise NotFoundError(f"Model version {packaging.model_version} was deleted.")
        component_arn = deps.packager.package(packaging, model)

    def settle() -> Sequence[Change]:
        now = _waiting(job, deps)
        return [Put(now.succeeded(component_arn, deps.clock()))] if now else []

    finish(job, deps, settle)


def failed(job: Job, reason: str, deps: WorkDeps) -> Sequence[Change]:
    """What a job's end without success makes of the packaging."""
    packaging = _waiting(job, deps)
    return [Put(packaging.failed(reason, deps.clock()))] if packaging else []


def _waiting(job: Job, deps: WorkDeps) -> PackagingJob | None:
    found = deps.registry.get(PackagingJob, job.project, job.subject)
    return found if found is not None and found.job == job.job_id else None
