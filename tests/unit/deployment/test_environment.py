from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from sightline.deployment.environment import chosen, deploy_environment, destroy_environment
from sightline.domain.errors import ConflictError, InvalidError


class Stack:
    """A Pulumi stack that remembers what happened, services included."""

    def __init__(self, *, protected: bool = False, is_new: bool = False) -> None:
        self.protected = protected
        self._outputs = {} if is_new else {"region": "eu-west-1"}
        self.happened: list[str] = []

    def outputs(self) -> Mapping[str, Any]:
        return self._outputs

    def up(self) -> None:
        self.happened.append("up")

    def preview_destroy(self) -> None:
        if self.protected:
            raise ConflictError("`pulumi destroy` failed")

    def destroy(self) -> None:
        self.happened.append("destroy")

    def services(self, outputs: Mapping[str, Any]) -> None:
        assert outputs == self._outputs
        self.happened.append("services")


def test_services_come_after_what_they_stand_on() -> None:
    stack = Stack()
    deploy_environment(stack, stack.services)
    assert stack.happened == ["up", "services"]


def test_services_go_before_what_they_stand_on() -> None:
    stack = Stack()
    assert destroy_environment(stack, stack.services, lambda: True)
    assert stack.happened == ["services", "destroy"]


def test_protected_data_stops_everything_before_anything_is_touched() -> None:
    stack = Stack(protected=True)
    with pytest.raises(ConflictError, match="Nothing was deleted") as refused:
        destroy_environment(stack, stack.services, lambda: True)
    assert "protectData" in str(refused.value)
    assert stack.happened == []


def test_a_person_who_says_no_loses_nothing() -> None:
    stack = Stack()
    assert not destroy_environment(stack, stack.services, lambda: False)
    assert stack.happened == []


def test_a_stack_that_was_never_deployed_has_no_services() -> None:
    stack = Stack(is_new=True)
    assert destroy_environment(stack, stack.services, lambda: True)
    assert stack.happened == ["destroy"]


def test_one_service_or_all_are_chosen() -> None:
    assert chosen("all", ["control", "ingest"]) == ["control", "ingest"]
    assert chosen("ingest", ["control", "ingest"]) == ["ingest"]
    with pytest.raises(InvalidError, match="control, ingest or all"):
        chosen("ingset", ["control", "ingest"])
