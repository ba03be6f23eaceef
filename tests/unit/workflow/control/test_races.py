"""Calls at the same moment: one wins, the others get the documented answer."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from sightline.adapters.control_memory import MemoryControlRegistry
from sightline.domain.lookout.calls import Call
from sightline.domain.lookout.errors import LookoutError
from sightline.domain.lookout.projects import Project
from sightline.domain.lookout.records import Record
from sightline.workflow.control import datasets, projects
from tests.control_world import TRAIN, ControlWorld, call

AT_ONCE = 6


class SlowRegistry(MemoryControlRegistry):
    """Lets everybody read before anybody writes."""

    def __init__(self) -> None:
        super().__init__()
        self.meet: threading.Barrier | None = None

    def get(self, kind: type[Any], scope: str, name: str) -> Any:
        found: Record | None = super().get(kind, scope, name)
        if self.meet is not None:
            with contextlib.suppress(threading.BrokenBarrierError):
                self.meet.wait(0.05)
        return found


@pytest.fixture
def world(tmp_path: Path) -> ControlWorld:
    return ControlWorld(tmp_path, registry=SlowRegistry())


def together(world: ControlWorld, act: Callable[[], Any]) -> list[Any]:
    """What each of several callers got: an answer, or a refusal's code."""

    def one(_: int) -> Any:
        try:
            return act()
        except LookoutError as error:
            return error.code

    assert isinstance(world.registry, SlowRegistry)
    world.registry.meet = threading.Barrier(AT_ONCE)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = list(pool.map(one, range(AT_ONCE)))
    world.registry.meet = None
    return found


def test_of_many_starts_one_starts(world: ControlWorld) -> None:
    world.project()
    world.model()
    world.run_all()
    found = together(world, world.start)
    assert found.count({"Status": "STARTING_HOSTING"}) == 1
    assert found.count("ConflictException") == AT_ONCE - 1
    world.run_all()
    assert world.describe()["Status"] == "HOSTED"


def test_many_retries_of_one_call_are_one_call(world: ControlWorld) -> None:
    given = Call("CreateProject", {"ProjectName": "castings"}, "t-1")
    found = together(
        world, lambda: projects.create_project("castings", call=given, deps=world.deps)
    )
    assert all(answer == found[0] for answer in found)
    assert isinstance(found[0], dict)


def test_a_project_is_not_deleted_while_it_gets_a_dataset(world: ControlWorld) -> None:
    projects.create_project("castings", call=call("CreateProject"), deps=world.deps)
    turn = iter([True, False] * AT_ONCE)

    def act() -> Any:
        if next(turn):
            given = call("DeleteProject")
            return projects.delete_project("castings", call=given, deps=world.deps)
        given = call("CreateDataset")
        return datasets.create_dataset("castings", TRAIN, None, call=given, deps=world.deps)

    found = together(world, act)
    answers = [answer for answer in found if isinstance(answer, dict)]
    assert len(answers) == 1
    left = world.registry.get(Project, "", "castings")
    assert (left is None) == ("ProjectArn" in answers[0])
    assert left is None or TRAIN in left.datasets
