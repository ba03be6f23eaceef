"""Event source mappings: what a table's stream brings to a function, and what becomes of it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sightline.local.cloudwatch.measurements import Measurements, metric
from sightline.local.streams.wire import Streams

from .conftest import Aws

WITH_VERDICT = {"dynamodb": {"NewImage": {"verdict": {"S": [{"exists": True}]}}}}


class Table:
    """A table with a stream, and the function that reads it."""

    def __init__(self, aws: Aws, handler: Callable[[Any], Any], **mapping: Any) -> None:
        self._aws = aws
        self.taken: list[list[str]] = []
        created = aws.client("dynamodb").create_table(
            TableName="inspections",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "image", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "image", "AttributeType": "S"}],
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        )

        def run(event: Any) -> Any:
            self.taken.append([r["dynamodb"]["Keys"]["image"]["S"] for r in event["Records"]])
            return handler(event["Records"])

        aws.client("lambda").create_event_source_mapping(
            EventSourceArn=created["TableDescription"]["LatestStreamArn"],
            FunctionName=aws.function("stream", run),
            StartingPosition="TRIM_HORIZON",
            **mapping,
        )

    def put(self, image: str, **values: str) -> None:
        item = {name: {"S": value} for name, value in {"image": image, **values}.items()}
        self._aws.client("dynamodb").put_item(TableName="inspections", Item=item)


@pytest.fixture
def streams(aws: Aws) -> Iterator[Streams]:
    assert aws
    installed = Streams(pause_seconds=0.01)
    yield installed
    installed.close()


def failing(*images: str) -> Callable[[Any], Any]:
    """A function that names the records of these images as failed."""

    def run(records: Any) -> Any:
        failed = [r["dynamodb"] for r in records if r["dynamodb"]["Keys"]["image"]["S"] in images]
        return {"batchItemFailures": [{"itemIdentifier": f["SequenceNumber"]} for f in failed]}

    return run


PARTIAL = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}


def failures(aws: Aws) -> tuple[str, dict[str, Any]]:
    url, arn = aws.queue("failures")
    return url, {"DestinationConfig": {"OnFailure": {"Destination": arn}}}


def test_writing_waits_for_nobody(aws: Aws, streams: Streams) -> None:
    go_on = threading.Event()
    table = Table(aws, lambda _: go_on.wait(10))
    begun = time.monotonic()
    table.put("a")
    assert time.monotonic() - begun < 5
    assert not streams.drain(0.05)
    go_on.set()
    assert streams.drain(10)


def test_records_come_in_order_with_both_images_and_a_number_of_their_own(
    aws: Aws, streams: Streams
) -> None:
    seen: list[Any] = []
    table = Table(aws, seen.extend)
    table.put("a", verdict="normal")
    table.put("a", verdict="anomalous")
    aws.client("dynamodb").delete_item(TableName="inspections", Key={"image": {"S": "a"}})
    assert streams.drain(10)
    assert [record["eventName"] for record in seen] == ["INSERT", "MODIFY", "REMOVE"]
    assert seen[1]["dynamodb"]["OldImage"]["verdict"] == {"S": "normal"}
    assert seen[1]["dynamodb"]["NewImage"]["verdict"] == {"S": "anomalous"}
    numbers = [int(record["dynamodb"]["SequenceNumber"]) for record in seen]
    assert numbers == sorted(set(numbers))
    assert seen[0]["awsRegion"] == "eu-west-1"
    assert isinstance(seen[0]["dynamodb"]["ApproximateCreationDateTime"], int)


def test_the_filter_keeps_others_away(aws: Aws, streams: Streams) -> None:
    filters = {"FilterCriteria": {"Filters": [{"Pattern": json.dumps(WITH_VERDICT)}]}}
    table = Table(aws, lambda _: None, **filters)
    table.put("reserved")
    table.put("inspected", verdict="normal")
    assert streams.drain(10)
    assert table.taken == [["inspected"]]


def test_a_window_gathers_and_a_full_batch_does_not_wait(aws: Aws, streams: Streams) -> None:
    table = Table(aws, lambda _: None, BatchSize=3, MaximumBatchingWindowInSeconds=1)
    for image in "abcd":
        table.put(image)
    assert streams.drain(10)
    assert table.taken == [["a", "b", "c"], ["d"]]


def test_what_failed_and_all_behind_it_comes_again(aws: Aws, streams: Streams) -> None:
    left = [1]

    def run(records: Any) -> Any:
        return failing("b")(records) if left and left.pop() else {}

    table = Table(aws, run, MaximumBatchingWindowInSeconds=1, **PARTIAL)
    for image in "abc":
        table.put(image)
    assert streams.drain(10)
    assert table.taken == [["a", "b", "c"], ["b", "c"]]


def test_a_record_that_keeps_failing_is_given_up_and_told_of(aws: Aws, streams: Streams) -> None:
    url, destination = failures(aws)
    table = Table(aws, failing("b"), MaximumRetryAttempts=2, **PARTIAL, **destination)
    table.put("b")
    assert streams.drain(10)
    table.put("c")
    assert streams.drain(10)
    assert table.taken == [["b"], ["b"], ["b"], ["c"]]
    (message,) = aws.received(url)
    told = json.loads(message["Body"])
    assert told["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert told["requestContext"]["approximateInvokeCount"] == 3
    batch = told["DDBStreamBatchInfo"]
    assert batch["batchSize"] == 1
    assert batch["startSequenceNumber"] == batch["endSequenceNumber"]


def test_a_record_that_breaks_the_function_is_found_by_halves(aws: Aws, streams: Streams) -> None:
    url, destination = failures(aws)
    done: set[str] = set()

    def run(records: Any) -> None:
        images = {record["dynamodb"]["Keys"]["image"]["S"] for record in records}
        if "c" in images:
            raise ValueError("poison")
        done.update(images)

    table = Table(
        aws,
        run,
        MaximumBatchingWindowInSeconds=1,
        MaximumRetryAttempts=1,
        BisectBatchOnFunctionError=True,
        **destination,
    )
    for image in "abcdefgh":
        table.put(image)
    assert streams.drain(10)
    assert done == set("abdefgh")
    assert len(aws.received(url)) == 1
    assert ["c"] in table.taken


def test_without_halves_the_whole_batch_is_given_up(aws: Aws, streams: Streams) -> None:
    url, destination = failures(aws)
    table = Table(
        aws,
        lambda event: event["poison"],
        MaximumBatchingWindowInSeconds=1,
        MaximumRetryAttempts=1,
        **destination,
    )
    table.put("a")
    table.put("b")
    assert streams.drain(10)
    assert table.taken == [["a", "b"], ["a", "b"]]
    assert json.loads(aws.received(url)[0]["Body"])["DDBStreamBatchInfo"]["batchSize"] == 2


@pytest.mark.parametrize("name", ["", "7", None])
def test_a_failure_that_names_nobody_fails_all(aws: Aws, streams: Streams, name: Any) -> None:
    left = [1]

    def run(records: Any) -> Any:
        return {"batchItemFailures": [{"itemIdentifier": name}]} if left and left.pop() else None

    table = Table(aws, run, MaximumBatchingWindowInSeconds=1, **PARTIAL)
    table.put("a")
    table.put("b")
    assert streams.drain(10)
    assert table.taken == [["a", "b"], ["a", "b"]]


def test_records_that_grew_too_old_are_given_up(aws: Aws, streams: Streams) -> None:
    url, destination = failures(aws)
    limits = {"MaximumRecordAgeInSeconds": 1, "MaximumRetryAttempts": -1}
    table = Table(aws, failing("a"), **limits, **PARTIAL, **destination)
    table.put("a")
    assert streams.drain(20)
    table.put("b")
    assert streams.drain(10)
    assert table.taken[0] == ["a"]
    assert table.taken[-1] == ["b"]
    (message,) = aws.received(url)
    told = json.loads(message["Body"])
    assert told["requestContext"]["condition"] == "RecordAgeExceeded"


def test_a_role_that_may_not_read_the_stream_reads_nothing(aws: Aws, streams: Streams) -> None:
    aws.client("iam").delete_role_policy(RoleName="any", PolicyName="may")
    table = Table(aws, lambda _: None)
    table.put("a")
    assert not streams.drain(0.3)
    assert table.taken == []


def test_how_long_the_oldest_record_waits_is_measured_until_it_is_taken(
    aws: Aws, streams: Streams
) -> None:
    go_on, measured = threading.Event(), Measurements()
    age = metric("AWS/Lambda", "IteratorAge", {"FunctionName": "stream"})
    table = Table(aws, lambda _: go_on.wait(10))
    now = time.time()
    table.put("a")
    streams.sample(measured, now + 60)
    [milliseconds] = measured.values(age, now, now + 60)
    assert 59_000 < milliseconds <= 60_000
    go_on.set()
    assert streams.drain(10)
    streams.sample(measured, now + 120)
    assert measured.values(age, now + 60, now + 120) == []
