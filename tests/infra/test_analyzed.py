"""Resources as the engine tells of them: what is not known yet is never judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from infra.policies.resource import Resource, as_list
from infra.policy_pack.analyzed import NotKnownYetError, Provider, Stack

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


@dataclass
class Told:
    """A resource as the SDK hands it over."""

    resource_type: str
    props: Mapping[str, Any]
    urn: str = "urn:one"
    name: str = "images"
    provider: Provider | None = None


def analyzed(inputs: Mapping[str, Any], outputs: Mapping[str, Any] | None = None) -> Resource:
    stack = Stack()
    stack.declared(Told("aws:s3/bucket:Bucket", inputs))
    (resource,) = stack.resources([Told("aws:s3/bucket:Bucket", outputs or inputs)])
    return resource


def test_inputs_are_those_that_were_declared_and_outputs_those_that_became_of_them() -> None:
    resource = analyzed({"acl": "private"}, {"acl": "private", "id": "b", "arn": "arn:aws:s3:::b"})
    assert (resource.type, resource.name, resource.custom) == ("s3.Bucket", "images", True)
    assert resource.inputs == {"acl": "private"}
    assert (resource.id, resource.arn) == ("b", "arn:aws:s3:::b")


def test_what_pulumi_notes_for_itself_is_left_out() -> None:
    assert analyzed({"__defaults": ["x"], "rule": {"__defaults": [], "a": 1}}).inputs == {
        "rule": {"a": 1}
    }


def test_components_are_told_from_resources() -> None:
    (component,) = Stack().resources([Told("sightline:lake:Lake", {})])
    assert (component.type, component.custom) == ("sightline:lake:Lake", False)


@pytest.mark.parametrize(
    "judge",
    [
        lambda inputs: inputs["hidden"],
        lambda inputs: inputs.get("hidden"),
        lambda inputs: list(inputs.values()),
        lambda inputs: dict(inputs.items()),
        lambda inputs: inputs["deep"]["hidden"],
        lambda inputs: inputs["many"][0],
        lambda inputs: list(inputs["many"]),
        lambda inputs: "x" in inputs["many"],
        lambda inputs: inputs["many"] == ["x"],
        lambda inputs: inputs["many"] != ["x"],
        lambda inputs: set(as_list(inputs["many"])),
    ],
)
def test_the_unknown_cannot_be_looked_at(judge: Callable[[Any], Any]) -> None:
    hidden = {"hidden": UNKNOWN, "deep": {"hidden": UNKNOWN}, "many": [UNKNOWN], "known": [1]}
    inputs = analyzed(hidden).inputs
    with pytest.raises(NotKnownYetError):
        judge(inputs)
    assert inputs["known"] == [1]
    assert "many" in inputs


def test_an_unknown_id_is_in_no_set_and_equals_nothing() -> None:
    resource = analyzed({}, {"id": UNKNOWN, "arn": UNKNOWN})
    for judge in (
        lambda: resource.id in {"a", "b"},
        lambda: resource.id == "a",
        lambda: resource.id != "a",
        lambda: resource.arn,
    ):
        with pytest.raises(NotKnownYetError):
            judge()
