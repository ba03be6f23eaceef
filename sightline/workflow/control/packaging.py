"""StartModelPackagingJob, DescribeModelPackagingJob, ListModelPackagingJobs."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sightline.domain.lookout import answers
from sightline.domain.lookout.answers import Members
from sightline.domain.lookout.calls import Call
from sightline.domain.lookout.errors import (
    MODEL_PACKAGE_JOB,
    ResourceConflictError,
    ResourceNotFoundError,
)
from sightline.domain.lookout.jobs import Job, JobKind
from sightline.domain.lookout.packaging import Component, PackagingJob
from sightline.workflow.control import lookup
from sightline.workflow.control.once import Outcome, once
from sightline.workflow.control.ports import Check, ControlDeps, Put


@dataclass(frozen=True)
class PackagingRequest:
    """What the caller asks for; `component.version` is "" for `<model version>.0.0`."""

    model_version: str
    component: Component
    name: str | None = None
    description: str | None = None


def start_model_packaging_job(
    project: str, request: PackagingRequest, *, call: Call, deps: ControlDeps
) -> Members:
    """Begin to package a trained version."""
    job_id = deps.new_id()
    name = request.name or f"package-{job_id}"[:64]

    def decide() -> Outcome:
        lookup.get_project(project, deps.registry)
        model = lookup.get_model(project, request.model_version, deps.registry)
        model.check_trained("be packaged")
        if deps.registry.get(PackagingJob, project, name) is not None:
            raise ResourceConflictError(
                f"Project {project} has a packaging job {name} already.", MODEL_PACKAGE_JOB, name
            )
        at = deps.clock()
        version = request.component.version or f"{model.version}.0.0"
        packaging = PackagingJob(
            name=name,
            project=project,
            model_version=model.version,
            component=replace(request.component, version=version),
            created_at=at,
            updated_at=at,
            message="The job is created.",
            description=request.description,
            job=job_id,
        )
        job = Job(job_id=job_id, kind=JobKind.PACKAGE, project=project, subject=name, created_at=at)
        return Outcome({"JobName": name}, [Check(model), Put(packaging)], job)

    return once(call, MODEL_PACKAGE_JOB, deps, decide)


def describe_model_packaging_job(project: str, name: str, *, deps: ControlDeps) -> Members:
    """One packaging job with what it was asked for and what it made."""
    found = deps.registry.get(PackagingJob, project, name)
    if found is None:
        lookup.get_project(project, deps.registry)
        raise ResourceNotFoundError(
            f"Project {project} has no packaging job {name}.", MODEL_PACKAGE_JOB, name
        )
    return {"ModelPackagingDescription": answers.packaging_description(found)}


def list_model_packaging_jobs(
    project: str, *, max_results: int | None, next_token: str | None, deps: ControlDeps
) -> Members:
    """A project's packaging jobs, by name."""
    lookup.get_project(project, deps.registry)
    return lookup.page(
        PackagingJob,
        project,
        deps.registry,
        member="ModelPackagingJobs",
        describe=answers.packaging_metadata,
        max_results=max_results,
        token=next_token,
    )
