"""A version's host is chosen through our own routes, while it does not run."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.api import Answer
from tests.control_api import ControlApi

ONE = "/sightline/projects/castings/models/1"
PLACE = {
    "ModelPackageArn": "arn:aws:sagemaker:eu-west-1:123456789012:model-package/defects/1",
    "InstanceType": "ml.c5.2xlarge",
}
FUNCTIONS = {"Host": {"ProjectName": "castings", "ModelVersion": "1", "Kind": "functions"}}


@pytest.fixture
def able(api: ControlApi) -> ControlApi:
    """A trained model where SageMaker endpoints are switched on."""
    api.world.deps = replace(api.world.deps, endpoint_prefix="sightline-test")
    api.prepare()
    return api


def refused(answer: Answer, status: int, code: str) -> str:
    assert (answer.status, answer.headers.get("x-amzn-errortype")) == (status, code), answer
    return str(answer.json["Message"])


def test_a_host_is_chosen_looked_at_and_given_up(able: ControlApi) -> None:
    assert able.call("GET", ONE + "/host").json == FUNCTIONS
    chosen = able.call("PUT", ONE + "/host", PLACE)
    assert chosen.status == 200, chosen
    host = chosen.json["Host"]
    assert host["Kind"] == "sagemaker"
    assert {name: host[name] for name in PLACE} == PLACE
    assert host["EndpointName"].startswith("sightline-test-castings-1-")
    assert able.call("GET", ONE + "/host").json == chosen.json
    assert able.call("DELETE", ONE + "/host").json == FUNCTIONS


def test_a_model_runs_where_it_was_put(able: ControlApi) -> None:
    able.call("PUT", ONE + "/host", PLACE)
    able.world.start(units=2)
    able.world.run_all()
    assert able.world.describe()["Status"] == "HOSTED"
    for method in ("PUT", "DELETE"):
        said = refused(able.call(method, ONE + "/host", PLACE), 409, "ConflictException")
        assert "stop it first" in said


def test_an_endpoint_is_never_on_demand(able: ControlApi) -> None:
    able.call("PUT", ONE + "/host", PLACE)
    answer = able.call("POST", ONE + "/start-on-demand")
    assert "cannot be started on demand" in refused(answer, 409, "ConflictException")


def test_an_endpoint_that_does_not_stand_is_not_tried(able: ControlApi) -> None:
    able.call("PUT", ONE + "/host", PLACE)
    body = {"ModelVersions": ["1"], "Images": {"Bucket": "pictures"}}
    answer = able.call("POST", "/sightline/projects/castings/trials", body)
    refused(answer, 409, "ConflictException")


def test_a_deleted_model_leaves_no_endpoint(able: ControlApi) -> None:
    world = able.world
    able.call("PUT", ONE + "/host", PLACE)
    world.hosting.running[world.describe()["ModelArn"]] = 1  # what a failed start has left
    world.delete_model()
    world.run_all()
    assert world.hosting.running == {}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"ModelPackageArn": None}, "ModelPackageArn is required"),
        ({"ModelPackageArn": "defects"}, "is not the ARN of a SageMaker model package"),
        ({"InstanceType": "huge"}, "is not one like ml.c5.2xlarge"),
    ],
)
def test_a_wrong_host_is_refused(able: ControlApi, changes: dict[str, Any], words: str) -> None:
    answer = able.call("PUT", ONE + "/host", {**PLACE, **changes})
    assert words in refused(answer, 400, "ValidationException")


def test_where_endpoints_are_switched_off_that_is_said(api: ControlApi) -> None:
    api.prepare()
    answer = api.call("PUT", ONE + "/host", PLACE)
    assert "sagemakerHost" in refused(answer, 400, "ValidationException")
