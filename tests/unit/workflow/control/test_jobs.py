"""Jobs: failures, double deliveries and races end as the protocol says."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from sightline.adapters.control_memory import MemoryControlRegistry
from sightline.domain.errors import InvalidError, UnavailableError
from sightline.domain.lookout.calls import Call
from sightline.domain.lookout.errors import (
    LookoutError,
    QuotaExceededError,
    ResourceConflictError,
    ResourceNotFoundError,
    ThrottlingError,
    ValidationError,
)
from sightline.domain.lookout.jobs import Job
from sightline.workflow.control import datasets, jobs, models, projects
from sightline.workflow.control.ports import Change, ChangedError
from tests.control_world import TEST, TRAIN, ControlWorld, call


@pytest.fixture
def world(tmp_path: Path) -> ControlWorld:
    return ControlWorld(tmp_path)


def trained(world: ControlWorld) -> ControlWorld:
    world.project()
    world.model()
    world.run_all()
    return world


def test_a_model_is_trained_measured_hosted_and_stopped(world: ControlWorld) -> None:
    trained(world)
    told = world.describe()
    assert told["Status"] == "TRAINED"
    assert told["Performance"] == {"F1Score": 0.95, "Recall": 1.0, "Precision": 0.9}
    assert told["EvaluationResult"] == {
        "Bucket": "out",
        "Key": "models/EvaluationResult-castings-1.json",
    }
    assert world.start(units=2) == {"Status": "STARTING_HOSTING"}
    world.run_all()
    assert world.describe()["Status"] == "HOSTED"
    assert list(world.hosting.running.values()) == [2]
    assert world.stop() == {"Status": "STOPPING_HOSTING"}
    world.run_all()
    assert world.describe()["Status"] == "TRAINED"
    assert not world.hosting.running


def test_the_evaluation_is_written_in_the_documented_form(world: ControlWorld) -> None:
    trained(world)
    written = world.objects.objects
    lines = written["s3://out/models/EvaluationManifest-castings-1.json"].decode().splitlines()
    first = json.loads(lines[0])
    assert len(lines) == 30
    assert first["anomaly-label-detected"] == 0
    assert first["anomaly-label-metadata"]["class-name"] == "anomaly"
    detected = first["anomaly-label-detected-metadata"]
    assert detected["class-name"] == "normal"
    assert detected["model-arn"].endswith("model/castings/1")
    assert detected["human-annotated"] == "no"
    result = json.loads(written["s3://out/models/EvaluationResult-castings-1.json"])
    assert result["EvaluationDetails"]["NumberOfTrainingImages"] == 30
    assert result["AggregatedEvaluationResults"]["Metrics"]["F1Score"] == 0.95


def test_train_and_test_datasets_are_used_as_given(world: ControlWorld) -> None:
    world.project()
    source = world.put_manifest(10, 10, prefix="test/")
    datasets.create_dataset("castings", TEST, source, call=call("CreateDataset"), deps=world.deps)
    world.run_all()
    seen: list[str] = []
    world.trainer.before = lambda folder: seen.extend(
        str(path.relative_to(folder).parent) for path in folder.rglob("*.png")
    )
    world.model()
    world.run_all()
    counts = {folder: seen.count(folder) for folder in set(seen)}
    assert counts == {
        "train/normal": 20,
        "train/anomaly": 10,
        "test/normal": 10,
        "test/anomaly": 10,
    }
    assert world.describe()["Status"] == "TRAINED"


def test_a_job_that_is_delivered_twice_runs_once(world: ControlWorld) -> None:
    world.project()
    world.model()
    (job_id,) = world.starter.waiting
    assert world.run(job_id)
    assert not world.run(job_id)
    assert world.trainer.trainings == 1


def test_a_job_that_runs_is_left_alone(world: ControlWorld) -> None:
    world.project()
    world.model()
    (job_id,) = world.starter.waiting
    meanwhile: list[object] = []

    def deliver_again(_: Path) -> None:
        meanwhile.append(world.run(job_id))
        meanwhile.append(jobs.sweep(world.work_deps))

    world.trainer.before = deliver_again
    world.run_all()
    assert meanwhile == [False, []]


def test_a_passing_failure_is_tried_again(world: ControlWorld) -> None:
    world.project()
    world.model()
    failures = [UnavailableError("throttled"), UnavailableError("throttled")]

    def fail(_: Path) -> None:
        if failures:
            raise failures.pop()

    world.trainer.before = fail
    for _ in range(2):
        with pytest.raises(UnavailableError):
            world.run_all()
        assert world.describe()["Status"] == "TRAINING"
        jobs.sweep(world.work_deps)
    world.run_all()
    assert world.describe()["Status"] == "TRAINED"


@pytest.mark.parametrize(
    ("error", "attempts", "words"),
    [
        (InvalidError("too few normal pictures"), 1, "too few normal pictures"),
        (UnavailableError("throttled"), 3, "throttled"),
        (RuntimeError("secret path /x"), 3, "An internal error occurred (job job-"),
    ],
)
def test_a_final_failure_is_a_status_with_its_reason(
    world: ControlWorld, error: Exception, attempts: int, words: str
) -> None:
    world.project()
    world.model()

    def fail(_: Path) -> None:
        raise error

    world.trainer.before = fail
    for _ in range(attempts):
        try:
            world.run_all()
        except (UnavailableError, RuntimeError):
            jobs.sweep(world.work_deps)
    told = world.describe()
    assert told["Status"] == "TRAINING_FAILED"
    assert words in told["StatusMessage"]
    assert "secret" not in told["StatusMessage"]
    world.delete_model()
    world.run_all()
    with pytest.raises(ResourceNotFoundError):
        world.describe()


def test_a_start_that_fails_can_be_stopped_started_or_deleted(world: ControlWorld) -> None:
    trained(world)
    world.hosting.error = InvalidError("no capacity")
    world.start()
    world.run_all()
    told = world.describe()
    assert (told["Status"], told["StatusMessage"]) == ("HOSTING_FAILED", "no capacity")
    world.hosting.error = None
    world.stop()
    world.run_all()
    assert world.describe()["Status"] == "TRAINED"


def test_two_starts_at_once_are_one_start_and_one_conflict(world: ControlWorld) -> None:
    trained(world)
    world.start()
    with pytest.raises(ResourceConflictError, match="STARTING_HOSTING"):
        world.start()
    with pytest.raises(ResourceConflictError, match="STARTING_HOSTING"):
        world.stop()
    world.run_all()
    world.stop()
    with pytest.raises(ResourceConflictError, match="STOPPING_HOSTING"):
        world.start()
    world.run_all()


def test_a_running_model_and_one_in_training_cannot_be_deleted(world: ControlWorld) -> None:
    world.project()
    world.model()
    with pytest.raises(ResourceConflictError, match="TRAINING"):
        world.delete_model()
    world.run_all()
    world.start()
    world.run_all()
    with pytest.raises(ResourceConflictError, match="HOSTED"):
        world.delete_model()


def test_a_token_makes_a_call_happen_once(world: ControlWorld) -> None:
    trained(world)
    first = world.start(token="t-1")
    world.run_all()
    assert world.start(token="t-1") == first
    assert world.describe()["Status"] == "HOSTED"
    with pytest.raises(ResourceConflictError, match="was used for another StartModel"):
        world.start(units=2, token="t-1")


def test_a_token_is_forgotten_after_8_hours(world: ControlWorld) -> None:
    given = Call("CreateProject", {"ProjectName": "a"}, "t-1")
    projects.create_project("a", call=given, deps=world.deps)
    projects.create_project("a", call=given, deps=world.deps)
    world.now = world.now.replace(hour=20)
    with pytest.raises(ResourceConflictError, match="already exists"):
        projects.create_project("a", call=given, deps=world.deps)


def test_a_start_that_could_not_be_asked_for_is_asked_for_later(world: ControlWorld) -> None:
    trained(world)

    class Deaf:
        def start(self, job_id: str) -> None:
            raise UnavailableError("throttled")

    world.deps = replace(world.deps, jobs=Deaf())
    world.start()
    world.sweep()
    assert world.describe()["Status"] == "HOSTED"


def test_models_keep_what_they_were_trained_on(world: ControlWorld) -> None:
    trained(world)
    kept = set(world.entries.sets)
    world.delete_dataset()
    world.run_all()
    assert set(world.entries.sets) == kept
    world.delete_model()
    world.run_all()
    assert not world.entries.sets
    projects.delete_project("castings", call=call("DeleteProject"), deps=world.deps)
    assert not [record for record in world.registry.records if record[0] is not Job]


def test_what_is_too_little_is_refused_before_anything_is_made(world: ControlWorld) -> None:
    projects.create_project("castings", call=call("CreateProject"), deps=world.deps)
    with pytest.raises(ResourceConflictError, match="does not exist"):
        world.model()
    source = world.put_manifest(19, 10)
    given = call("CreateDataset")
    datasets.create_dataset("castings", TRAIN, source, call=given, deps=world.deps)
    with pytest.raises(ResourceConflictError, match="CREATE_IN_PROGRESS"):
        world.model()
    world.run_all()
    with pytest.raises(ValidationError, match="19 normal and 10 anomalous"):
        world.model()
    answer = models.list_models("castings", max_results=None, next_token=None, deps=world.deps)
    assert answer == {"Models": []}


def test_pictures_that_cannot_be_trained_on_fail_early(world: ControlWorld) -> None:
    world.project()
    world.objects.objects["s3://pictures/normal/3.png"] = b"GIF89a"
    world.model()
    world.run_all()
    told = world.describe()
    assert told["Status"] == "TRAINING_FAILED"
    assert "s3://pictures/normal/3.png is not a readable PNG or JPEG" in told["StatusMessage"]
    assert world.trainer.trainings == 0


def test_two_models_train_at_once_and_no_third(world: ControlWorld) -> None:
    world.project()
    assert [world.model(), world.model()] == ["1", "2"]
    with pytest.raises(QuotaExceededError):
        world.model()
    world.run_all()
    assert world.model() == "3"


def test_versions_are_never_given_twice(world: ControlWorld) -> None:
    trained(world)
    world.delete_model()
    world.run_all()
    assert world.model() == "2"


def test_what_always_changes_is_throttled(tmp_path: Path) -> None:
    class Busy(MemoryControlRegistry):
        def commit(self, *changes: Change) -> None:
            raise ChangedError("busy")

    world = ControlWorld(tmp_path, registry=Busy())
    with pytest.raises(ThrottlingError) as caught:
        projects.create_project("castings", call=call("CreateProject"), deps=world.deps)
    assert isinstance(caught.value, LookoutError)
