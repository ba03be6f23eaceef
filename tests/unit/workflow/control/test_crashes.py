"""Runners are killed at every step; whoever comes next finishes what they began."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sightline.adapters.control_memory import MemoryControlRegistry
from sightline.domain.lookout.jobs import Job
from sightline.domain.lookout.packaging import Component, Target
from sightline.domain.lookout.records import S3Location
from sightline.workflow.control import entries, packaging, trials
from sightline.workflow.control.packaging import PackagingRequest
from sightline.workflow.control.ports import Change
from tests.control_world import TRAIN, ControlWorld, call
from tests.lookout_examples import line


class KilledError(BaseException):
    """The process is gone: no handler runs that a real kill would not run either."""


class FragileRegistry(MemoryControlRegistry):
    """Kills its user at one commit, before or after it takes effect."""

    def __init__(self) -> None:
        super().__init__()
        self.kill_at, self.after = -1, False

    def commit(self, *changes: Change) -> None:
        self.kill_at -= 1
        if self.kill_at == 0 and not self.after:
            raise KilledError
        super().commit(*changes)
        if self.kill_at == 0:
            raise KilledError


def _trained(world: ControlWorld) -> None:
    world.project()
    world.model()
    world.run_all()


def _hosted(world: ControlWorld) -> None:
    _trained(world)
    world.start()
    world.run_all()


def _update(world: ControlWorld) -> None:
    changes = (line("normal/0.png", "anomaly") + "\n" + line("new.png")).encode()
    given = call("UpdateDatasetEntries")
    entries.update_dataset_entries("castings", TRAIN, changes, call=given, deps=world.deps)


def _remove(world: ControlWorld) -> None:
    given = call("RemoveDatasetEntries")
    gone = ["s3://pictures/normal/0.png"]
    entries.remove_dataset_entries("castings", TRAIN, gone, call=given, deps=world.deps)


def _try(world: ControlWorld) -> None:
    images = S3Location("pictures", "anomaly/")
    trials.start_trial("castings", ["1"], images, call=call("StartTrial"), deps=world.deps)


def _package(world: ControlWorld) -> None:
    component = Component("part", "", S3Location("out"), Target(device="jetson_xavier"))
    packaging.start_model_packaging_job(
        "castings",
        PackagingRequest("1", component, name="package-1"),
        call=call("StartModelPackagingJob"),
        deps=world.deps,
    )


def _packaged(world: ControlWorld) -> None:
    _trained(world)
    _package(world)
    world.run_all()


WORK: dict[str, tuple[Callable[[ControlWorld], object], Callable[[ControlWorld], object]]] = {
    "update": (ControlWorld.project, _update),
    "remove entries": (ControlWorld.project, _remove),
    "trial": (_trained, _try),
    "delete dataset": (_trained, ControlWorld.delete_dataset),
    "train": (ControlWorld.project, ControlWorld.model),
    "start": (_trained, ControlWorld.start),
    "stop": (_hosted, ControlWorld.stop),
    "package": (_trained, _package),
    "delete model": (_packaged, ControlWorld.delete_model),
}


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("work", WORK)
def test_a_killed_runner_leaves_what_the_next_one_finishes(
    tmp_path: Path, work: str, after: bool
) -> None:
    prepare, begin = WORK[work]
    for kill_at in itertools.count(1):
        world = ControlWorld(tmp_path, registry=FragileRegistry())
        prepare(world)
        begin(world)
        assert isinstance(world.registry, FragileRegistry)
        world.registry.kill_at, world.registry.after = kill_at, after
        killed = False
        while world.starter.waiting:
            try:
                world.run_all()
            except KilledError:
                killed = True
        world.registry.kill_at = -1
        world.sweep()
        assert not [key for key in world.registry.records if key[0] is Job]
        smooth = ControlWorld(tmp_path)
        prepare(smooth)
        smooth.now = world.now
        begin(smooth)
        smooth.run_all()
        assert _outline(world) == _outline(smooth)
        if not killed:
            assert kill_at > 2
            return


def _outline(world: ControlWorld) -> Any:
    """What callers and bills see, times apart."""
    seen = {}
    for (kind, *identity), record in world.registry.records.items():
        members = {
            name: str(getattr(record, name, None))
            for name in ("status", "message", "models", "last_version", "artifact", "min_units")
        }
        for dataset in getattr(record, "datasets", {}).values():
            members[f"dataset {dataset.type}"] = (
                f"{dataset.status} {dataset.stats} {dataset.message}"
            )
        seen[kind.__name__, *identity] = members
    return seen, sorted(world.entries.sets), world.files.stored, world.hosting.running


@pytest.mark.parametrize("work", WORK)
def test_what_is_always_cut_off_is_given_up_in_the_open(tmp_path: Path, work: str) -> None:
    prepare, begin = WORK[work]
    world = ControlWorld(tmp_path, registry=FragileRegistry())
    prepare(world)
    begin(world)
    assert isinstance(world.registry, FragileRegistry)
    for _ in range(3):
        world.registry.kill_at, world.registry.after = 1, True  # right after the claim
        with pytest.raises(KilledError):
            world.sweep()
    world.registry.kill_at = -1
    world.sweep()
    assert not [key for key in world.registry.records if key[0] is Job]
    assert "The work was cut off 3 times." in str(_outline(world))
