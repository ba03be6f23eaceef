"""Several things at once, repeated, or cut off: the documented answer, and nothing left to mend."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sightline.domain.lookout.jobs import Job
from tests.control_api import ControlApi
from tests.unit.workflow.control.test_crashes import KilledError

CASTINGS = {"ProjectName": "castings"}
ONE = {**CASTINGS, "ModelVersion": "1"}
TRAIN = {**CASTINGS, "DatasetType": "train"}
OUTPUT = {"S3Location": {"Bucket": "out", "Prefix": "models/"}}
START = {**ONE, "MinInferenceUnits": 1}


def status(api: ControlApi) -> str:
    return str(api.ok("DescribeModel", **ONE)["ModelDescription"]["Status"])


def nothing_waits(api: ControlApi) -> bool:
    return not any(kind is Job for kind, *_ in api.world.registry.records)


def test_of_two_starts_one_starts(api: ControlApi) -> None:
    api.prepare()
    assert api.ok("StartModel", **START) == {"Status": "STARTING_HOSTING"}
    said = api.refused("StartModel", "ConflictException", **{**START, "MinInferenceUnits": 3})
    assert "has status STARTING_HOSTING" in said
    api.world.run_all()
    assert status(api) == "HOSTED"
    assert list(api.world.hosting.running.values()) == [1]
    assert "has status HOSTED" in api.refused("StartModel", "ConflictException", **START)
    assert nothing_waits(api)


def test_a_start_during_a_stop_and_a_stop_during_a_start_are_conflicts(api: ControlApi) -> None:
    api.prepare(hosted=True)
    assert api.ok("StopModel", **ONE) == {"Status": "STOPPING_HOSTING"}
    assert "STOPPING_HOSTING" in api.refused("StartModel", "ConflictException", **START)
    assert "STOPPING_HOSTING" in api.refused("StopModel", "ConflictException", **ONE)
    api.world.run_all()
    assert (status(api), api.world.hosting.running) == ("TRAINED", {})
    api.ok("StartModel", **START)
    assert "STARTING_HOSTING" in api.refused("StopModel", "ConflictException", **ONE)
    api.world.run_all()
    assert status(api) == "HOSTED"
    assert nothing_waits(api)


def test_a_model_in_use_is_not_deleted(api: ControlApi) -> None:
    api.world.project()
    api.ok("CreateModel", **CASTINGS, OutputConfig=OUTPUT)
    for step in (None, "StartModel", "StopModel"):
        if step:
            api.ok(step, **(START if step == "StartModel" else ONE))
        said = api.refused("DeleteModel", "ConflictException", **ONE)
        assert "cannot be deleted" in said
        api.world.run_all()
        if step == "StartModel":
            assert "HOSTED" in api.refused("DeleteModel", "ConflictException", **ONE)
    assert status(api) == "TRAINED"
    api.ok("DeleteModel", **ONE)
    api.world.run_all()
    assert api.ok("ListModels", **CASTINGS)["Models"] == []
    assert not api.world.files.stored
    assert nothing_waits(api)


def test_a_training_that_is_killed_halfway_is_finished_by_the_next_runner(api: ControlApi) -> None:
    world = api.world
    world.project()
    api.ok("CreateModel", **CASTINGS, OutputConfig=OUTPUT)

    def kill(_folder: Path) -> None:
        raise KilledError

    world.trainer.before = kill
    with pytest.raises(KilledError):
        world.run_all()
    assert status(api) == "TRAINING"
    assert "cannot be deleted" in api.refused("DeleteModel", "ConflictException", **ONE)
    world.trainer.before = lambda _folder: None
    world.sweep()
    assert status(api) == "TRAINED"
    assert [m["ModelVersion"] for m in api.ok("ListModels", **CASTINGS)["Models"]] == ["1"]
    assert nothing_waits(api)


@pytest.mark.parametrize(
    ("operation", "members", "others"),
    [
        ("CreateProject", {"ProjectName": "boards"}, {"ProjectName": "boards-2"}),
        (
            "CreateModel",
            {**CASTINGS, "OutputConfig": OUTPUT},
            {**CASTINGS, "OutputConfig": OUTPUT, "Description": "another"},
        ),
        ("StartModel", START, {**START, "MinInferenceUnits": 2}),
        ("DeleteModel", ONE, {**ONE, "ModelVersion": "2"}),
        ("DeleteDataset", TRAIN, {**TRAIN, "DatasetType": "test"}),
    ],
)
def test_a_token_stands_for_one_request(
    api: ControlApi, operation: str, members: dict[str, Any], others: dict[str, Any]
) -> None:
    api.prepare()
    token = {"ClientToken": "8f0f7e4e-1"}
    first = api.ok(operation, **members, **token)
    api.world.run_all()
    assert api.ok(operation, **members, **token) == first
    said = api.refused(operation, "ConflictException", **others, **token)
    assert f"was used for another {operation} request" in said
    api.world.run_all()
    models = api.ok("ListModels", **CASTINGS)["Models"]
    assert len(models) == {"CreateModel": 2, "DeleteModel": 0}.get(operation, 1)
    assert nothing_waits(api)


def test_a_manifest_in_a_bucket_that_is_closed_to_us_fails_at_once(api: ControlApi) -> None:
    api.world.objects.closed.add("theirs")
    api.ok("CreateProject", **CASTINGS)
    place = {"GroundTruthManifest": {"S3Object": {"Bucket": "theirs", "Key": "a.manifest"}}}
    api.ok("CreateDataset", **TRAIN, DatasetSource=place)
    api.world.run_all()
    told = api.ok("DescribeDataset", **TRAIN)["DatasetDescription"]
    assert told["Status"] == "CREATE_FAILED"
    assert "bucket theirs is denied" in told["StatusMessage"]
    assert nothing_waits(api)


def test_an_evaluation_that_may_not_be_written_fails_the_training_once(api: ControlApi) -> None:
    api.world.project()
    api.world.objects.closed.add("out")
    api.ok("CreateModel", **CASTINGS, OutputConfig=OUTPUT)
    api.world.run_all()
    told = api.ok("DescribeModel", **ONE)["ModelDescription"]
    assert told["Status"] == "TRAINING_FAILED"
    assert "bucket out is denied" in told["StatusMessage"]
    assert api.world.trainer.trainings == 1
    assert nothing_waits(api)


def test_a_picture_that_may_not_be_read_is_refused_as_access_denied(api: ControlApi) -> None:
    api.prepare(hosted=True)
    api.world.objects.closed.add("theirs")
    body = {"S3Object": {"Bucket": "theirs", "Key": "a.png"}}
    answer = api.call("POST", "/sightline/projects/castings/models/1/detect", body)
    assert (answer.status, answer.headers["x-amzn-errortype"]) == (403, "AccessDeniedException")
