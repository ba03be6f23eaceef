"""What the protocol says of each thing: its members as clients index them.

Texts and lists are always there, even empty. Members that tell of something that has not happened
(a performance before training has ended, units of a model that is not hosted) are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sightline.domain.lookout.datasets import Dataset
from sightline.domain.lookout.models import Model, Performance
from sightline.domain.lookout.packaging import METHOD, PackagingJob, PackagingStatus, Target
from sightline.domain.lookout.projects import Project
from sightline.domain.lookout.records import S3Location, S3Object

Members = dict[str, Any]


def project_metadata(project: Project) -> Members:
    """`ProjectMetadata`."""
    return {
        "ProjectArn": project.arn,
        "ProjectName": project.name,
        "CreationTimestamp": seconds(project.created_at),
    }


def project_description(project: Project) -> Members:
    """`ProjectDescription`."""
    datasets = [dataset_metadata(project.datasets[kind]) for kind in sorted(project.datasets)]
    return {**project_metadata(project), "Datasets": datasets}


def dataset_metadata(dataset: Dataset) -> Members:
    """`DatasetMetadata`."""
    return {
        "DatasetType": dataset.type.value,
        "CreationTimestamp": seconds(dataset.created_at),
        "Status": dataset.status.value,
        "StatusMessage": dataset.message,
    }


def dataset_description(dataset: Dataset) -> Members:
    """`DatasetDescription`."""
    stats = dataset.stats
    return {
        "ProjectName": dataset.project,
        **dataset_metadata(dataset),
        "LastUpdatedTimestamp": seconds(dataset.updated_at),
        "ImageStats": {
            "Total": stats.total,
            "Labeled": stats.labeled,
            "Normal": stats.normal,
            "Anomaly": stats.anomaly,
        },
    }


def model_metadata(model: Model) -> Members:
    """`ModelMetadata`."""
    members = {
        "CreationTimestamp": seconds(model.created_at),
        "ModelVersion": model.version,
        "ModelArn": model.arn,
        "Description": model.description or "",
        "Status": model.status.value,
        "StatusMessage": model.message,
    }
    if model.evaluated:
        members["Performance"] = _performance(model.evaluated.performance)
    return members


def model_description(model: Model) -> Members:
    """`ModelDescription`."""
    members = {**model_metadata(model), "OutputConfig": {"S3Location": _location(model.output)}}
    if model.evaluated:
        members["EvaluationManifest"] = _object(model.evaluated.manifest)
        members["EvaluationResult"] = _object(model.evaluated.result)
        members["EvaluationEndTimestamp"] = seconds(model.evaluated.at)
    return members | _given(
        KmsKeyId=model.kms_key,
        MinInferenceUnits=model.min_units,
        MaxInferenceUnits=model.max_units,
    )


def packaging_metadata(job: PackagingJob) -> Members:
    """`ModelPackagingJobMetadata`."""
    return {
        "JobName": job.name,
        "ProjectName": job.project,
        "ModelVersion": job.model_version,
        "ModelPackagingJobDescription": job.description or "",
        "ModelPackagingMethod": METHOD,
        "Status": job.status.value,
        "StatusMessage": job.message,
        "CreationTimestamp": seconds(job.created_at),
        "LastUpdatedTimestamp": seconds(job.updated_at),
    }


def packaging_description(job: PackagingJob) -> Members:
    """`ModelPackagingDescription`."""
    wanted = job.component
    greengrass = {
        "S3OutputLocation": _location(wanted.output),
        "ComponentName": wanted.name,
        "ComponentVersion": wanted.version,
        "Tags": tags(wanted.tags),
        **_target(wanted.target),
        **_given(CompilerOptions=wanted.compiler_options, ComponentDescription=wanted.description),
    }
    members = {
        **packaging_metadata(job),
        "ModelPackagingConfiguration": {"Greengrass": greengrass},
        "ModelPackagingOutputDetails": {},
    }
    if job.status is PackagingStatus.SUCCEEDED:
        members["ModelPackagingOutputDetails"] = {
            "Greengrass": {
                "ComponentVersionArn": job.component_arn,
                "ComponentName": wanted.name,
                "ComponentVersion": wanted.version,
            }
        }
    return members


def tags(values: Mapping[str, str]) -> list[Members]:
    """`Tags`, by key."""
    return [{"Key": key, "Value": values[key]} for key in sorted(values)]


def seconds(moment: datetime) -> float:
    """A time as the protocol writes it: seconds since 1970, with milliseconds."""
    return round(moment.timestamp(), 3)


def _performance(performance: Performance) -> Members:
    return {
        "F1Score": performance.f1,
        "Recall": performance.recall,
        "Precision": performance.precision,
    }


def _target(target: Target) -> Members:
    if target.device:
        return {"TargetDevice": target.device}
    platform = _given(Os=target.os, Arch=target.arch, Accelerator=target.accelerator)
    return {"TargetPlatform": platform}


def _location(location: S3Location) -> Members:
    return {"Bucket": location.bucket, "Prefix": location.prefix}


def _object(stored: S3Object) -> Members:
    return {"Bucket": stored.bucket, "Key": stored.key}


def _given(**members: object) -> Members:
    return {name: value for name, value in members.items() if value is not None}
