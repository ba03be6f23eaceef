"""A model at an endpoint: up when started, gone when stopped, mended after a death halfway."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sightline.adapters.control_hosting import RegistryHosting
from sightline.adapters.control_memory import MemoryDetectHost, MemoryEndpoints, MemoryHosting
from sightline.adapters.endpoint_hosting import (
    POLLS,
    DetectHostByHost,
    EndpointHosting,
    HostingByHost,
)
from sightline.adapters.memory import MemoryModelRegistry
from sightline.domain.errors import InvalidError, UnavailableError
from sightline.domain.lookout.errors import ValidationError
from sightline.domain.lookout.hosts import NAME_MAX, EndpointHost
from sightline.domain.models import HostingStatus
from tests.lookout_examples import model

PACKAGE = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/defects/1"
HOST = EndpointHost.of(
    "castings", "1", package=PACKAGE, instance="ml.c5.2xlarge", prefix="sightline-prod"
)
HOSTED = model(host=HOST, min_units=2)


def world(**changes: Any) -> tuple[EndpointHosting, MemoryEndpoints, MemoryModelRegistry]:
    endpoints, models = MemoryEndpoints(**changes), MemoryModelRegistry()
    hosting = EndpointHosting(RegistryHosting(models), endpoints, sleep=lambda _: None)
    return hosting, endpoints, models


def instances(endpoints: MemoryEndpoints) -> list[int]:
    return [state.instances for state in endpoints.states.values()]


def test_a_started_model_serves_when_its_endpoint_is_in_service() -> None:
    hosting, endpoints, models = world(slow=3)
    hosting.start(HOSTED)
    assert instances(endpoints) == [2]
    record = models.items["castings"]
    assert (record.status, record.endpoint) == (HostingStatus.HOSTED, HOST.endpoint)


def test_a_stopped_model_leaves_nothing() -> None:
    hosting, endpoints, models = world(slow=3)
    hosting.start(HOSTED)
    hosting.stop(HOSTED)
    assert (endpoints.states, endpoints.parts) == ({}, set())
    assert models.items["castings"].status is HostingStatus.TRAINED
    hosting.stop(HOSTED)


def test_starting_twice_makes_one_endpoint() -> None:
    hosting, endpoints, _ = world()
    hosting.start(HOSTED)
    before = dict(endpoints.states)
    hosting.start(HOSTED)
    assert endpoints.states == before


def test_an_endpoint_that_fails_says_why_and_is_not_left_behind() -> None:
    hosting, endpoints, models = world(broken="no capacity")
    with pytest.raises(InvalidError, match="no capacity"):
        hosting.start(HOSTED)
    assert models.items == {}
    hosting.stop(HOSTED)
    assert (endpoints.states, endpoints.parts) == ({}, set())


def test_a_failed_endpoint_of_an_earlier_start_is_replaced() -> None:
    hosting, endpoints, _ = world(broken="no capacity")
    endpoints.create(HOST, 2)
    endpoints.broken = ""
    hosting.start(HOSTED)
    assert instances(endpoints) == [2]


def test_an_endpoint_of_another_size_is_replaced() -> None:
    hosting, endpoints, _ = world(slow=1)
    hosting.start(HOSTED)
    hosting.start(replace(HOSTED, min_units=3))
    assert instances(endpoints) == [3]


def test_what_takes_too_long_is_left_to_the_next_run() -> None:
    hosting, endpoints, _ = world(slow=POLLS + 5)
    with pytest.raises(UnavailableError, match="not in service yet"):
        hosting.start(HOSTED)
    hosting.start(HOSTED)
    assert instances(endpoints) == [2]


def test_each_model_goes_to_the_host_that_was_chosen_for_it() -> None:
    functions, endpoints = MemoryHosting(), MemoryHosting()
    hosting = HostingByHost(functions, endpoints)
    hosting.start(HOSTED)
    hosting.start(model(version="2"))
    assert list(endpoints.running) == [HOSTED.arn]
    assert len(functions.running) == 1
    ours, theirs = MemoryDetectHost(), MemoryDetectHost()
    DetectHostByHost(ours, theirs).detect(HOSTED, b"picture", None)
    assert (len(ours.asked), len(theirs.asked)) == (0, 1)
    with pytest.raises(InvalidError, match="sagemakerHost"):
        HostingByHost(functions, None).start(HOSTED)


@pytest.mark.parametrize("project", ["a", "x" * 255, "a__b--c", "Größe"])
def test_an_endpoints_name_is_one_that_sagemaker_takes(project: str) -> None:
    host = EndpointHost.of(
        project, "1", package=PACKAGE, instance="ml.c5.2xlarge", prefix="sightline-prod"
    )
    assert len(host.endpoint) <= NAME_MAX
    assert all(part.isascii() and part.isalnum() for part in host.endpoint.split("-"))


def test_another_package_or_instance_is_another_endpoint() -> None:
    made = {"package": PACKAGE, "instance": "ml.c5.2xlarge", "prefix": "p"}
    names = {
        EndpointHost.of("castings", "1", **{**made, **changes}).endpoint
        for changes in ({}, {"package": PACKAGE + "2"}, {"instance": "ml.g4dn.xlarge"})
    }
    assert len(names) == 3


@pytest.mark.parametrize("changes", [{"package": "defects"}, {"instance": "c5.2xlarge"}])
def test_what_is_no_package_and_no_instance_is_refused(changes: dict[str, str]) -> None:
    made = {"package": PACKAGE, "instance": "ml.c5.2xlarge", "prefix": "p", **changes}
    with pytest.raises(ValidationError, match="is not"):
        EndpointHost.of("castings", "1", **made)
