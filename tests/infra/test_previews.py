"""A first preview, in which nothing that AWS gives is known: no id, no ARN, no name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pulumi
import pytest

from infra.policies.resource import Resource
from infra.settings import StackSettings
from infra.stack import build
from tests.infra.conftest import EVERYTHING, settings_of
from tests.infra.recorder import Blind, Recording, record

STACKS = [("dev", {}), ("prod", {}), ("prod", EVERYTHING)]
IDS = ["dev", "prod", "prod-with-everything"]


def unknowns(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Where a value that Pulumi does not know is hidden in an input."""
    if isinstance(value, pulumi.output.Unknown):
        yield path
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from unknowns(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from unknowns(item, (*path, str(index)))


def at(value: Any, path: tuple[str, ...]) -> Any:
    """What is at such a path."""
    for key in path:
        value = value[int(key)] if isinstance(value, list) else value[key]
    return value


@pytest.mark.parametrize(("stack", "changed"), STACKS, ids=IDS)
def test_the_program_relies_on_no_output_that_aws_does_not_give(
    stack: str, changed: dict[str, Any], run: Callable[..., Recording]
) -> None:
    preview = run(settings_of(stack, **changed), preview=True)
    assert [(str(r), *u) for r in preview.resources for u in unknowns(r.inputs)] == []


@pytest.fixture(params=STACKS, ids=IDS)
def known_and_blind(
    request: pytest.FixtureRequest, run: Callable[..., Recording], artifacts: Path
) -> tuple[Recording, Recording]:
    """The same program, run with all that AWS gives, and as a first preview."""
    stack, changed = request.param
    settings: StackSettings = settings_of(stack, **changed)
    blind = record(lambda: build(settings, artifacts), stack=stack, preview=True, recorder=Blind())
    return run(settings), blind


def named(recording: Recording) -> dict[str, Resource]:
    found = {str(resource): resource for resource in recording.resources}
    assert len(found) == len(recording.resources)
    return found


def test_a_first_preview_shows_all_that_will_be_made(
    known_and_blind: tuple[Recording, Recording],
) -> None:
    known, blind = map(named, known_and_blind)
    assert blind.keys() == known.keys()


def test_a_first_preview_hides_nothing_but_what_aws_gives(
    known_and_blind: tuple[Recording, Recording],
) -> None:
    known, blind = map(named, known_and_blind)
    given = set(made_by_aws(known_and_blind[0]))
    hidden = {
        (name, *path): at(known[name].inputs, path)
        for name, resource in blind.items()
        for path in unknowns(resource.inputs)
    }
    assert hidden
    needlessly = {
        path: value
        for path, value in hidden.items()
        if not any(part in str(value) for part in given)
    }
    assert needlessly == {}


def made_by_aws(recording: Recording) -> Iterator[str]:
    """All ids, and all outputs that are no inputs."""
    for resource in recording.resources:
        if resource.custom:
            yield resource.id
            for key, value in resource.outputs.items():
                if key not in resource.inputs:
                    yield str(value)
