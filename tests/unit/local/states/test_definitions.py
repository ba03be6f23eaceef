"""What is refused in a state machine, and how often it is parsed."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from sightline.local.states.definitions import Programs, problems

WORKFLOWS = Path(__file__).parents[4] / "services" / "workflow"


def definition(states: dict[str, Any], start: str = "A") -> str:
    return json.dumps({"StartAt": start, "States": states})


@pytest.mark.parametrize(("name", "kind"), [("inspection", "EXPRESS"), ("digest", "STANDARD")])
def test_our_own_workflows_are_sound(name: str, kind: str) -> None:
    assert problems((WORKFLOWS / f"{name}.asl.json").read_text(), kind) == []


@pytest.mark.parametrize(
    ("states", "where"),
    [
        ({"B": {"Type": "Pass", "End": True}}, "/StartAt"),
        ({"A": {"Type": "Pass", "Next": "X"}}, "States/A/Next"),
        ({"A": {"Type": "Choice", "Choices": [{"Next": "X"}], "Default": "A"}}, "Choices[0]"),
        ({"A": {"Type": "Choice", "Choices": [], "Default": "X"}}, "States/A/Default"),
        ({"A": {"Type": "Task", "Catch": [{"Next": "A"}, {"Next": "X"}]}}, "Catch[1]"),
        ({"A": {"Type": "Map", "ItemProcessor": {"StartAt": "X", "States": {}}}}, "ItemProcessor"),
        ({"A": {"Type": "Parallel", "Branches": [{"StartAt": "X"}]}}, "Branches[0]"),
    ],
)
def test_a_transition_to_nowhere_is_found(states: dict[str, Any], where: str) -> None:
    (problem,) = problems(definition(states), "STANDARD")
    assert where in problem


@pytest.mark.parametrize("pattern", [".waitForTaskToken", ".sync", ".sync:2"])
def test_express_machines_cannot_wait_for_a_task(pattern: str) -> None:
    task = {"Type": "Task", "Resource": f"arn:aws:states:::sqs:sendMessage{pattern}", "End": True}
    text = definition(
        {"A": {"Type": "Parallel", "Branches": [json.loads(definition({"A": task}))]}}
    )
    assert problems(text, "STANDARD") == []
    assert len(problems(text, "EXPRESS")) == 1


def test_a_definition_is_parsed_once_by_however_many_threads() -> None:
    parsed: list[str] = []
    programs = Programs(lambda text: (parsed.append(text), object()), keep=2)
    threads = [threading.Thread(target=programs.get, args=("a",)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert parsed == ["a"]
    assert programs.get("a") is programs.get("a")


def test_only_the_last_used_definitions_are_kept() -> None:
    parsed: list[str] = []
    programs = Programs(lambda text: (parsed.append(text), object()), keep=2)
    for text in ("a", "b", "a", "c", "a", "b"):
        programs.get(text)
    assert parsed == ["a", "b", "c", "b"]
