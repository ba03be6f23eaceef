"""What does not reach the lake: people are told, it is kept, and it comes once it can."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from sightline.adapters.aws.lake import SqsRejects
from sightline.cli.outputs import write_local_outputs
from sightline.domain import times
from sightline.local.functions.runtime import FunctionSpec, InvokeResult, Outcome
from sightline.local.iam.credentials import ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY
from sightline.reporting.gather import ask
from sightline.workflow.lake_ports import Rejected
from tests.e2e.conftest import World
from tests.e2e.test_alarms import mail
from tests.e2e.test_commands import run
from tests.e2e.test_lake import rows_of, service
from tests.e2e.waiting import until

REASON = "KeyError: 'severity'"
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


class StreamFunction:
    """Stands in for the stream function while it fails, or cannot read any record."""

    def __init__(self) -> None:
        self.fails = False
        self.reads = True
        self.rejects: SqsRejects | None = None

    def __call__(self, spec: FunctionSpec, payload: bytes) -> InvokeResult | None:
        if spec.handler != "stream.handler":
            return None
        if self.fails:
            error = {"errorType": "RuntimeError", "errorMessage": "failed on purpose"}
            return InvokeResult(Outcome.ERROR, json.dumps(error).encode())
        return None if self.reads else self._set_aside(json.loads(payload))

    def _set_aside(self, event: Any) -> InvokeResult:
        for record in event.get("Records", []):
            assert self.rejects
            self.rejects.keep(Rejected(record, REASON, times.now()))
        answer = {"refused": [REASON for _ in event.get("replay", [])], "batchItemFailures": []}
        return InvokeResult(Outcome.OK, json.dumps(answer).encode())


@pytest.fixture(scope="module")
def function() -> StreamFunction:
    return StreamFunction()


@pytest.fixture(scope="module")
def world(function: StreamFunction, new_world: Callable[..., Iterator[World]]) -> Iterator[World]:
    yield from new_world(interceptor=function)


def upload(world: World, parts: Path, *names: str) -> list[str]:
    """Upload pictures and wait for their records; their keys."""
    pictures = sorted((parts / "test").rglob("*.jpg"))
    for name, picture in zip(names, pictures, strict=False):
        world.camera().upload(picture, name, datetime.now(UTC))
    return [world.recorded(f"press-1-top#{name}").image for name in names]


def threshold(world: World, alarm: str, value: float) -> None:
    """Give an alarm of the program another threshold."""
    cloudwatch = world.stack.client("cloudwatch")
    [found] = cloudwatch.describe_alarms(AlarmNamePrefix=alarm)["MetricAlarms"]
    given = (
        *("AlarmName", "AlarmDescription", "Namespace", "MetricName", "Dimensions", "Statistic"),
        *("Period", "EvaluationPeriods", "ComparisonOperator", "AlarmActions", "OKActions"),
    )
    cloudwatch.put_metric_alarm(**{name: found[name] for name in given}, Threshold=value)


def test_changes_that_wait_for_the_lake_alarm_a_person(
    world: World, function: StreamFunction, parts: Path, tmp_path: Path
) -> None:
    threshold(world, "stream-lag", 3_000)
    function.fails = True
    try:
        [image] = upload(world, parts, "late")
        told = partial(mail, world, 'ALARM: "stream-lag')
        assert "reach the lake late" in until(told, seconds=60, what="the alarm's mail").text
    finally:
        function.fails = False
    world.stack.write_lake(tmp_path)
    assert image in {row["image"] for row in rows_of(tmp_path)}


def test_what_was_kept_is_in_the_lake_once_the_function_can_read_it(
    world: World, function: StreamFunction, parts: Path, tmp_path: Path
) -> None:
    url, sqs = world.stack.outputs["streamFailuresQueueUrl"], world.stack.client("sqs")
    function.rejects = SqsRejects(url, sqs)
    file = tmp_path / "outputs.json"
    keys = {"AWS_ACCESS_KEY_ID": ACCESS_KEY_ID, "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY}
    here = {"AWS_ENDPOINT_URL": world.stack.endpoint, "AWS_DEFAULT_REGION": REGION, **keys}
    write_local_outputs(file, world.stack.outputs, here)
    command = ("replay", "--stack-outputs", str(file), "--json")

    begin = datetime.now(UTC)
    function.reads = False
    images = upload(world, parts, "first", "second", "third")
    world.stack.write_lake(tmp_path / "before")
    assert not set(images) & {row["image"] for row in rows_of(tmp_path / "before")}

    refused = run(*command)
    assert (refused.returncode, json.loads(refused.stdout)) == (1, {"done": 0, "stay": 3})
    for image in images:
        assert f"{image}: stays on the queue: {REASON}" in refused.stderr

    function.reads = True
    [message] = sqs.receive_message(QueueUrl=url)["Messages"]
    twice = json.loads(message["Body"])["record"]["dynamodb"]["Keys"]["image"]["S"]
    sqs.send_message(QueueUrl=url, MessageBody=message["Body"])
    sqs.change_message_visibility(
        QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
    )
    done = run(*command)
    assert (done.returncode, json.loads(done.stdout)) == (0, {"done": 4, "stay": 0})
    assert json.loads(run(*command).stdout) == {"done": 0, "stay": 0}

    world.stack.write_lake(tmp_path / "after")
    found = [row["image"] for row in rows_of(tmp_path / "after") if row["image"] in images]
    assert sorted(found) == sorted([*images, twice])
    to = datetime.now(UTC) + timedelta(minutes=1)
    asked = {"from": times.to_wire(begin), "to": times.to_wire(to)}
    [[totals]] = ask(service(world), [("totals", asked)])
    assert totals["images"] == 3
