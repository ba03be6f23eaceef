"""Inference units are instances kept ready: the sum over all running models, read each time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from sightline.adapters.aws.control_instances import POLLS, LambdaInstances
from sightline.adapters.control_hosting import ProvisionedHosting, RegistryHosting
from sightline.adapters.control_memory import MemoryControlRegistry
from sightline.adapters.memory import MemoryModelRegistry
from sightline.domain.errors import InvalidError, UnavailableError
from sightline.domain.lookout.models import ModelStatus
from sightline.domain.models import HostingStatus
from sightline.workflow.control.ports import Put
from tests.lookout_examples import model, project

NAME = {"FunctionName": "detect", "Qualifier": "live"}
GET = "get_provisioned_concurrency_config"
PUT = "put_provisioned_concurrency_config"
DELETE = "delete_provisioned_concurrency_config"


@dataclass
class Instances:
    """Counts; `meanwhile` happens during the first change."""

    kept: list[int] = field(default_factory=list)
    ceilings: list[int | None] = field(default_factory=list)
    meanwhile: Callable[[], None] | None = None

    def keep(self, count: int, at_most: int | None) -> None:
        self.kept.append(count)
        self.ceilings.append(at_most)
        happening, self.meanwhile = self.meanwhile, None
        if happening:
            happening()


STARTING = model(status=ModelStatus.STARTING_HOSTING, min_units=2)
OTHER = model(version="2", status=ModelStatus.HOSTED, min_units=3)


def world(*models: Any) -> tuple[MemoryControlRegistry, Instances, MemoryModelRegistry, Any]:
    registry, instances, serving = MemoryControlRegistry(), Instances(), MemoryModelRegistry()
    registry.commit(Put(project()), *(Put(found) for found in models))
    hosting = ProvisionedHosting(RegistryHosting(serving), registry, instances)
    return registry, instances, serving, hosting


def test_a_start_keeps_instances_for_all_and_then_serves() -> None:
    _, instances, serving, hosting = world(STARTING, OTHER)
    hosting.start(STARTING)
    assert instances.kept == [5]
    assert serving.items["castings"].version == "1"


def test_a_stop_serves_no_more_and_gives_its_own_back() -> None:
    _, instances, serving, hosting = world(STARTING, OTHER)
    hosting.start(STARTING)
    hosting.stop(STARTING)
    assert instances.kept == [5, 3]
    assert serving.items["castings"].status is HostingStatus.TRAINED


def test_stopping_an_older_version_leaves_the_newer_one_serving() -> None:
    _, _, serving, hosting = world(STARTING, OTHER)
    hosting.start(STARTING)
    hosting.start(OTHER)
    hosting.stop(STARTING)
    assert serving.items["castings"].version == "2"
    assert serving.items["castings"].status is HostingStatus.HOSTED


def test_what_others_start_meanwhile_is_counted() -> None:
    registry, instances, _, hosting = world(STARTING)
    instances.meanwhile = lambda: registry.commit(Put(OTHER))
    hosting.start(STARTING)
    assert instances.kept == [2, 5]


def test_the_ceiling_is_the_sum_of_all_maxima() -> None:
    first, second = replace(STARTING, max_units=4), replace(OTHER, max_units=3)
    _, instances, _, hosting = world(first, second)
    hosting.start(first)
    hosting.stop(first)
    hosting.stop(second)
    assert (instances.kept, instances.ceilings) == ([5, 3, 2], [7, 3, 4])


def test_one_running_model_without_a_maximum_takes_the_ceiling_away() -> None:
    _, instances, _, hosting = world(replace(STARTING, max_units=4), OTHER)
    hosting.start(STARTING)
    assert instances.ceilings == [None]


@contextmanager
def stubbed(*answers: tuple[str, Any, Any]) -> Iterator[tuple[LambdaInstances, list[float]]]:
    """Lambda that gives these answers to these calls, in this order."""
    client, slept = boto3.client("lambda"), list[float]()
    with Stubber(client) as stub:
        for method, sent, answer in answers:
            if isinstance(answer, str):
                stub.add_client_error(method, answer, expected_params=sent)
            else:
                stub.add_response(method, answer, sent)
        yield LambdaInstances("detect", "live", client, sleep=slept.append), slept
        stub.assert_no_pending_responses()


CEILING = "get_function_concurrency"
FUNCTION = {"FunctionName": "detect"}
UNBOUNDED = (CEILING, FUNCTION, {})


def ceiling(count: int) -> tuple[str, Any, Any]:
    return CEILING, FUNCTION, {"ReservedConcurrentExecutions": count}


def reserve(count: int, answer: Any = None) -> tuple[str, Any, Any]:
    asked = {**FUNCTION, "ReservedConcurrentExecutions": count}
    return "put_function_concurrency", asked, {} if answer is None else answer


NONE = (GET, NAME, "ProvisionedConcurrencyConfigNotFoundException")


def state(count: int, status: str, **more: str) -> tuple[str, Any, Any]:
    answer = {"RequestedProvisionedConcurrentExecutions": count, "Status": status, **more}
    return GET, NAME, answer


def put(count: int) -> tuple[str, Any, Any]:
    return PUT, {**NAME, "ProvisionedConcurrentExecutions": count}, {}


def test_instances_are_ready_when_keep_returns() -> None:
    with stubbed(UNBOUNDED, NONE, put(2), state(2, "IN_PROGRESS"), state(2, "READY")) as (
        instances,
        slept,
    ):
        instances.keep(2)
    assert len(slept) == 1


def test_what_is_kept_already_is_not_asked_for_again() -> None:
    with stubbed(UNBOUNDED, state(2, "READY"), state(2, "READY")) as (instances, _):
        instances.keep(2)
    with stubbed(UNBOUNDED, NONE) as (instances, _):
        instances.keep(0)


def test_the_last_instance_is_given_back() -> None:
    with stubbed(UNBOUNDED, state(2, "READY"), (DELETE, NAME, {})) as (instances, _):
        instances.keep(0)


def test_instances_that_cannot_be_had_say_why() -> None:
    failed = state(9, "FAILED", StatusReason="the account has none left")
    refused = pytest.raises(InvalidError, match="the account has none left")
    with stubbed(UNBOUNDED, NONE, put(9), failed) as (instances, _), refused:
        instances.keep(9)


def test_waiting_ends_well_before_the_function_does() -> None:
    refused = pytest.raises(UnavailableError, match="not ready yet")
    with (
        stubbed(UNBOUNDED, NONE, put(1), *[state(1, "IN_PROGRESS")] * POLLS) as (instances, _),
        refused,
    ):
        instances.keep(1)


def test_instances_are_there_before_their_number_is_bounded() -> None:
    with stubbed(UNBOUNDED, NONE, put(2), state(2, "READY"), reserve(4)) as (instances, _):
        instances.keep(2, 4)


def test_a_ceiling_is_lifted_before_more_instances_are_kept() -> None:
    kept = state(2, "READY")
    with stubbed(ceiling(2), reserve(6), kept, put(5), state(5, "READY")) as (instances, _):
        instances.keep(5, 6)
    gone = ("delete_function_concurrency", FUNCTION, {})
    with stubbed(ceiling(6), gone, state(5, "READY"), (DELETE, NAME, {})) as (instances, _):
        instances.keep(0)


def test_a_ceiling_that_stands_is_left_alone() -> None:
    with stubbed(ceiling(6), state(2, "READY"), state(2, "READY")) as (instances, _):
        instances.keep(2, 6)


def test_a_ceiling_that_the_account_cannot_give_says_why() -> None:
    refused = pytest.raises(InvalidError, match="9 instances cannot be reserved: ")
    failed = reserve(9, "InvalidParameterValueException")
    with (
        stubbed(UNBOUNDED, state(2, "READY"), state(2, "READY"), failed) as (instances, _),
        refused,
    ):
        instances.keep(2, 9)
