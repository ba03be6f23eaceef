"""The shapes of the API: what its things are made of, and the errors.

Written from the service's documented behaviour. The names of shapes are ours, those of members and
errors are the protocol's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Shape = dict[str, Any]
Members = Mapping[str, str | Shape]


def text(
    low: int | None = None, high: int | None = None, pattern: str = "", enum: str = ""
) -> Shape:
    """A string, by its length, pattern or allowed values (given in one text)."""
    bounds = {"min": low, "max": high, "pattern": pattern or None, "enum": enum.split() or None}
    return {"type": "string", **{name: v for name, v in bounds.items() if v is not None}}


def array(of: str, low: int | None = None, high: int | None = None) -> Shape:
    """A list of one shape."""
    bounds = {name: v for name, v in (("min", low), ("max", high)) if v is not None}
    return {"type": "list", "member": {"shape": of}, **bounds}


def structure(members: Members, required: str = "", **more: Any) -> Shape:
    """An object; a member that is a text has the shape of that name."""
    found = {name: {"shape": m} if isinstance(m, str) else m for name, m in members.items()}
    needed = {"required": required.split()} if required else {}
    return {"type": "structure", **needed, "members": found, **more}


def same(shape: str, *names: str) -> dict[str, str]:
    """Several members of one shape."""
    return dict.fromkeys(names, shape)


def error(status: int, *members: str, required: str) -> Shape:
    """An error with its HTTP status."""
    found: dict[str, str | Shape] = dict.fromkeys(members, "ErrorText")
    if "ResourceType" in found:
        found["ResourceType"] = "ResourceType"
    if "RetryAfterSeconds" in found:
        place = {"location": "header", "locationName": "Retry-After"}
        found["RetryAfterSeconds"] = {"shape": "RetryAfter", **place}
    fault = {"fault": True} if status >= 500 else {}
    kind: Shape = {"httpStatusCode": status, **({} if fault else {"senderFault": True})}
    return structure(found, required, error=kind, exception=True, **fault)


_HOSTING = "STARTING_HOSTING HOSTED HOSTING_FAILED STOPPING_HOSTING SYSTEM_UPDATING"
_UPDATED = "UPDATE_IN_PROGRESS UPDATE_COMPLETE UPDATE_FAILED_ROLLBACK_IN_PROGRESS"
_DATASET = f"{_UPDATED} UPDATE_FAILED_ROLLBACK_COMPLETE"
_TAG = "^([\\w\\s.:/=+@\\-]*)$"

TEXTS: Mapping[str, Shape] = {
    "ClientToken": text(1, 64, "^[a-zA-Z0-9-]+$"),
    "ProjectName": text(1, 255, "^[a-zA-Z0-9][a-zA-Z0-9_\\-]*$"),
    **{name: text() for name in ("ProjectArn", "ModelArn", "Text", "StatusMessage", "ErrorText")},
    "DatasetType": text(enum="train test"),
    "DatasetStatus": text(
        enum=f"CREATE_IN_PROGRESS CREATE_COMPLETE CREATE_FAILED {_DATASET} "
        "DELETE_IN_PROGRESS DELETE_COMPLETE DELETE_FAILED"
    ),
    "ModelStatus": text(enum=f"TRAINING TRAINED TRAINING_FAILED {_HOSTING} DELETING"),
    "HostingStatus": text(enum=_HOSTING),
    "PackagingStatus": text(enum="CREATED RUNNING SUCCEEDED FAILED"),
    "ModelVersion": text(1, 10, "^[1-9][0-9]*$"),
    "ModelVersionOrLatest": text(1, 10, "^([1-9][0-9]*|latest)$"),
    "ModelDescriptionText": text(1, 500, "^[0-9A-Za-z\\.\\-_]*$"),
    "KmsKeyId": text(1, 2048, "^[A-Za-z0-9][A-Za-z0-9:_/+=,@.\\-]*$"),
    "Bucket": text(3, 63, "^[0-9A-Za-z.\\-_]+$"),
    "ObjectKey": text(1, 1024),
    "KeyPrefix": text(0, 1024),
    "ObjectVersion": text(1, 1024),
    "JobName": text(1, 64, "^[a-zA-Z0-9-]+$"),
    "JobDescription": text(1, 256),
    "PackagingMethod": text(),
    "ComponentName": text(1, 128, "^[a-zA-Z0-9\\-_.]+$"),
    "ComponentVersion": text(1, 64, "^[0-9]{1,6}\\.[0-9]{1,6}\\.[0-9]{1,6}$"),
    "ComponentDescription": text(1, 256),
    "CompilerOptions": text(3, 1024),
    "TargetDevice": text(enum="jetson_xavier"),
    "TargetOs": text(enum="LINUX"),
    "TargetArch": text(enum="ARM64 X86_64"),
    "TargetAccelerator": text(enum="NVIDIA"),
    "TagKey": text(1, 128, _TAG),
    "TagValue": text(0, 256, _TAG),
    "ResourceArn": text(1, 1011),
    "NextToken": text(0, 2048, "^[a-zA-Z0-9/+=]*$"),
    "ContentType": text(1, 255),
    "AnomalyClass": text(1, 10, enum="normal anomaly"),
    "SourceRefContains": text(1, 2048),
    "DatasetEntry": text(2, 8192),
    "AnomalyName": text(1, 256),
    "Color": text(7, 7, "^#[a-zA-Z0-9]{6}$"),
    "SourceType": text(enum="direct"),
    "ResourceType": text(enum="PROJECT DATASET MODEL TRIAL MODEL_PACKAGE_JOB"),
}

VALUES: Mapping[str, Shape] = {
    "PageSize": {"type": "integer", "min": 1, "max": 100},
    "Units": {"type": "integer", "min": 1},
    "Count": {"type": "integer"},
    "RetryAfter": {"type": "integer"},
    "Flag": {"type": "boolean"},
    "Share": {"type": "float"},
    "Moment": {"type": "timestamp"},
    "Changes": {"type": "blob", "min": 1, "max": 10485760},
    "Picture": {"type": "blob", "requiresLength": True, "streaming": True},
    "Mask": {"type": "blob", "min": 1, "max": 5242880},
}

_PROJECT = {
    "ProjectArn": "ProjectArn",
    "ProjectName": "ProjectName",
    "CreationTimestamp": "Moment",
}
_STATUS = {"Status": "DatasetStatus", "StatusMessage": "StatusMessage"}
_MODEL = {
    "Description": "Text",
    "Status": "ModelStatus",
    "StatusMessage": "StatusMessage",
    "Performance": "Performance",
}
_JOB = {"JobName": "JobName", "ProjectName": "ProjectName", "ModelVersion": "ModelVersion"}
_JOB_STATE = {
    "ModelPackagingJobDescription": "Text",
    "ModelPackagingMethod": "PackagingMethod",
    "Status": "PackagingStatus",
    "StatusMessage": "StatusMessage",
    **same("Moment", "CreationTimestamp", "LastUpdatedTimestamp"),
}
_OBJECT = {"Bucket": "Bucket", "Key": "ObjectKey"}

DATASETS: Mapping[str, Shape] = {
    "ProjectMetadata": structure(_PROJECT),
    "ProjectMetadataList": array("ProjectMetadata"),
    "ProjectDescription": structure({**_PROJECT, "Datasets": "DatasetMetadataList"}),
    "DatasetMetadata": structure(
        {"DatasetType": "DatasetType", "CreationTimestamp": "Moment", **_STATUS}
    ),
    "DatasetMetadataList": array("DatasetMetadata"),
    "ImageStats": structure(same("Count", "Total", "Labeled", "Normal", "Anomaly")),
    "DatasetDescription": structure(
        {
            "ProjectName": "ProjectName",
            "DatasetType": "DatasetType",
            **same("Moment", "CreationTimestamp", "LastUpdatedTimestamp"),
            **_STATUS,
            "ImageStats": "ImageStats",
        }
    ),
    "InputObject": structure({**_OBJECT, "VersionId": "ObjectVersion"}, "Bucket Key"),
    "GroundTruthManifest": structure({"S3Object": "InputObject"}),
    "DatasetSource": structure({"GroundTruthManifest": "GroundTruthManifest"}),
    "DatasetEntryList": array("DatasetEntry"),
}

MODELS: Mapping[str, Shape] = {
    "Performance": structure(same("Share", "F1Score", "Recall", "Precision")),
    "ModelMetadata": structure(
        {
            "CreationTimestamp": "Moment",
            "ModelVersion": "ModelVersion",
            "ModelArn": "ModelArn",
            **_MODEL,
        }
    ),
    "ModelMetadataList": array("ModelMetadata"),
    "S3Location": structure({"Bucket": "Bucket", "Prefix": "KeyPrefix"}, "Bucket"),
    "OutputConfig": structure({"S3Location": "S3Location"}, "S3Location"),
    "OutputObject": structure(_OBJECT, "Bucket Key"),
    "ModelDescription": structure(
        {
            "ModelVersion": "ModelVersion",
            "ModelArn": "ModelArn",
            "CreationTimestamp": "Moment",
            **_MODEL,
            "OutputConfig": "OutputConfig",
            **same("OutputObject", "EvaluationManifest", "EvaluationResult"),
            "EvaluationEndTimestamp": "Moment",
            "KmsKeyId": "KmsKeyId",
            **same("Units", "MinInferenceUnits", "MaxInferenceUnits"),
        }
    ),
    "Tag": structure({"Key": "TagKey", "Value": "TagValue"}, "Key Value"),
    "TagList": array("Tag", 0, 200),
    "TagKeyList": array("TagKey", 0, 200),
    "ImageSource": structure({"Type": "SourceType"}),
    "PixelAnomaly": structure({"TotalPercentageArea": "Share", "Color": "Color"}),
    "Anomaly": structure({"Name": "AnomalyName", "PixelAnomaly": "PixelAnomaly"}),
    "AnomalyList": array("Anomaly"),
    "DetectAnomalyResult": structure(
        {
            "Source": "ImageSource",
            "IsAnomalous": "Flag",
            "Confidence": "Share",
            "Anomalies": "AnomalyList",
            "AnomalyMask": "Mask",
        }
    ),
}

PACKAGING: Mapping[str, Shape] = {
    "TargetPlatform": structure(
        {"Os": "TargetOs", "Arch": "TargetArch", "Accelerator": "TargetAccelerator"}, "Os Arch"
    ),
    "GreengrassConfiguration": structure(
        {
            "CompilerOptions": "CompilerOptions",
            "TargetDevice": "TargetDevice",
            "TargetPlatform": "TargetPlatform",
            "S3OutputLocation": "S3Location",
            "ComponentName": "ComponentName",
            "ComponentVersion": "ComponentVersion",
            "ComponentDescription": "ComponentDescription",
            "Tags": "TagList",
        },
        "S3OutputLocation ComponentName",
    ),
    "PackagingConfiguration": structure({"Greengrass": "GreengrassConfiguration"}, "Greengrass"),
    "GreengrassOutput": structure(
        {
            "ComponentVersionArn": "Text",
            "ComponentName": "ComponentName",
            "ComponentVersion": "ComponentVersion",
        }
    ),
    "PackagingOutput": structure({"Greengrass": "GreengrassOutput"}),
    "PackagingJobMetadata": structure({**_JOB, **_JOB_STATE}),
    "PackagingJobList": array("PackagingJobMetadata"),
    "PackagingJobDescription": structure(
        {
            **_JOB,
            "ModelPackagingConfiguration": "PackagingConfiguration",
            **_JOB_STATE,
            "ModelPackagingOutputDetails": "PackagingOutput",
        }
    ),
}

_RESOURCE = ("Message", "ResourceId", "ResourceType")
ERRORS: Mapping[str, Shape] = {
    "ValidationException": error(400, "Message", required="Message"),
    "ServiceQuotaExceededException": error(
        402, *_RESOURCE, "QuotaCode", "ServiceCode", required="Message QuotaCode ServiceCode"
    ),
    "AccessDeniedException": error(403, "Message", required="Message"),
    "ResourceNotFoundException": error(404, *_RESOURCE, required=" ".join(_RESOURCE)),
    "ConflictException": error(409, *_RESOURCE, required=" ".join(_RESOURCE)),
    "ThrottlingException": error(
        429, "Message", "QuotaCode", "ServiceCode", "RetryAfterSeconds", required="Message"
    ),
    "InternalServerException": error(500, "Message", "RetryAfterSeconds", required="Message"),
}

SHAPES: Mapping[str, Shape] = {**TEXTS, **VALUES, **DATASETS, **MODELS, **PACKAGING, **ERRORS}
