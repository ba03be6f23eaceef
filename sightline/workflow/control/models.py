"""CreateModel, ListModels, DescribeModel, DeleteModel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sightline.domain.lookout import answers, limits
from sightline.domain.lookout.answers import Members
from sightline.domain.lookout.calls import Call
from sightline.domain.lookout.datasets import Dataset, DatasetType
from sightline.domain.lookout.errors import (
    DATASET,
    MODEL,
    QuotaExceededError,
    ResourceConflictError,
    ValidationError,
)
from sightline.domain.lookout.jobs import Job, JobKind
from sightline.domain.lookout.keys import allowed_key
from sightline.domain.lookout.models import Model, TrainingData
from sightline.domain.lookout.projects import Project
from sightline.domain.lookout.records import S3Location
from sightline.workflow.control import lookup
from sightline.workflow.control.once import Outcome, once
from sightline.workflow.control.ports import ControlDeps, Put


@dataclass(frozen=True)
class ModelRequest:
    """What the caller says of a new model."""

    output: S3Location
    description: str | None = None
    kms_key: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


def create_model(project: str, request: ModelRequest, *, call: Call, deps: ControlDeps) -> Members:
    """Begin to train a new version on the project's datasets as they are now."""
    job_id = deps.new_id()
    key = allowed_key(request.kms_key, deps.model_keys) if request.kms_key else None

    def decide() -> Outcome:
        owner = lookup.get_project(project, deps.registry)
        data = _training_data(owner)
        _check_quota(project, deps)
        version = str(owner.last_version + 1)
        model = Model(
            project=project,
            version=version,
            arn=deps.owner.model(project, version),
            created_at=deps.clock(),
            output=request.output,
            data=data,
            message="The model is being trained.",
            description=request.description,
            kms_key=key,
            tags=request.tags,
            job=job_id,
        )
        counted = replace(owner, last_version=owner.last_version + 1, models=owner.models + 1)
        job = _job(job_id, JobKind.TRAIN, model, deps)
        answer = {"ModelMetadata": answers.model_metadata(model)}
        return Outcome(answer, [Put(counted), Put(model)], job)

    return once(call, MODEL, deps, decide)


def list_models(
    project: str, *, max_results: int | None, next_token: str | None, deps: ControlDeps
) -> Members:
    """A project's models, oldest version first."""
    lookup.get_project(project, deps.registry)
    return lookup.page(
        Model,
        project,
        deps.registry,
        member="Models",
        describe=answers.model_metadata,
        max_results=max_results,
        token=next_token,
    )


def describe_model(project: str, version: str, *, deps: ControlDeps) -> Members:
    """One version with its performance and hosting."""
    model = lookup.get_model(project, version, deps.registry)
    return {"ModelDescription": answers.model_description(model)}


def delete_model(project: str, version: str, *, call: Call, deps: ControlDeps) -> Members:
    """Begin to delete a version that neither trains nor runs."""
    job_id = deps.new_id()

    def decide() -> Outcome:
        model = lookup.get_model(project, version, deps.registry).deleting(job_id)
        job = _job(job_id, JobKind.DELETE_MODEL, model, deps)
        return Outcome({"ModelArn": model.arn}, [Put(model)], job)

    return once(call, MODEL, deps, decide)


def _job(job_id: str, kind: JobKind, model: Model, deps: ControlDeps) -> Job:
    return Job(
        job_id=job_id,
        kind=kind,
        project=model.project,
        subject=model.version,
        created_at=deps.clock(),
    )


def _check_quota(project: str, deps: ControlDeps) -> None:
    running = sum(job.kind is JobKind.TRAIN for job in lookup.every(Job, "", deps.registry))
    if running >= limits.TRAININGS_AT_ONCE:
        raise QuotaExceededError(
            f"{running} models are training; at most {limits.TRAININGS_AT_ONCE} can at once.",
            "concurrent-trainings",
            MODEL,
            project,
        )


def _training_data(project: Project) -> TrainingData:
    train = _ready(project, DatasetType.TRAIN)
    test = _ready(project, DatasetType.TEST) if DatasetType.TEST in project.datasets else None
    if test is None:
        _check_count(train, limits.SINGLE_NORMAL_MIN, limits.SINGLE_ANOMALY_MIN)
    else:
        _check_count(train, limits.TRAIN_NORMAL_MIN, 0)
        _check_count(test, limits.TEST_NORMAL_MIN, limits.TEST_ANOMALY_MIN)
    return TrainingData(
        train=train.entries,
        test=test.entries if test else None,
        segmentation=train.segmentation,
    )


def _ready(project: Project, kind: DatasetType) -> Dataset:
    dataset = project.datasets.get(kind)
    if dataset is None or not dataset.is_ready:
        state = f"has status {dataset.status}" if dataset else "does not exist"
        raise ResourceConflictError(
            f"The {kind} dataset of project {project.name} {state}; a model cannot be trained.",
            DATASET,
            f"{project.name}/{kind}",
        )
    return dataset


def _check_count(dataset: Dataset, normal: int, anomaly: int) -> None:
    stats = dataset.stats
    if stats.normal < normal or stats.anomaly < anomaly:
        raise ValidationError(
            f"The {dataset.type} dataset has {stats.normal} normal and {stats.anomaly} anomalous "
            f"images; at least {normal} and {anomaly} are needed to train."
        )
