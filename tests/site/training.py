"""A project of its own for tests of the site: datasets of parts, and versions trained on them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sightline import lookoutvision
from sightline.local.iam.credentials import ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY
from sightline.local.parts.drawing import write_parts
from tests.e2e.waiting import until

if TYPE_CHECKING:
    from sightline.local.stack import LocalStack

Sets = Mapping[str, tuple[int, int]]
"""How many normal and anomalous parts, by dataset."""
SETS: Sets = {"train": (20, 10), "test": (12, 12)}
MISLABELLED = 2  # of each kind in the test set: mistakes that every model makes
_FAILED = {"CREATE_FAILED", "TRAINING_FAILED", "HOSTING_FAILED"}


def client(stack: LocalStack) -> Any:
    """The control service, as a program of the account calls it."""
    return lookoutvision.client(
        endpoint_url=stack.api_url("control"),
        region_name=REGION,
        aws_access_key_id=ACCESS_KEY_ID,
        aws_secret_access_key=SECRET_ACCESS_KEY,
    )


def train_project(stack: LocalStack, project: str, folder: Path, sets: Sets = SETS) -> None:
    """Make a project and train its version 1; `folder` is for the parts."""
    control, bucket = client(stack), str(stack.outputs["modelsBucket"])
    control.create_project(ProjectName=project)
    for seed, (kind, (normal, anomaly)) in enumerate(sets.items(), 10):
        write_parts(folder / kind, normal=normal, anomaly=anomaly, seed=seed)
        manifest = _put(stack.client("s3"), bucket, folder / kind, f"users/{project}/{kind}")
        source = {"GroundTruthManifest": {"S3Object": {"Bucket": bucket, "Key": manifest}}}
        wanted = {"ProjectName": project, "DatasetType": kind}
        control.create_dataset(**wanted, DatasetSource=source)
        settled(lambda wanted=wanted: control.describe_dataset(**wanted)["DatasetDescription"])
    train_version(stack, project, "1")


def train_version(stack: LocalStack, project: str, version: str) -> None:
    """Train another version, which will be this one."""
    control, bucket = client(stack), str(stack.outputs["modelsBucket"])
    place = {"S3Location": {"Bucket": bucket, "Prefix": "out/"}}
    control.create_model(ProjectName=project, OutputConfig=place)
    one = {"ProjectName": project, "ModelVersion": version}
    settled(lambda: control.describe_model(**one)["ModelDescription"])


def train_in_vain(stack: LocalStack, project: str) -> None:
    """A project whose training failed, because its pictures are gone."""
    control, bucket = client(stack), str(stack.outputs["modelsBucket"])
    control.create_project(ProjectName=project)
    labels = ["normal"] * 20 + ["anomaly"] * 10
    lines = [_entry(f"s3://{bucket}/users/missing-{n}.jpg", one) for n, one in enumerate(labels)]
    key = f"users/{project}.manifest"
    stack.client("s3").put_object(Bucket=bucket, Key=key, Body="\n".join(map(json.dumps, lines)))
    wanted = {"ProjectName": project, "DatasetType": "train"}
    source = {"GroundTruthManifest": {"S3Object": {"Bucket": bucket, "Key": key}}}
    control.create_dataset(**wanted, DatasetSource=source)
    settled(lambda: control.describe_dataset(**wanted)["DatasetDescription"])
    place = {"S3Location": {"Bucket": bucket, "Prefix": "out/"}}
    control.create_model(ProjectName=project, OutputConfig=place)
    one = {"ProjectName": project, "ModelVersion": "1"}

    def failed() -> bool:
        found = control.describe_model(**one)["ModelDescription"]["Status"]
        return str(found) == "TRAINING_FAILED"

    until(failed, seconds=60, what="the failure")


def settled(look: Any) -> None:
    """Wait for the end of what is under way."""

    def ended() -> bool:
        found = look()
        assert found["Status"] not in _FAILED, found["StatusMessage"]
        return found["Status"] in {"CREATE_COMPLETE", "TRAINED", "HOSTED"}

    until(ended, seconds=240, what="the end of the job")


def _put(s3: Any, bucket: str, folder: Path, prefix: str) -> str:
    """Put parts and their manifest into the bucket; the key of the manifest."""
    lines = []
    for label in ("normal", "anomaly"):
        for number, part in enumerate(sorted((folder / label).iterdir())):
            key = f"{prefix}/{label}/{part.name}"
            s3.put_object(Bucket=bucket, Key=key, Body=part.read_bytes())
            wrong = folder.name == "test" and number < MISLABELLED
            said = {"normal": "anomaly", "anomaly": "normal"}[label] if wrong else label
            lines.append(json.dumps(_entry(f"s3://{bucket}/{key}", said)))
    s3.put_object(Bucket=bucket, Key=f"{prefix}.manifest", Body="\n".join(lines).encode())
    return f"{prefix}.manifest"


def _entry(source: str, label: str) -> dict[str, Any]:
    kind = {
        "confidence": 1,
        "job-name": "labelling",
        "class-name": label,
        "human-annotated": "yes",
        "creation-date": "2026-01-01T00:00:00",
        "type": "groundtruth/image-classification",
    }
    return {
        "source-ref": source,
        "anomaly-label": int(label == "anomaly"),
        "anomaly-label-metadata": kind,
    }
