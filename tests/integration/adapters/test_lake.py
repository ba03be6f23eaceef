"""The lake's ports over the emulated AWS, beside the fakes that tests use."""

from __future__ import annotations

import json
from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from sightline.adapters.aws.inspections import DynamoInspectionTable
from sightline.adapters.aws.lake import FirehoseLake, SqsRejects
from sightline.adapters.lake_memory import MemoryLake
from sightline.domain.errors import UnavailableError
from sightline.local.firehose.wire import Firehose
from sightline.workflow.lake_ports import Lake, Rejected
from tests.examples import NOON, recorded
from tests.integration.adapters.test_ports import table
from tests.integration.local.test_firehose import config
from tests.stream_examples import change, item

ROWS = [f'{{"n": {n}}}\n'.encode() for n in range(1203)]


def refused(row: bytes) -> bool:
    return b"7" in row


@pytest.fixture(params=["memory", "aws"])
def lake(request: pytest.FixtureRequest) -> Iterator[Lake]:
    if request.param == "memory":
        yield MemoryLake(refuses=refused)
        return
    with mock_aws():
        firehose = Firehose(refuses=refused)
        client = boto3.client("firehose")
        client.create_delivery_stream(
            DeliveryStreamName="lake",
            ExtendedS3DestinationConfiguration=config(
                DynamicPartitioningConfiguration={"Enabled": False}
            ),
        )
        yield FirehoseLake("lake", client)
        firehose.close()


def test_what_is_not_taken_is_named_by_its_position(lake: Lake) -> None:
    wanted = [index for index, row in enumerate(ROWS) if refused(row)]
    assert list(lake.put(ROWS)) == wanted
    assert lake.put([]) == []


def test_nothing_is_taken_while_firehose_is_away() -> None:
    with mock_aws():
        away = FirehoseLake("no-such-stream", boto3.client("firehose"))
        assert away.put(ROWS[:3]) == [0, 1, 2]


@pytest.fixture
def queue() -> Iterator[str]:
    with mock_aws():
        yield boto3.client("sqs").create_queue(QueueName="failures")["QueueUrl"]


def test_a_bad_record_is_kept_whole_with_the_reason(queue: str) -> None:
    sqs = boto3.client("sqs")
    bad = change(1, item())
    SqsRejects(queue, sqs).keep(Rejected(bad, "InvalidError: no", NOON))
    body = json.loads(sqs.receive_message(QueueUrl=queue)["Messages"][0]["Body"])
    assert body == {"reason": "InvalidError: no", "at": "2026-03-14T12:00:05.250Z", "record": bad}


def test_of_a_record_too_large_for_the_queue_the_keys_are_kept(queue: str) -> None:
    sqs = boto3.client("sqs")
    bad = change(1, {**item(), "explanation": {"S": "\u00fc" * 390_000}})
    SqsRejects(queue, sqs).keep(Rejected(bad, "x" * 400_000, NOON))
    body = json.loads(sqs.receive_message(QueueUrl=queue)["Messages"][0]["Body"])
    assert body["record"]["dynamodb"]["Keys"] == bad["dynamodb"]["Keys"]
    assert "NewImage" not in body["record"]["dynamodb"]


def test_a_queue_that_is_away_keeps_nothing() -> None:
    with mock_aws(), pytest.raises(UnavailableError):
        SqsRejects("https://sqs.eu-west-1.amazonaws.com/1/none", boto3.client("sqs")).keep(
            Rejected({}, "", NOON)
        )


def test_a_recorded_inspection_is_the_first_of_its_forms() -> None:
    with mock_aws():
        client = table("inspections", "image")
        inspections = DynamoInspectionTable("inspections", client)
        for _ in range(2):  # the second time, it stands already
            inspections.record(recorded())
        key = {"image": {"S": recorded().inspection.ref.pk}}
        stored = client.get_item(TableName="inspections", Key=key)["Item"]
        assert stored["sequence"] == {"N": "1"}
