"""Replaying over the emulated AWS: both kinds of messages, the table, the function."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from sightline.adapters.aws.lake import SqsRejects
from sightline.adapters.aws.replay import DynamoItems, LambdaStreaming, SqsFailures
from sightline.adapters.lake_memory import MemoryFailures, MemoryItems
from sightline.domain import times
from sightline.domain.errors import UnavailableError
from sightline.local.streams.wire import Streams
from sightline.workflow.lake_ports import Failures, Item, Items, Rejected, SetAside
from tests.examples import NOON
from tests.integration.local.conftest import Aws
from tests.integration.local.test_streams import PARTIAL, Table, failing, streams
from tests.stream_examples import change, item

__all__ = ["streams"]
BAD = {**item(1), "captured_at": {"S": "yesterday"}}
FIRST = "press-1-top#part 1"


def kept(aws: Aws) -> SqsFailures:
    """The queue with one record that was set aside."""
    url, _ = aws.queue("failures")
    SqsRejects(url, aws.client("sqs")).keep(Rejected(change(1, BAD), "InvalidError: no", NOON))
    return SqsFailures(url, aws.client("sqs"))


@pytest.fixture(params=["memory", "aws"])
def waiting(request: pytest.FixtureRequest, aws: Aws) -> Failures:
    """A queue with one message."""
    if request.param == "memory":
        return MemoryFailures([SetAside("id", "receipt", "InvalidError: no", FIRST, BAD)])
    return kept(aws)


def test_a_record_that_was_set_aside_is_received_as_it_was(waiting: Failures) -> None:
    [message] = waiting.receive()
    assert (message.reason, message.image, message.item) == ("InvalidError: no", FIRST, BAD)
    assert message.span is None


def test_what_was_received_is_hidden_until_it_is_released(waiting: Failures) -> None:
    [message] = waiting.receive()
    assert waiting.receive() == []
    waiting.release(message)
    [again] = waiting.receive()
    assert again.id == message.id
    waiting.forget(again)
    assert waiting.receive() == []


def test_what_lambda_gave_up_is_known_by_when_it_came(aws: Aws, streams: Streams) -> None:
    url, arn = aws.queue("failures")
    destination = {"DestinationConfig": {"OnFailure": {"Destination": arn}}}
    table = Table(aws, failing("b"), MaximumRetryAttempts=1, **PARTIAL, **destination)
    before = times.now()
    table.put("b")
    assert streams.drain(10)
    [message] = SqsFailures(url, aws.client("sqs")).receive()
    assert message.span
    begin, end = message.span
    assert begin < before < times.now() < end
    assert end - begin < timedelta(minutes=10)
    assert message.reason.startswith("1 changes from ")
    assert "RetryAttemptsExhausted" in message.reason


@pytest.mark.parametrize("body", ["hello", "[]", '{"record": {}}', '{"DDBStreamBatchInfo": {}}'])
def test_a_message_of_somebody_else_names_nothing(body: str, aws: Aws) -> None:
    url, _ = aws.queue("failures")
    aws.client("sqs").send_message(QueueUrl=url, MessageBody=body)
    [message] = SqsFailures(url, aws.client("sqs")).receive()
    assert (message.image, message.item, message.span) == ("", None, None)


def at(number: int, **moments: float) -> Item:
    """An item with moments in minutes from noon."""
    written = {k: {"S": times.to_wire(NOON + timedelta(minutes=m))} for k, m in moments.items()}
    return {**item(number), **written}


STORED = [
    at(1, recorded_at=0),
    at(2, recorded_at=-30, reviewed_at=1),
    at(3, recorded_at=3),
    {"image": {"S": "reserved"}},
]


@pytest.fixture(params=["memory", "aws"])
def table(request: pytest.FixtureRequest, aws: Aws) -> Items:
    if request.param == "memory":
        return MemoryItems({one["image"]["S"]: one for one in STORED})
    client = aws.client("dynamodb")
    client.create_table(
        TableName="inspections",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "image", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "image", "AttributeType": "S"}],
    )
    for one in STORED:
        client.put_item(TableName="inspections", Item=one)
    return DynamoItems("inspections", client)


def test_items_are_found_by_key_and_by_when_they_changed(table: Items) -> None:
    assert table.item(FIRST) == STORED[0]
    assert table.item("nobody#1") is None
    changed = dict(table.changed(NOON, NOON + timedelta(minutes=2)))
    assert changed == {one["image"]["S"]: one for one in STORED[:2]}


def test_the_function_says_of_each_item_why_it_was_not_taken(aws: Aws) -> None:
    asked: list[Sequence[Item]] = []

    def run(event: Any) -> Any:
        asked.append(event["replay"])
        return {"refused": ["", "unreadable"]}

    aws.function("stream", run)
    function = LambdaStreaming("stream", aws.client("lambda"))
    assert function.hand_over([item(1), BAD]) == ["", "unreadable"]
    assert asked == [[item(1), BAD]]


@pytest.mark.parametrize("name", ["stream", "no-such-function"])
def test_a_function_that_fails_takes_nothing(name: str, aws: Aws) -> None:
    aws.function("stream", lambda event: event["broken"])
    with pytest.raises(UnavailableError):
        LambdaStreaming(name, aws.client("lambda")).hand_over([item(1)])
