"""Datasets are filled and changed whole, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from sightline.domain.lookout.errors import ResourceConflictError, ResourceNotFoundError
from sightline.domain.lookout.records import S3Object
from sightline.workflow.control import datasets, entries, projects
from tests.control_world import TRAIN, ControlWorld, call
from tests.lookout_examples import line


@pytest.fixture
def world(tmp_path: Path) -> ControlWorld:
    return ControlWorld(tmp_path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "has no images"),
        ("{", "Line 1 of the manifest cannot be used"),
        (line("a.png") + "\n" + line("b.png", bucket="other"), "must be in one bucket"),
        ("\xff\xfe".encode("utf-16"), "is not UTF-8"),
        (None, "does not exist"),
    ],
)
def test_a_manifest_that_cannot_be_used_fails_the_dataset(
    world: ControlWorld, text: str | bytes | None, words: str
) -> None:
    projects.create_project("castings", call=call("CreateProject"), deps=world.deps)
    source = S3Object("pictures", "bad.manifest")
    if text is not None:
        world.objects.put(str(source), text)
    given = call("CreateDataset")
    datasets.create_dataset("castings", TRAIN, source, call=given, deps=world.deps)
    world.run_all()
    told = world.dataset()
    assert told["Status"] == "CREATE_FAILED"
    assert words in told["StatusMessage"]
    assert not world.entries.sets
    world.delete_dataset()
    world.run_all()
    with pytest.raises(ResourceNotFoundError):
        world.dataset()


def test_a_version_that_is_not_there_is_named(world: ControlWorld) -> None:
    projects.create_project("castings", call=call("CreateProject"), deps=world.deps)
    source = S3Object("pictures", "train.manifest", "1")
    given = call("CreateDataset")
    datasets.create_dataset("castings", TRAIN, source, call=given, deps=world.deps)
    world.run_all()
    said = "The manifest s3://pictures/train.manifest does not exist in version '1'."
    assert world.dataset()["StatusMessage"] == said


def update(world: ControlWorld, *lines: str) -> str:
    answer = entries.update_dataset_entries(
        "castings",
        TRAIN,
        "\n".join(lines).encode(),
        call=call("UpdateDatasetEntries"),
        deps=world.deps,
    )
    return str(answer["Status"])


def test_entries_are_added_and_replaced(world: ControlWorld) -> None:
    world.project()
    assert update(world, line("new.png"), line("normal/0.png", "anomaly")) == "UPDATE_IN_PROGRESS"
    with pytest.raises(ResourceConflictError):
        update(world, line("later.png"))
    world.run_all()
    told = world.dataset()
    assert told["Status"] == "UPDATE_COMPLETE"
    assert told["ImageStats"] == {"Total": 31, "Labeled": 31, "Normal": 20, "Anomaly": 11}
    assert len(world.entries.sets) == 1


def test_an_update_that_fails_changes_nothing(world: ControlWorld) -> None:
    world.project()
    update(world, line("new.png", bucket="elsewhere"))
    world.run_all()
    told = world.dataset()
    assert told["Status"] == "UPDATE_FAILED_ROLLBACK_COMPLETE"
    assert "must be in one bucket" in told["StatusMessage"]
    assert told["ImageStats"]["Total"] == 30
    assert update(world, line("new.png")) == "UPDATE_IN_PROGRESS"
