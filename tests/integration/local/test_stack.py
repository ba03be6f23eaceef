"""The whole system comes up from the real program, works, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import urllib3

from sightline.adapters.aws.cameras import DynamoCameraRegistry
from sightline.domain import cameras, times
from sightline.domain.errors import ConflictError
from sightline.local.stack import LocalStack

http = urllib3.PoolManager()


@pytest.fixture(scope="module")
def stack() -> Iterator[LocalStack]:
    with LocalStack() as stack:
        yield stack


@pytest.fixture(scope="module")
def token(stack: LocalStack) -> str:
    camera, token = cameras.register(
        "cam-1", line="line-1", facility="plant", project="none", at=times.now()
    )
    DynamoCameraRegistry(stack.outputs["camerasTable"], stack.client("dynamodb")).add(camera)
    return token


def test_it_is_provisioned_by_the_program(stack: LocalStack) -> None:
    machine = stack.client("stepfunctions").describe_state_machine(
        stateMachineArn=stack.outputs["inspectionStateMachineArn"]
    )
    rules = stack.client("events").list_rules()["Rules"]

    assert machine["type"] == "EXPRESS"
    patterns = [json.loads(rule["EventPattern"]) for rule in rules if "EventPattern" in rule]
    assert [pattern["source"] for pattern in patterns] == [["aws.s3"]]
    waking = {rule["ScheduleExpression"] for rule in rules if "ScheduleExpression" in rule}
    assert waking == {"rate(1 minute)", "rate(5 minutes)", "rate(1 hour)"}
    assert stack.outputs["siteUrl"] == stack.url


def test_an_uploaded_picture_ends_in_a_record(stack: LocalStack, token: str) -> None:
    picture = b"\xff\xd8 not really"
    asked = http.request(
        "POST",
        stack.api_url("ingest") + "/uploads",
        json={
            "image_id": "part 1",
            "content_type": "image/jpeg",
            "size": len(picture),
            "captured_at": times.to_wire(times.now()),
        },
        headers={"Authorization": f"Bearer {token}"},
    )
    assert asked.status < 300, asked.data
    place = asked.json()["uploads"][0]
    put = http.request("PUT", place["url"], body=picture, headers=place["headers"])
    forged = http.request("PUT", place["url"] + "0", body=picture, headers=place["headers"])

    assert (put.status, forged.status) == (200, 403)
    record = wait_for_record(stack)
    assert record["verdict"]["S"] == "not_inspected"


def wait_for_record(stack: LocalStack) -> dict[str, dict[str, str]]:
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        rows = stack.client("dynamodb").scan(TableName=stack.outputs["inspectionsTable"])["Items"]
        if recorded := [row for row in rows if "verdict" in row]:
            found: dict[str, dict[str, str]] = recorded[0]
            return found
        time.sleep(0.05)
    raise AssertionError("no record")


def test_logs_of_functions_are_in_their_log_groups(stack: LocalStack) -> None:
    found = stack.client("logs").filter_log_events(
        logGroupName="/aws/lambda/sightline-local-record"
    )

    assert any(event["message"].startswith("START RequestId") for event in found["events"])


def test_it_leaves_nothing_behind_and_can_come_up_again(stack: LocalStack) -> None:
    pids = stack.pool.pids()
    assert stack.drain(20)

    stack.close()

    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
    assert "MOTO_PORT" not in os.environ
    with pytest.raises(ConflictError):
        stack.client("s3")
    with stack.start():
        rows = stack.client("dynamodb").scan(TableName=stack.outputs["inspectionsTable"])
        assert rows["Items"] == []
