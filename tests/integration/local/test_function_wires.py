"""What moto lacks of Lambda: events that nobody waits for, and instances that are kept ready."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sightline.adapters.aws.control_instances import LambdaInstances
from sightline.local.clients import Clients
from sightline.local.events import wire as events
from sightline.local.events.schedules import Schedules
from sightline.local.functions import concurrency
from sightline.local.functions.provisioned import ProvisionedConcurrency
from sightline.local.functions.queue import FunctionQueue
from sightline.local.server import Server

from .conftest import ROLE, Aws, policy


@pytest.fixture
def queue(aws: Aws) -> Iterator[FunctionQueue]:
    assert aws
    installed = FunctionQueue(workers=2, retry_seconds=0.01)
    yield installed
    installed.close()


def send(aws: Aws, name: str, event: Any) -> int:
    answer = aws.client("lambda").invoke(
        FunctionName=name, InvocationType="Event", Payload=json.dumps(event).encode()
    )
    return int(answer["StatusCode"])


def test_nobody_waits_for_an_event(aws: Aws, queue: FunctionQueue) -> None:
    go_on = threading.Event()
    aws.function("slow", lambda event: go_on.wait(10) and event)
    begun = time.monotonic()
    assert send(aws, "slow", {"job": 1}) == 202
    assert time.monotonic() - begun < 5
    assert not queue.drain(0.05)
    go_on.set()
    assert queue.drain(10)
    assert aws.functions.events("slow") == [{"job": 1}]


def test_others_still_get_their_answer(aws: Aws, queue: FunctionQueue) -> None:
    aws.function("echo", lambda event: {"seen": event})
    answer = aws.client("lambda").invoke(FunctionName="echo", Payload=b'{"a": 1}')
    assert json.loads(answer["Payload"].read()) == {"seen": {"a": 1}}
    assert queue.unfinished == 0


@pytest.mark.parametrize(("retries", "runs"), [(None, 3), (0, 1), (1, 2)])
def test_failures_are_repeated_and_told_of(
    aws: Aws, queue: FunctionQueue, retries: int | None, runs: int
) -> None:
    url, arn = aws.queue("failures")
    aws.function("broken", lambda event: {}[event["job"]])
    config: dict[str, Any] = {"DestinationConfig": {"OnFailure": {"Destination": arn}}}
    if retries is not None:
        config["MaximumRetryAttempts"] = retries
    aws.client("lambda").put_function_event_invoke_config(FunctionName="broken", **config)
    send(aws, "broken", {"job": "7"})
    assert queue.drain(10)
    assert len(aws.functions.events("broken")) == runs
    (message,) = aws.received(url)
    told = json.loads(message["Body"])
    assert told["requestPayload"] == {"job": "7"}
    assert told["requestContext"]["approximateInvokeCount"] == runs
    assert told["responsePayload"]["errorType"] == "KeyError"


def test_no_more_run_at_once_than_is_reserved(aws: Aws) -> None:
    inside, go_on = threading.Event(), threading.Event()

    def slow(_event: Any) -> str:
        inside.set()
        go_on.wait(10)
        return "done"

    aws.function("slow", slow)
    client = aws.client("lambda")
    client.put_function_concurrency(FunctionName="slow", ReservedConcurrentExecutions=1)
    answers: list[Any] = []

    def invoke() -> Any:
        return client.invoke(FunctionName="slow")["Payload"].read()

    installed = concurrency.install()
    try:
        first = threading.Thread(target=lambda: answers.append(invoke()))
        first.start()
        assert inside.wait(10)
        with pytest.raises(client.exceptions.TooManyRequestsException):
            client.invoke(FunctionName="slow")
        go_on.set()
        first.join(10)
        assert [*answers, invoke()] == [b'"done"', b'"done"']
        client.put_function_concurrency(FunctionName="slow", ReservedConcurrentExecutions=0)
        with pytest.raises(client.exceptions.TooManyRequestsException):
            client.invoke(FunctionName="slow")
        client.delete_function_concurrency(FunctionName="slow")
        assert invoke() == b'"done"'
    finally:
        go_on.set()
        installed.restore()


def test_a_scheduled_rule_calls_its_function(aws: Aws) -> None:
    arn = aws.function("wake", lambda event: event)
    aws.client("events").put_rule(Name="every-minute", ScheduleExpression="rate(1 minute)")
    aws.client("events").put_targets(Rule="every-minute", Targets=[{"Id": "1", "Arn": arn}])
    bridge = events.install(workers=1)
    try:
        schedules = Schedules(bridge.fire)
        for now in (0, 30, 60):
            schedules.tick(now)
        assert bridge.drain(10)
    finally:
        bridge.close()
    (event,) = aws.functions.events("wake")
    assert event["detail-type"] == "Scheduled Event"


def test_instances_are_kept_and_given_back() -> None:
    warmed: list[str] = []
    keeping = lambda app: ProvisionedConcurrency(app, lambda f: warmed.append(str(f.version)))  # noqa: E731
    with Server(filters=[keeping]) as server:
        clients = Clients(server.endpoint)
        trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": "*"}
        clients.get("iam").create_role(RoleName="any", AssumeRolePolicyDocument=policy(trust))
        client = clients.get("lambda")
        client.create_function(
            FunctionName="detect",
            Runtime="python3.11",
            Role=ROLE,
            Handler="a.b",
            Code={"ZipFile": b"none"},
            Publish=True,
        )
        client.create_alias(FunctionName="detect", Name="live", FunctionVersion="1")
        instances = LambdaInstances("detect", "live", client)
        at = {"FunctionName": "detect", "Qualifier": "live"}
        for count in (0, 2, 2, 3):
            instances.keep(count)
        found = client.get_provisioned_concurrency_config(**at)
        assert (found["AllocatedProvisionedConcurrentExecutions"], found["Status"]) == (3, "READY")
        assert warmed == ["1", "1"]
        instances.keep(0)
        with pytest.raises(ClientError, match="ProvisionedConcurrencyConfigNotFound"):
            client.get_provisioned_concurrency_config(**at)
        with pytest.raises(ClientError, match="ResourceNotFound"):
            client.get_provisioned_concurrency_config(FunctionName="no", Qualifier="live")
