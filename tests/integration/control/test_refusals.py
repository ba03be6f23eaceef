"""Wrong members and bodies are refused by name, and nothing half-made remains."""

from __future__ import annotations

from typing import Any

import pytest

from tests.control_api import ControlApi, V

CASTINGS = {"ProjectName": "castings"}
ONE = {**CASTINGS, "ModelVersion": "1"}
TRAIN = {**CASTINGS, "DatasetType": "train"}
OUTPUT = {"S3Location": {"Bucket": "out", "Prefix": "models/"}}


@pytest.mark.parametrize(
    ("operation", "members", "words"),
    [
        ("CreateProject", {}, "ProjectName is required."),
        ("CreateProject", {"ProjectName": ""}, "ProjectName must have at least 1 characters, not"),
        ("CreateProject", {"ProjectName": "a b"}, "ProjectName 'a b' must match ^[a-zA-Z0-9]"),
        ("CreateProject", {"ProjectName": "a\n"}, "ProjectName 'a\\n' must match"),
        ("CreateProject", {"ProjectName": 7}, "ProjectName must be a string."),
        ("CreateProject", {"ProjectName": "x" * 256}, "ProjectName must have at most 255"),
        ("CreateProject", {"ProjectName": "a", "ClientToken": "a_b"}, "ClientToken 'a_b' must"),
        ("ListProjects", {"MaxResults": 0}, "MaxResults 0 must be at least 1."),
        ("ListProjects", {"MaxResults": 101}, "MaxResults 101 must be at most 100."),
        ("ListProjects", {"MaxResults": "ten"}, "maxResults 'ten' must be a whole number."),
        ("ListProjects", {"NextToken": "none"}, "NextToken is not one that this service gave."),
        ("DescribeDataset", {**CASTINGS, "DatasetType": "all"}, "must be one of train, test."),
        ("ListDatasetEntries", {**TRAIN, "Labeled": "maybe"}, "Labeled must be true or false."),
        ("ListDatasetEntries", {**TRAIN, "BeforeCreationDate": "now"}, "is not an ISO 8601 time."),
        ("UpdateDatasetEntries", {**TRAIN, "Changes": b"{"}, "Line 1 of the manifest cannot be"),
        ("UpdateDatasetEntries", {**TRAIN, "Changes": b"\xff"}, "Changes is not UTF-8 text."),
        ("UpdateDatasetEntries", {**TRAIN, "Changes": b"\n"}, "Changes holds no JSON line."),
        ("UpdateDatasetEntries", {**TRAIN, "Changes": "%"}, "Changes must be base64 text."),
        ("CreateDataset", {**TRAIN, "DatasetSource": {}}, "S3Object is required."),
        ("CreateModel", CASTINGS, "OutputConfig is required."),
        ("CreateModel", {**CASTINGS, "OutputConfig": {}}, "OutputConfig.S3Location is required."),
        (
            "CreateModel",
            {**CASTINGS, "OutputConfig": OUTPUT, "Description": "two words"},
            "Description 'two words' must match",
        ),
        (
            "CreateModel",
            {**CASTINGS, "OutputConfig": OUTPUT, "Tags": [{"Key": "a"}]},
            "Tags[0].Value is required.",
        ),
        ("StartModel", ONE, "MinInferenceUnits is required."),
        ("StartModel", {**ONE, "MinInferenceUnits": 0}, "MinInferenceUnits 0 must be at least 1."),
        ("StartModel", {**ONE, "MinInferenceUnits": 1.5}, "MinInferenceUnits must be a whole"),
        ("DescribeModel", {**CASTINGS, "ModelVersion": "01"}, "ModelVersion '01' must match"),
    ],
)
def test_a_wrong_member_is_refused_by_name(
    api: ControlApi, operation: str, members: dict[str, Any], words: str
) -> None:
    assert words in api.refused(operation, "ValidationException", **members)
    assert not api.world.registry.records
    assert not api.world.entries.sets


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff\xfe", b'"x"', b"[" * 100_000])
def test_a_body_that_is_no_object_is_refused(api: ControlApi, body: bytes) -> None:
    answer = api.call("POST", f"{V}/projects", body)
    assert (answer.status, answer.headers["x-amzn-errortype"]) == (400, "ValidationException")
    assert answer.json["Message"].startswith("The body")
