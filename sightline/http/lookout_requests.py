"""From the protocol's members to what the use cases take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sightline.domain.lookout import tags
from sightline.domain.lookout.datasets import DatasetType
from sightline.domain.lookout.errors import ValidationError
from sightline.domain.lookout.manifest import Label
from sightline.domain.lookout.packaging import Component, Target
from sightline.domain.lookout.records import S3Location, S3Object
from sightline.http.lookout import Asked
from sightline.workflow.control.entries import EntryFilter
from sightline.workflow.control.models import ModelRequest
from sightline.workflow.control.packaging import PackagingRequest


def page(asked: Asked) -> dict[str, Any]:
    """`MaxResults` and `NextToken`; an empty token is the first page's."""
    return {"max_results": asked["MaxResults"], "next_token": asked["NextToken"] or None}


def dataset(asked: Asked) -> tuple[str, DatasetType]:
    """The dataset that the path names."""
    return asked["ProjectName"], DatasetType(asked["DatasetType"])


def model(asked: Asked) -> tuple[str, str]:
    """The model that the path names."""
    return asked["ProjectName"], asked["ModelVersion"]


def dataset_source(asked: Asked) -> S3Object | None:
    """The manifest of CreateDataset; None for an empty dataset."""
    if asked["DatasetSource"] is None:
        return None
    manifest = asked["DatasetSource"].get("GroundTruthManifest", {}).get("S3Object")
    if manifest is None:
        raise ValidationError("DatasetSource.GroundTruthManifest.S3Object is required.")
    return S3Object(manifest["Bucket"], manifest["Key"], manifest.get("VersionId"))


def entry_filter(asked: Asked) -> EntryFilter:
    """The filters of ListDatasetEntries."""
    wanted = asked["AnomalyClass"]
    return EntryFilter(
        labeled=asked["Labeled"],
        anomaly_class=Label(wanted) if wanted else None,
        created_before=asked["BeforeCreationDate"],
        created_after=asked["AfterCreationDate"],
        source_ref_contains=asked["SourceRefContains"],
    )


def model_request(asked: Asked) -> ModelRequest:
    """What CreateModel says of the model."""
    return ModelRequest(
        output=_location(asked["OutputConfig"]["S3Location"]),
        description=asked["Description"],
        kms_key=asked["KmsKeyId"],
        tags=tags_of(asked),
    )


def tags_of(asked: Asked) -> dict[str, str]:
    """`Tags`, by key."""
    return tags.read(asked["Tags"] or [])


def packaging_request(asked: Asked) -> PackagingRequest:
    """What StartModelPackagingJob asks for."""
    wanted = asked["Configuration"]["Greengrass"]
    return PackagingRequest(
        model_version=asked["ModelVersion"],
        component=Component(
            name=wanted["ComponentName"],
            version=wanted.get("ComponentVersion", ""),
            output=_location(wanted["S3OutputLocation"]),
            target=_target(wanted),
            description=wanted.get("ComponentDescription"),
            compiler_options=wanted.get("CompilerOptions"),
            tags=tags.read(wanted.get("Tags", [])),
        ),
        name=asked["JobName"],
        description=asked["Description"],
    )


def _target(wanted: Mapping[str, Any]) -> Target:
    device, platform = wanted.get("TargetDevice"), wanted.get("TargetPlatform")
    if (device is None) == (platform is None):
        raise ValidationError(
            "Configuration.Greengrass must have either TargetDevice or TargetPlatform."
        )
    if platform is None:
        return Target(device=device)
    return Target(os=platform["Os"], arch=platform["Arch"], accelerator=platform.get("Accelerator"))


def _location(found: Mapping[str, Any]) -> S3Location:
    return S3Location(found["Bucket"], found.get("Prefix", ""))
