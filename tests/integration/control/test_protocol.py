"""The 22 operations over HTTP, as the protocol has them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import openapi_spec_validator
import pytest

from sightline.domain.errors import UnusableImageError
from sightline.http.floor.routes import ROUTES as FLOOR_ROUTES
from sightline.http.lookout_extras import ROUTES
from sightline.http.openapi import as_text
from sightline.lookoutvision.description import description
from sightline.workflow.control.ports import Anomaly, BusyError, Found
from tests.api import ROOT
from tests.control_api import ControlApi, V, service
from tests.control_world import PICTURE
from tests.examples import NOON
from tests.lookout_examples import OWNER, line, manifest, png

CASTINGS = {"ProjectName": "castings"}
ONE = {**CASTINGS, "ModelVersion": "1"}
TRAIN = {**CASTINGS, "DatasetType": "train"}
OUTPUT = {"S3Location": {"Bucket": "out", "Prefix": "models/"}}
ARN = OWNER.model("castings", "1")
GREENGRASS: dict[str, Any] = {
    "S3OutputLocation": {"Bucket": "out", "Prefix": "edge/"},
    "ComponentName": "castings-detector",
    "TargetPlatform": {"Os": "LINUX", "Arch": "X86_64"},
}


def test_every_operation_has_its_route_behind_iam() -> None:
    for operation in description().operations.values():
        entry = service.app.routes[operation.path][operation.method]
        assert entry.authorizer.name == "sigv4"
    for methods in service.app.routes.values():
        assert all(entry.authorizer is service.iam for entry in methods.values())
    assert not service.app.debug


def test_a_project_is_made_listed_told_of_and_deleted(api: ControlApi) -> None:
    made = api.ok("CreateProject", ProjectName="castings")["ProjectMetadata"]
    assert made == {
        "ProjectArn": "arn:aws:lookoutvision:eu-west-1:123456789012:project/castings",
        "ProjectName": "castings",
        "CreationTimestamp": NOON.timestamp(),
    }
    assert api.ok("ListProjects") == {"Projects": [made]}
    assert api.ok("DescribeProject", **CASTINGS)["ProjectDescription"] == {**made, "Datasets": []}
    again = api.refused("CreateProject", "ConflictException", **CASTINGS)
    # AWS's own resource provider for CloudFormation tells this refusal from others by its text.
    assert "Project castings already exists" in again
    assert api.ok("DeleteProject", **CASTINGS) == {"ProjectArn": made["ProjectArn"]}
    assert api.refused("DeleteProject", "ResourceNotFoundException", **CASTINGS)
    assert api.ok("ListProjects") == {"Projects": []}


def test_an_empty_dataset_is_there_at_once(api: ControlApi) -> None:
    api.ok("CreateProject", **CASTINGS)
    made = api.ok("CreateDataset", **TRAIN)["DatasetMetadata"]
    assert made["Status"] == "CREATE_COMPLETE"
    assert made["StatusMessage"]
    told = api.ok("DescribeDataset", **TRAIN)["DatasetDescription"]
    assert told["ImageStats"] == {"Total": 0, "Labeled": 0, "Normal": 0, "Anomaly": 0}
    assert api.ok("ListDatasetEntries", **TRAIN) == {"DatasetEntries": []}
    assert api.refused("CreateDataset", "ConflictException", **TRAIN)
    assert api.refused("DeleteProject", "ConflictException", **CASTINGS)


def test_a_dataset_is_filled_from_its_manifest(api: ControlApi) -> None:
    api.ok("CreateProject", **CASTINGS)
    api.world.objects.put("s3://pictures/m.manifest", manifest(3, 2))
    source = {"GroundTruthManifest": {"S3Object": {"Bucket": "pictures", "Key": "m.manifest"}}}
    made = api.ok("CreateDataset", **TRAIN, DatasetSource=source)["DatasetMetadata"]
    assert made["Status"] == "CREATE_IN_PROGRESS"
    api.world.run_all()
    told = api.ok("DescribeDataset", **TRAIN)["DatasetDescription"]
    assert told["Status"] == "CREATE_COMPLETE"
    assert told["ImageStats"] == {"Total": 5, "Labeled": 5, "Normal": 3, "Anomaly": 2}
    assert (
        api.ok("ListDatasetEntries", **TRAIN)["DatasetEntries"] == manifest(3, 2).split("\n")[:-1]
    )


def test_what_goes_well_is_said_in_the_services_words(api: ControlApi) -> None:
    """People and scripts were told to look for these texts."""
    api.ok("CreateProject", **CASTINGS)
    api.world.objects.put("s3://pictures/m.manifest", manifest(20, 10))
    source = {"GroundTruthManifest": {"S3Object": {"Bucket": "pictures", "Key": "m.manifest"}}}
    made = api.ok("CreateDataset", **TRAIN, DatasetSource=source)["DatasetMetadata"]
    empty = api.ok("CreateDataset", **CASTINGS, DatasetType="test")["DatasetMetadata"]
    said = [made["StatusMessage"], empty["StatusMessage"]]
    api.world.run_all()
    said.append(api.ok("DescribeDataset", **TRAIN)["DatasetDescription"]["StatusMessage"])
    assert said == [
        "The dataset is creating.",
        "The dataset was created successfully.",
        "The dataset was created successfully.",
    ]
    api.ok("UpdateDatasetEntries", **TRAIN, Changes=line("new.png").encode())
    api.world.run_all()
    updated = api.ok("DescribeDataset", **TRAIN)["DatasetDescription"]
    assert updated["StatusMessage"] == "The dataset was updated successfully."


def test_entries_are_filtered_and_paged(api: ControlApi) -> None:
    api.ok("CreateProject", **CASTINGS)
    api.ok("CreateDataset", **TRAIN)
    changes = manifest(3, 2) + line("odd.png", "who knows")
    answer = api.ok("UpdateDatasetEntries", **TRAIN, Changes=changes.encode())
    assert answer == {"Status": "UPDATE_IN_PROGRESS"}
    api.world.run_all()

    def keys(**wanted: Any) -> list[str]:
        found = api.ok("ListDatasetEntries", **TRAIN, **wanted)["DatasetEntries"]
        return [json.loads(entry)["source-ref"].partition("pictures/")[2] for entry in found]

    assert keys(AnomalyClass="anomaly") == ["anomaly/0.png", "anomaly/1.png"]
    assert keys(Labeled=False) == ["odd.png"]
    assert len(keys(Labeled=True)) == 5
    assert keys(SourceRefContains="normal/2") == ["normal/2.png"]
    later = (NOON + timedelta(seconds=1)).isoformat()
    assert keys(AfterCreationDate=later) == []
    assert len(keys(BeforeCreationDate=later)) == 6
    seen, token = [], {}
    for size in (4, 2):
        page = api.ok("ListDatasetEntries", **TRAIN, MaxResults=size, **token)
        seen += page["DatasetEntries"]
        token = {"NextToken": page.get("NextToken")}
    assert seen == changes.split("\n")
    assert token == {"NextToken": None}


def test_a_model_is_trained_described_and_deleted(api: ControlApi) -> None:
    api.world.project()
    tags = [{"Key": "line", "Value": "press 1"}]
    made = api.ok("CreateModel", **CASTINGS, OutputConfig=OUTPUT, Description="first", Tags=tags)
    assert made["ModelMetadata"] == {
        "CreationTimestamp": NOON.timestamp(),
        "ModelVersion": "1",
        "ModelArn": ARN,
        "Description": "first",
        "Status": "TRAINING",
        "StatusMessage": "The model is being trained.",
    }
    api.world.run_all()
    told = api.ok("DescribeModel", **ONE)["ModelDescription"]
    assert told["Status"] == "TRAINED"
    assert told["Performance"] == {"F1Score": 0.95, "Recall": 1.0, "Precision": 0.9}
    assert told["OutputConfig"] == OUTPUT
    assert told["EvaluationManifest"] == {
        "Bucket": "out",
        "Key": "models/EvaluationManifest-castings-1.json",
    }
    latest = api.ok("DescribeModel", **CASTINGS, ModelVersion="latest")["ModelDescription"]
    assert latest == told
    (listed,) = api.ok("ListModels", **CASTINGS)["Models"]
    assert listed["Performance"]["F1Score"] == 0.95
    assert api.ok("ListTagsForResource", ResourceArn=ARN) == {"Tags": tags}
    latest_version = {**CASTINGS, "ModelVersion": "latest"}
    assert "ModelVersion" in api.refused("DeleteModel", "ValidationException", **latest_version)
    assert api.ok("DeleteModel", **ONE) == {"ModelArn": ARN}
    api.world.run_all()
    assert api.ok("ListModels", **CASTINGS) == {"Models": []}
    assert api.refused("DescribeModel", "ResourceNotFoundException", **ONE)


def test_a_model_is_started_and_stopped(api: ControlApi) -> None:
    api.prepare()
    started = api.ok("StartModel", **ONE, MinInferenceUnits=1, MaxInferenceUnits=3)
    assert started == {"Status": "STARTING_HOSTING"}
    assert api.refused("StartModel", "ConflictException", **ONE, MinInferenceUnits=1)
    api.world.run_all()
    told = api.ok("DescribeModel", **ONE)["ModelDescription"]
    assert (told["Status"], told["MinInferenceUnits"], told["MaxInferenceUnits"]) == (
        "HOSTED",
        1,
        3,
    )
    assert api.refused("DeleteModel", "ConflictException", **ONE)
    assert api.ok("StopModel", **ONE) == {"Status": "STOPPING_HOSTING"}
    api.world.run_all()
    assert api.refused("StopModel", "ConflictException", **ONE)
    quota = api.do("StartModel", **ONE, MinInferenceUnits=6)
    assert quota.status == 402
    assert quota.json["QuotaCode"] == "inference-units-per-model"
    words = api.refused(
        "StartModel", "ValidationException", **ONE, MinInferenceUnits=2, MaxInferenceUnits=1
    )
    assert words == "MaxInferenceUnits 1 is less than MinInferenceUnits 2."


@pytest.mark.parametrize("content_type", ["image/png", "image/jpeg", "image/png; charset=binary"])
def test_a_hosted_model_detects(api: ControlApi, content_type: str) -> None:
    api.prepare(hosted=True)
    answer = api.ok("DetectAnomalies", **ONE, Body=PICTURE, ContentType=content_type)
    assert answer == {
        "DetectAnomalyResult": {
            "Source": {"Type": "direct"},
            "IsAnomalous": True,
            "Confidence": 0.9378743361326908,
        }
    }
    assert api.world.host.asked[0][1:] == (PICTURE, None)


def test_a_model_that_is_busy_up_to_its_ceiling_says_when_to_ask_again(api: ControlApi) -> None:
    api.prepare(hosted=True)
    api.world.host.error = BusyError("All of the model's inference units are busy; try again.")
    answer = api.do("DetectAnomalies", **ONE, Body=PICTURE, ContentType="image/png")
    assert (answer.status, answer.headers["x-amzn-errortype"]) == (429, "ThrottlingException")
    assert answer.headers["Retry-After"] == "1"
    assert "busy" in answer.json["Message"]


def test_a_segmentation_model_gives_areas_and_a_mask(api: ControlApi) -> None:
    api.prepare(hosted=True)
    kinds = [Anomaly("background", 0.998, "#FFFFFF"), Anomaly("scratch", 0.002, "#23A436")]
    api.world.host.answer = Found(True, 0.9, kinds, mask=b"\x89PNG")
    answer = api.ok("DetectAnomalies", **ONE, Body=PICTURE, ContentType="image/png")
    result = answer["DetectAnomalyResult"]
    assert result["AnomalyMask"] == "iVBORw=="
    assert result["Anomalies"][1] == {
        "Name": "scratch",
        "PixelAnomaly": {"TotalPercentageArea": 0.002, "Color": "#23A436"},
    }


def test_a_stopped_model_does_not_detect(api: ControlApi) -> None:
    api.prepare()
    words = api.refused(
        "DetectAnomalies", "ConflictException", **ONE, Body=PICTURE, ContentType="image/png"
    )
    assert words.endswith("has status TRAINED and cannot detect anomalies; start it first.")


@pytest.mark.parametrize(
    ("body", "content_type", "words"),
    [
        (b"", "image/png", "Body is empty"),
        (b"GIF89a", "image/png", "The image is not a readable PNG or JPEG."),
        (PICTURE, "image/bmp", "ContentType 'image/bmp' must be one of image/png, image/jpeg."),
        (png(65, 64), "image/png", "the model was trained on images of 64 x 64"),
        (png(63, 64), "image/png", "each side must have 64 to 4096"),
        (PICTURE + bytes(4_500_000), "image/png", "Put the image into S3 and send"),
    ],
)
def test_a_picture_that_cannot_be_inspected_is_refused(
    api: ControlApi, body: bytes, content_type: str, words: str
) -> None:
    api.prepare(hosted=True)
    message = api.refused(
        "DetectAnomalies", "ValidationException", **ONE, Body=body, ContentType=content_type
    )
    assert words in message
    assert not api.world.host.asked


def test_what_the_detector_refuses_is_the_callers_error(api: ControlApi) -> None:
    api.prepare(hosted=True)
    api.world.host.error = UnusableImageError("truncated", "The file is cut short.")
    message = api.refused(
        "DetectAnomalies", "ValidationException", **ONE, Body=PICTURE, ContentType="image/png"
    )
    assert message == "The image cannot be inspected: The file is cut short."


def test_a_large_picture_is_detected_where_it_lies(api: ControlApi) -> None:
    api.prepare(hosted=True)
    large = PICTURE + bytes(5_000_000)
    source = api.world.objects.put("s3://pictures/large.png", large)
    path = "/sightline/projects/castings/models/latest/detect"
    body = {"S3Object": {"Bucket": "pictures", "Key": "large.png"}}
    answer = api.call("POST", path, body)
    assert answer.status == 200, answer
    assert answer.json["DetectAnomalyResult"]["IsAnomalous"] is True
    assert api.world.host.asked[0][1:] == (large, source)
    for wrong, words in (
        ({"S3Object": {"Bucket": "pictures", "Key": "none"}}, "there is no object"),
        ({}, "S3Object.Bucket is required"),
        ({"S3Object": 7}, "S3Object must be an object"),
    ):
        refused = api.call("POST", path, wrong)
        assert (refused.status, refused.headers["x-amzn-errortype"]) == (400, "ValidationException")
        assert words in refused.json["Message"]


@pytest.mark.parametrize("split", [False, True])
def test_tags_come_and_go(api: ControlApi, split: bool) -> None:
    api.prepare()
    path = f"{V}/tags/" + (ARN if split else ARN.replace(":", "%3A").replace("/", "%2F"))
    tags = [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "größe 2"}]
    assert api.call("POST", path, {"Tags": tags}).json == {}
    assert api.call("GET", path).json == {"Tags": tags}
    assert api.call("DELETE", path + "?tagKeys=a&tagKeys=zzz").json == {}
    assert api.call("GET", path).json == {"Tags": tags[1:]}
    assert api.ok("UntagResource", ResourceArn=ARN, TagKeys=["b"]) == {}
    assert api.ok("ListTagsForResource", ResourceArn=ARN) == {"Tags": []}


def test_tags_of_what_is_not_there_are_refused(api: ControlApi) -> None:
    elsewhere = ARN.replace("eu-west-1", "us-east-1")
    for arn in (ARN, elsewhere):
        assert api.refused("ListTagsForResource", "ResourceNotFoundException", ResourceArn=arn)
    assert api.refused("ListTagsForResource", "ValidationException", ResourceArn="castings")
    assert api.refused("UntagResource", "ValidationException", ResourceArn=ARN) == (
        "TagKeys is required."
    )


def test_a_packaging_job_is_started_described_and_listed(api: ControlApi) -> None:
    api.prepare()
    asked = {**ONE, "Configuration": {"Greengrass": GREENGRASS}, "Description": "edge"}
    assert api.ok("StartModelPackagingJob", **asked, JobName="job-1") == {"JobName": "job-1"}
    assert api.refused("StartModelPackagingJob", "ConflictException", **asked, JobName="job-1")
    told = api.ok("DescribeModelPackagingJob", **CASTINGS, JobName="job-1")
    assert told["ModelPackagingDescription"]["Status"] == "CREATED"
    api.world.run_all()
    told = api.ok("DescribeModelPackagingJob", **CASTINGS, JobName="job-1")
    description_ = told["ModelPackagingDescription"]
    assert description_["Status"] == "SUCCEEDED"
    assert description_["ModelPackagingOutputDetails"]["Greengrass"] == {
        "ComponentVersionArn": (
            "arn:aws:greengrass:eu-west-1:123456789012:components:castings-detector:versions:1.0.0"
        ),
        "ComponentName": "castings-detector",
        "ComponentVersion": "1.0.0",
    }
    (listed,) = api.ok("ListModelPackagingJobs", **CASTINGS)["ModelPackagingJobs"]
    assert listed["JobName"] == "job-1"
    named = api.ok("StartModelPackagingJob", **asked)["JobName"]
    assert named.startswith("package-")
    assert api.refused(
        "DescribeModelPackagingJob", "ResourceNotFoundException", **CASTINGS, JobName="none"
    )
    both = {**GREENGRASS, "TargetDevice": "jetson_xavier"}
    assert "either TargetDevice or TargetPlatform" in api.refused(
        "StartModelPackagingJob",
        "ValidationException",
        **ONE,
        Configuration={"Greengrass": both},
    )


def test_lists_come_in_pages(api: ControlApi) -> None:
    names = sorted(f"p{n}" for n in range(5))
    for name in reversed(names):
        api.ok("CreateProject", ProjectName=name)
    seen: list[str] = []
    token: dict[str, str] = {}
    for _ in range(3):
        page = api.ok("ListProjects", MaxResults=2, **token)
        seen += [project["ProjectName"] for project in page["Projects"]]
        token = {"NextToken": page["NextToken"]} if "NextToken" in page else {}
    assert (seen, token) == (names, {})
    page = api.ok("ListProjects", MaxResults=2)
    message = api.refused(
        "ListDatasetEntries", "ValidationException", **TRAIN, NextToken=page["NextToken"]
    )
    assert "NextToken" in message


def test_a_token_makes_a_request_happen_once(api: ControlApi) -> None:
    token = {"ClientToken": "8f0f7e4e-1"}
    first = api.ok("CreateProject", **CASTINGS, **token)
    api.world.now += timedelta(hours=1)
    assert api.ok("CreateProject", **CASTINGS, **token) == first
    message = api.refused("CreateProject", "ConflictException", ProjectName="other", **token)
    assert "was used for another CreateProject request" in message
    api.ok("DeleteProject", **CASTINGS, **token)
    assert api.ok("DeleteProject", **CASTINGS, **token) == {
        "ProjectArn": first["ProjectMetadata"]["ProjectArn"]
    }


def test_members_that_nobody_knows_are_left_alone(api: ControlApi) -> None:
    body = {"ProjectName": "castings", "Colour": "red", "ClientToken": None}
    assert api.call("POST", f"{V}/projects", body).status == 200


def test_an_unknown_method_is_refused_in_the_protocols_form(api: ControlApi) -> None:
    answer = api.call_unsigned("PUT", f"{V}/projects")
    assert (answer.status, answer.headers["x-amzn-errortype"]) == (
        405,
        "UnknownOperationException",
    )
    assert answer.json.keys() == {"Message"}


def test_health_and_the_openapi_document_are_there(api: ControlApi) -> None:
    assert api.call("GET", "/sightline/health").json["status"] == "ok"
    document = api.call("GET", "/sightline/openapi.json").json
    named = {found["operationId"] for path in document["paths"].values() for found in path.values()}
    ours = {view.__name__ for *_, view in ROUTES} | {found.view.__name__ for found in FLOOR_ROUTES}
    assert named == {*description().operations, *ours}
    openapi_spec_validator.validate(document)


def test_the_openapi_document_in_docs_is_the_services_own() -> None:
    kept = (ROOT / "docs/openapi/control.json").read_text(encoding="utf-8")
    command = "python -m sightline.http.openapi services/control/app.py"
    assert kept == as_text(service.openapi()), f"write it anew: {command}"


def test_what_nobody_planned_says_nothing_of_how_it_is_made(api: ControlApi) -> None:
    api.prepare(hosted=True)
    api.world.host.error = RuntimeError("secret /path")
    answer = api.do("DetectAnomalies", **ONE, Body=PICTURE, ContentType="image/png")
    assert (answer.status, answer.headers["Retry-After"]) == (500, "1")
    assert b"secret" not in answer.body
