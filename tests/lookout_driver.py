"""A program as it was written for Lookout for Vision: every operation, in a user's order.

It runs alone, in whatever environment has a client:

    python lookout_driver.py PROJECT BUCKET GOOD BAD

with AWS_ENDPOINT_URL_LOOKOUTVISION and AWS_ENDPOINT_URL_S3 set. The bucket has `train.manifest`,
`test.manifest` and their pictures; GOOD and BAD are pictures of a good and of a faulty part. It
prints what it called and saw as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3

PROJECT = sys.argv[1]
SECONDS = 120
CALLED: list[str] = []
SCOPES: set[str] = set()


def main(bucket: str, good: Path, bad: Path) -> None:
    client = boto3.client("lookoutvision")
    client.meta.events.register("before-call", lambda model, **_: CALLED.append(model.name))
    client.meta.events.register("before-send", remember_scope)
    seen = {
        "project": make_project(client),
        "datasets": make_datasets(client, bucket),
        "model": train(client, bucket),
        "tags": tag(client),
        "evaluation": evaluation(client),
        "detected": detect(client, good, bad),
        "component": package(client, bucket),
        "left": delete(client),
    }
    print(json.dumps({"called": CALLED, "scopes": sorted(SCOPES), **seen}, default=str))


def remember_scope(request: Any, **_: Any) -> None:
    header = request.headers["Authorization"]
    text = header.decode() if isinstance(header, bytes) else header
    SCOPES.add(text.partition("Credential=")[2].partition(",")[0].split("/")[3])


def until(read: Callable[[], str], *wanted: str) -> str:
    deadline = time.monotonic() + SECONDS
    while (status := read()) not in wanted:
        if time.monotonic() > deadline or status.endswith("FAILED"):
            raise TimeoutError(f"{status} is not {wanted}")
        time.sleep(0.2)
    return status


def refusal(expected: Any, call: Callable[[], Any]) -> Any:
    """The refused answer, caught by the class that the client has for it."""
    try:
        call()
    except expected as error:
        return error.response
    raise AssertionError(f"{expected.__name__} was not raised")


def make_project(client: Any) -> Any:
    made = client.create_project(ProjectName=PROJECT)["ProjectMetadata"]
    conflict = client.exceptions.ConflictException
    again = refusal(conflict, lambda: client.create_project(ProjectName=PROJECT))
    assert again["ResourceType"] == "PROJECT"
    pages = client.get_paginator("list_projects").paginate(PaginationConfig={"PageSize": 1})
    assert PROJECT in [project["ProjectName"] for page in pages for project in page["Projects"]]
    assert client.describe_project(ProjectName=PROJECT)["ProjectDescription"]["Datasets"] == []
    return made["ProjectArn"]


def make_datasets(client: Any, bucket: str) -> Any:
    for kind in ("train", "test"):
        place = {"Bucket": bucket, "Key": f"{kind}.manifest"}
        client.create_dataset(
            ProjectName=PROJECT,
            DatasetType=kind,
            DatasetSource={"GroundTruthManifest": {"S3Object": place}},
        )
    stats = {}
    for kind in ("train", "test"):
        until(lambda kind=kind: described(client, kind)["Status"], "CREATE_COMPLETE")
        stats[kind] = described(client, kind)["ImageStats"]
    asked = {"ProjectName": PROJECT, "DatasetType": "train"}
    first = client.list_dataset_entries(**asked, AnomalyClass="anomaly", Labeled=True, MaxResults=2)
    assert "NextToken" in first
    pages = client.get_paginator("list_dataset_entries").paginate(
        **asked, PaginationConfig={"PageSize": 7}
    )
    stats["listed"] = sum(len(page["DatasetEntries"]) for page in pages)
    entry = first["DatasetEntries"][0]
    stats["relabelled"] = update(
        client, entry.replace('"class-name": "anomaly"', '"class-name": "normal"')
    )
    stats["restored"] = update(client, entry)
    return stats


def update(client: Any, line: str) -> Any:
    """The dataset's statistics once this manifest line, sent as bytes, has replaced the old one."""
    client.update_dataset_entries(
        ProjectName=PROJECT, DatasetType="train", Changes=f"{line}\n".encode()
    )
    until(lambda: described(client, "train")["Status"], "UPDATE_COMPLETE")
    return described(client, "train")["ImageStats"]


def described(client: Any, kind: str) -> Any:
    found = client.describe_dataset(ProjectName=PROJECT, DatasetType=kind)
    return found["DatasetDescription"]


def train(client: Any, bucket: str) -> Any:
    client.create_model(
        ProjectName=PROJECT,
        Description="first-model",
        OutputConfig={"S3Location": {"Bucket": bucket, "Prefix": "evaluation/"}},
        Tags=[{"Key": "line", "Value": "1"}],
    )
    until(lambda: model(client)["Status"], "TRAINED")
    found = model(client)
    (listed,) = client.list_models(ProjectName=PROJECT)["Models"]
    assert listed["Performance"] == found["Performance"]
    return {"performance": found["Performance"], "result": found["EvaluationResult"]}


def evaluation(client: Any) -> Any:
    """What a notebook reads of the evaluation, by the places that the model names."""
    s3, found = boto3.client("s3"), model(client)
    lines = s3.get_object(**found["EvaluationManifest"])["Body"].read().decode().splitlines()
    said = [json.loads(line) for line in lines]
    right = sum(
        line["anomaly-label-detected-metadata"]["class-name"]
        == line["anomaly-label-metadata"]["class-name"]
        for line in said
    )
    result = json.loads(s3.get_object(**found["EvaluationResult"])["Body"].read())
    return {
        "pictures": sorted(line["source-ref"] for line in said),
        "accuracy": right / len(said),
        "details": result["EvaluationDetails"],
        "metrics": result["AggregatedEvaluationResults"]["Metrics"],
    }


def model(client: Any) -> Any:
    found = client.describe_model(ProjectName=PROJECT, ModelVersion="1")
    return found["ModelDescription"]


def tag(client: Any) -> Any:
    arn = model(client)["ModelArn"]
    client.tag_resource(ResourceArn=arn, Tags=[{"Key": "shift", "Value": "late"}])
    client.untag_resource(ResourceArn=arn, TagKeys=["line", "other"])
    return client.list_tags_for_resource(ResourceArn=arn)["Tags"]


def detect(client: Any, good: Path, bad: Path) -> Any:
    version = {"ProjectName": PROJECT, "ModelVersion": "1"}
    stopped = refusal(client.exceptions.ConflictException, lambda: client.stop_model(**version))
    assert "TRAINED" in stopped["Error"]["Message"]
    client.start_model(**version, MinInferenceUnits=1)
    until(lambda: model(client)["Status"], "HOSTED")
    results = {}
    for name, picture in (("good", good), ("bad", bad)):
        with picture.open("rb") as body:
            found = client.detect_anomalies(**version, Body=body, ContentType="image/png")
        result = found["DetectAnomalyResult"]
        results[name] = {**result, "AnomalyMask": result.get("AnomalyMask", b"").hex()}
    client.stop_model(**version)
    until(lambda: model(client)["Status"], "TRAINED")
    return results


def package(client: Any, bucket: str) -> Any:
    component = {
        "S3OutputLocation": {"Bucket": bucket, "Prefix": "edge/"},
        "ComponentName": PROJECT,
        "TargetPlatform": {"Os": "LINUX", "Arch": "ARM64", "Accelerator": "NVIDIA"},
    }
    name = client.start_model_packaging_job(
        ProjectName=PROJECT, ModelVersion="1", Configuration={"Greengrass": component}
    )["JobName"]

    def job() -> Any:
        found = client.describe_model_packaging_job(ProjectName=PROJECT, JobName=name)
        return found["ModelPackagingDescription"]

    until(lambda: job()["Status"], "SUCCEEDED")
    (listed,) = client.list_model_packaging_jobs(ProjectName=PROJECT)["ModelPackagingJobs"]
    assert listed["JobName"] == name
    return job()["ModelPackagingOutputDetails"]["Greengrass"]["ComponentVersion"]


def delete(client: Any) -> Any:
    client.delete_model(ProjectName=PROJECT, ModelVersion="1")
    until(lambda: str(len(client.list_models(ProjectName=PROJECT)["Models"])), "0")
    for kind in ("train", "test"):
        client.delete_dataset(ProjectName=PROJECT, DatasetType=kind)
    until(lambda: str(len(datasets(client))), "0")
    client.delete_project(ProjectName=PROJECT)
    missing = client.exceptions.ResourceNotFoundException
    gone = refusal(missing, lambda: client.describe_project(ProjectName=PROJECT))
    assert gone["ResourceId"] == PROJECT
    return [one["ProjectName"] for one in client.list_projects()["Projects"]]


def datasets(client: Any) -> Any:
    return client.describe_project(ProjectName=PROJECT)["ProjectDescription"]["Datasets"]


if __name__ == "__main__":
    main(sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]))
