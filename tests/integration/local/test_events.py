"""From a PUT to a rule's target, against an emulated AWS."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from moto.sqs.models import SQSBackend

from sightline.local.events import wire as events
from sightline.local.events.delivery import Repeated
from sightline.local.events.wire import EventBridge
from sightline.local.seams import Seams
from sightline.local.states import state_machines

from .conftest import ACCOUNT, REGION, ROLE, Aws

BUCKET = "pictures"
CREATED = {"source": ["aws.s3"], "detail-type": ["Object Created"]}
UNRULY_KEYS = ["a b/c+d.jpg", "bläh/部品 1.png", "50%/x%20y.jpg", "q?=&#'(1).jpg"]


@pytest.fixture
def bridge(aws: Aws) -> Iterator[EventBridge]:
    make_bucket(aws)
    installed = events.install(workers=2)
    yield installed
    installed.close()


def make_bucket(aws: Aws, name: str = BUCKET, *, emits: bool = True) -> None:
    where = {"LocationConstraint": REGION}
    aws.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration=where)
    if emits:
        aws.client("s3").put_bucket_notification_configuration(
            Bucket=name, NotificationConfiguration={"EventBridgeConfiguration": {}}
        )


def open_queue(aws: Aws, name: str) -> tuple[str, str]:
    """A queue that EventBridge may send to."""
    url, arn = aws.queue(name)
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    aws.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    return url, arn


def rule(aws: Aws, target: dict[str, Any], *, name: str = "r", pattern: Any = None) -> None:
    client = aws.client("events")
    client.put_rule(Name=name, EventPattern=json.dumps(pattern or CREATED))
    client.put_targets(Rule=name, Targets=[{"Id": "1", **target}])


def put(aws: Aws, key: str, body: bytes = b"123", bucket: str = BUCKET, **options: Any) -> None:
    aws.client("s3").put_object(Bucket=bucket, Key=key, Body=body, **options)


def bodies(aws: Aws, url: str) -> list[Any]:
    return [json.loads(message["Body"]) for message in aws.received(url)]


def test_an_event_has_the_form_that_aws_gives_it(aws: Aws, bridge: EventBridge) -> None:
    url, arn = open_queue(aws, "all")
    rule(aws, {"Arn": arn})
    aws.client("s3").put_bucket_versioning(
        Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"}
    )
    put(aws, "a.jpg")
    put(aws, "a.jpg")
    assert bridge.drain(5)
    first, second = sorted(bodies(aws, url), key=lambda e: e["detail"]["object"]["sequencer"])
    found = first["detail"]["object"]
    assert first["id"] != second["id"]
    assert found["version-id"] != second["detail"]["object"]["version-id"]
    assert (found["size"], found["etag"]) == (3, "202cb962ac59075b964b07152d234b70")
    assert first["detail"]["reason"] == "PutObject"
    assert first["detail"]["bucket"] == {"name": BUCKET}
    assert (first["region"], first["account"]) == (REGION, ACCOUNT)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", first["time"])


def test_keys_arrive_as_they_are(aws: Aws, bridge: EventBridge) -> None:
    url, arn = open_queue(aws, "keys")
    rule(aws, {"Arn": arn, "InputPath": "$.detail.object.key"})
    for key in UNRULY_KEYS:
        put(aws, key)
    assert bridge.drain(5)
    assert sorted(bodies(aws, url)) == sorted(UNRULY_KEYS)


def test_a_put_is_one_event_and_a_deletion_another(aws: Aws, bridge: EventBridge) -> None:
    url, arn = open_queue(aws, "every")
    rule(aws, {"Arn": arn}, pattern={"source": ["aws.s3"]})
    s3 = aws.client("s3")
    put(aws, "a.jpg", Tagging="part=p1")
    s3.copy_object(Bucket=BUCKET, Key="b.jpg", CopySource={"Bucket": BUCKET, "Key": "a.jpg"})
    s3.delete_object(Bucket=BUCKET, Key="a.jpg")
    tags = {"TagSet": [{"Key": "part", "Value": "p2"}]}
    s3.put_object_tagging(Bucket=BUCKET, Key="b.jpg", Tagging=tags)
    assert bridge.drain(5)
    seen = sorted((e["detail-type"], e["detail"]["object"]["key"]) for e in bodies(aws, url))
    assert seen == [
        ("Object Created", "a.jpg"),
        ("Object Created", "b.jpg"),
        ("Object Deleted", "a.jpg"),
        ("Object Tags Added", "b.jpg"),
    ]


def test_only_enabled_rules_whose_pattern_matches_deliver(aws: Aws, bridge: EventBridge) -> None:
    url, arn = open_queue(aws, "some")
    make_bucket(aws, "silent", emits=False)
    prefix = {"detail": {"object": {"key": [{"prefix": "images/"}]}}}
    rule(aws, {"Arn": arn}, pattern=CREATED | prefix)
    rule(aws, {"Arn": arn}, name="off")
    aws.client("events").disable_rule(Name="off")
    put(aws, "images/yes.jpg")
    put(aws, "maps/no.png")
    put(aws, "images/no.jpg", bucket="silent")
    assert bridge.drain(5)
    assert [body["detail"]["object"]["key"] for body in bodies(aws, url)] == ["images/yes.jpg"]


def test_a_state_machine_and_a_function_are_started_by_a_put(aws: Aws, bridge: EventBridge) -> None:
    machines = state_machines.install(endpoint_url=aws.endpoint_url)
    function = aws.function("target", lambda event: event)
    invoke = "arn:aws:states:::lambda:invoke"
    call = {"FunctionName": function, "Payload": {"from": "machine", "event.$": "$"}}
    machine = aws.machine(
        "m", {"Call": {"Type": "Task", "Resource": invoke, "Parameters": call, "End": True}}
    )
    rule(aws, {"Arn": machine, "RoleArn": ROLE})
    rule(aws, {"Arn": function}, name="direct")
    put(aws, "ü.jpg")
    assert bridge.drain(5)
    assert machines.drain(5)
    machines.close()
    got = aws.functions.events("target")
    assert len(got) == 2
    for event in got:
        assert event.get("event", event)["detail"]["object"]["key"] == "ü.jpg"


def test_a_put_does_not_wait_for_its_targets(aws: Aws, bridge: EventBridge) -> None:
    go_on = threading.Event()
    rule(aws, {"Arn": aws.function("slow", lambda event: go_on.wait(5))})
    began = time.monotonic()
    for number in range(6):
        put(aws, f"{number}.jpg")
    assert time.monotonic() - began < 2
    assert bridge.unfinished == 6
    go_on.set()
    assert bridge.drain(5)
    assert bridge.counts["delivered"] == 6


def test_an_object_has_its_metadata_when_its_event_arrives(aws: Aws, bridge: EventBridge) -> None:
    seen: list[dict[str, str]] = []

    def look(event: Any) -> None:
        head = aws.client("s3").head_object(Bucket=BUCKET, Key=event["detail"]["object"]["key"])
        seen.append(head["Metadata"])

    rule(aws, {"Arn": aws.function("look", look)})
    for number in range(5):
        put(aws, f"{number}.jpg", Metadata={"part": "p1"})
    assert bridge.drain(5)
    assert seen == [{"part": "p1"}] * 5


def test_what_a_target_does_not_take_is_parked_with_its_event(
    aws: Aws, bridge: EventBridge
) -> None:
    url, arn = open_queue(aws, "dead")
    gone = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:gone"
    rule(aws, {"Arn": gone, "RoleArn": ROLE, "DeadLetterConfig": {"Arn": arn}})
    put(aws, "lost?.jpg")
    assert bridge.drain(5)
    (message,) = aws.received(url)
    assert json.loads(message["Body"])["detail"]["object"]["key"] == "lost?.jpg"
    attributes = {
        name: value["StringValue"] for name, value in message["MessageAttributes"].items()
    }
    assert attributes["TARGET_ARN"] == gone
    assert attributes["ERROR_CODE"] == "StateMachineDoesNotExist"
    assert bridge.counts["parked"] == 1


def test_a_target_that_fails_for_a_moment_gets_the_event_later(
    aws: Aws, bridge: EventBridge
) -> None:
    url, arn = open_queue(aws, "moody")
    rule(aws, {"Arn": arn, "RetryPolicy": {"MaximumRetryAttempts": 3}})
    failures = [OSError("not now"), OSError("not yet")]
    seams = Seams()

    def moody(*args: Any, **kwargs: Any) -> Any:
        if failures:
            raise failures.pop()
        return send(*args, **kwargs)

    send = seams.replace(SQSBackend, "send_message", moody)
    put(aws, "a.jpg")
    assert bridge.drain(5)
    seams.restore()
    assert len(aws.received(url)) == 1
    assert bridge.counts["retried"] == 2
    assert bridge.counts["delivered"] == 1


def test_a_role_that_may_not_start_the_state_machine_is_noticed(
    aws: Aws, bridge: EventBridge
) -> None:
    machine = aws.machine("m", {"Pass": {"Type": "Pass", "End": True}})
    url, arn = open_queue(aws, "dead")
    role = aws.role("wrong", allowed="states:StartExecution", to="arn:aws:states:::other")
    rule(aws, {"Arn": machine, "RoleArn": role, "DeadLetterConfig": {"Arn": arn}})
    put(aws, "a.jpg")
    assert bridge.drain(5)
    (message,) = aws.received(url)
    assert message["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "NotAllowedError"


def test_a_queue_that_does_not_let_eventbridge_in_gets_nothing(
    aws: Aws, bridge: EventBridge
) -> None:
    url, arn = aws.queue("closed")
    rule(aws, {"Arn": arn, "DeadLetterConfig": {"Arn": arn}})
    put(aws, "a.jpg")
    assert bridge.drain(5)
    assert aws.received(url) == []
    assert bridge.counts["dropped"] == 1


def test_put_events_reaches_targets_too(aws: Aws, bridge: EventBridge) -> None:
    url, arn = open_queue(aws, "own")
    rule(aws, {"Arn": arn}, pattern={"source": ["line"]})
    entry = {"Source": "line", "DetailType": "Stopped", "Detail": '{"line": "l1"}'}
    aws.client("events").put_events(Entries=[entry])
    assert bridge.drain(5)
    (event,) = bodies(aws, url)
    assert (event["detail"], event["detail-type"]) == ({"line": "l1"}, "Stopped")
    assert event["time"].endswith("Z")


def test_events_can_be_delivered_twice_and_out_of_order(aws: Aws) -> None:
    make_bucket(aws)
    bridge = events.install(workers=2, delivery=Repeated(within_seconds=0.3, seed=3))
    url, arn = open_queue(aws, "twice")
    rule(aws, {"Arn": arn, "InputPath": "$.detail.object.key"})
    keys = [f"{number}.jpg" for number in range(8)]
    for key in keys:
        put(aws, key)
    assert bridge.drain(5)
    bridge.close()
    got = bodies(aws, url)
    assert sorted(got) == sorted(keys * 2)
    assert got != sorted(got)
