"""A model is encrypted with the key that its creator names, if that is one of those listed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.control_api import ControlApi

KEY = "arn:aws:kms:eu-west-1:123456789012:key/1a2b3c4d-0000-4000-8000-000000000001"
WANTED = {"ProjectName": "castings", "OutputConfig": {"S3Location": {"Bucket": "out"}}}
ONE = {"ProjectName": "castings", "ModelVersion": "1"}


@pytest.fixture
def keyed(api: ControlApi) -> ControlApi:
    """A project that can be trained where one key is listed."""
    api.world.deps = replace(api.world.deps, model_keys=[KEY])
    api.world.project()
    return api


@pytest.mark.parametrize("given", [KEY, KEY.rpartition("/")[2]])
def test_a_model_and_its_evaluation_are_encrypted_with_the_key(
    keyed: ControlApi, given: str
) -> None:
    world = keyed.world
    keyed.ok("CreateModel", **WANTED, KmsKeyId=given)
    world.run_all()
    model = keyed.ok("DescribeModel", **ONE)["ModelDescription"]
    assert (model["Status"], model["KmsKeyId"]) == ("TRAINED", KEY)
    assert world.files.keys == {"castings/1": KEY}
    for written in (model["EvaluationManifest"], model["EvaluationResult"]):
        assert world.objects.keys[f"s3://out/{written['Key']}"] == KEY


def test_without_a_key_the_buckets_say(keyed: ControlApi) -> None:
    keyed.ok("CreateModel", **WANTED)
    keyed.world.run_all()
    assert "KmsKeyId" not in keyed.ok("DescribeModel", **ONE)["ModelDescription"]
    assert keyed.world.files.keys == {"castings/1": None}


@pytest.mark.parametrize("given", ["alias/models", KEY[:-1] + "2", "1a2b3c4d"])
def test_no_other_key_is_taken_and_nothing_is_made(keyed: ControlApi, given: str) -> None:
    said = keyed.refused("CreateModel", "ValidationException", **WANTED, KmsKeyId=given)
    assert f"KmsKeyId {given!r}" in said
    assert "modelKeys" in said
    assert keyed.ok("ListModels", ProjectName="castings")["Models"] == []
