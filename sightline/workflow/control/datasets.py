"""CreateDataset, DescribeDataset, DeleteDataset."""

from __future__ import annotations

from sightline.domain.lookout import answers
from sightline.domain.lookout.answers import Members
from sightline.domain.lookout.calls import Call
from sightline.domain.lookout.datasets import CREATED, Dataset, DatasetStatus, DatasetType
from sightline.domain.lookout.errors import DATASET
from sightline.domain.lookout.jobs import Job, JobKind
from sightline.domain.lookout.records import S3Object
from sightline.workflow.control import lookup
from sightline.workflow.control.once import Outcome, once
from sightline.workflow.control.ports import ControlDeps, Put


def create_dataset(
    project: str, kind: DatasetType, source: S3Object | None, *, call: Call, deps: ControlDeps
) -> Members:
    """A new dataset: empty and complete without a source, else filled by a job."""
    job_id = deps.new_id()

    def decide() -> Outcome:
        owner, at = lookup.get_project(project, deps.registry), deps.clock()
        dataset = Dataset(
            project=project,
            type=kind,
            status=DatasetStatus.CREATE_IN_PROGRESS if source else DatasetStatus.CREATE_COMPLETE,
            created_at=at,
            updated_at=at,
            message="The dataset is creating." if source else CREATED,
            job=job_id if source else None,
        )
        job = None
        if source:
            text = "\n".join((source.bucket, source.key, source.version_id or ""))
            job = Job(
                job_id=job_id,
                kind=JobKind.CREATE_DATASET,
                project=project,
                subject=kind.value,
                created_at=at,
                source=text,
            )
        answer = {"DatasetMetadata": answers.dataset_metadata(dataset)}
        return Outcome(answer, [Put(owner.adding(dataset))], job)

    return once(call, DATASET, deps, decide)


def describe_dataset(project: str, kind: DatasetType, *, deps: ControlDeps) -> Members:
    """A dataset with its image counts."""
    dataset = lookup.get_project(project, deps.registry).dataset(kind)
    return {"DatasetDescription": answers.dataset_description(dataset)}


def delete_dataset(project: str, kind: DatasetType, *, call: Call, deps: ControlDeps) -> Members:
    """Begin to delete a dataset; models keep what they were trained on."""
    job_id = deps.new_id()

    def decide() -> Outcome:
        owner, at = lookup.get_project(project, deps.registry), deps.clock()
        found = owner.dataset(kind)
        job = Job(
            job_id=job_id,
            kind=JobKind.DELETE_DATASET,
            project=project,
            subject=kind.value,
            created_at=at,
            source=found.entries,
        )
        return Outcome({}, [Put(owner.having(found.deleting(job_id, at)))], job)

    return once(call, DATASET, deps, decide)
