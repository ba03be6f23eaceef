"""Delivery streams: what becomes of records, as the stream is configured."""

from __future__ import annotations

import base64
import io
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pyarrow.parquet as pq
import pytest
from botocore.exceptions import ClientError

from sightline.local.cloudwatch.measurements import Measurements, metric
from sightline.local.firehose.wire import Firehose

from .conftest import REGION, ROLE, Aws

COLUMNS = [{"Name": "image", "Type": "string"}, {"Name": "width", "Type": "int"}]


def config(seconds: int = 900, **changes: Any) -> dict[str, Any]:
    query = "{dt: .dt, project: .project}"
    return {
        "RoleARN": ROLE,
        "BucketARN": "arn:aws:s3:::lake",
        "Prefix": "rows/dt=!{partitionKeyFromQuery:dt}/!{partitionKeyFromQuery:project}/",
        "ErrorOutputPrefix": "errors/!{firehose:error-output-type}/",
        "BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": seconds},
        "DynamicPartitioningConfiguration": {"Enabled": True},
        "ProcessingConfiguration": {
            "Enabled": True,
            "Processors": [
                {
                    "Type": "MetadataExtraction",
                    "Parameters": [
                        {"ParameterName": "MetadataExtractionQuery", "ParameterValue": query}
                    ],
                }
            ],
        },
        "DataFormatConversionConfiguration": {
            "Enabled": True,
            "InputFormatConfiguration": {"Deserializer": {"OpenXJsonSerDe": {}}},
            "OutputFormatConfiguration": {
                "Serializer": {"ParquetSerDe": {"Compression": "SNAPPY"}}
            },
            "SchemaConfiguration": {
                "RoleARN": ROLE,
                "DatabaseName": "plant",
                "TableName": "rows",
                "Region": REGION,
            },
        },
        "CloudWatchLoggingOptions": {
            "Enabled": True,
            "LogGroupName": "/firehose",
            "LogStreamName": "delivery",
        },
        **changes,
    }


class Stream:
    """A delivery stream, and the bucket that it fills."""

    def __init__(self, aws: Aws, **changes: Any) -> None:
        self._aws = aws
        aws.client("s3").create_bucket(
            Bucket="lake", CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        aws.client("glue").create_database(DatabaseInput={"Name": "plant"})
        aws.client("glue").create_table(
            DatabaseName="plant",
            TableInput={"Name": "rows", "StorageDescriptor": {"Columns": COLUMNS}},
        )
        aws.client("logs").create_log_group(logGroupName="/firehose")
        aws.client("logs").create_log_stream(logGroupName="/firehose", logStreamName="delivery")
        aws.client("firehose").create_delivery_stream(
            DeliveryStreamName="lake", ExtendedS3DestinationConfiguration=config(**changes)
        )

    def put(self, *records: Any) -> Any:
        data = [r if isinstance(r, bytes) else json.dumps(r).encode() for r in records]
        return self._aws.client("firehose").put_record_batch(
            DeliveryStreamName="lake", Records=[{"Data": entry} for entry in data]
        )

    def files(self, prefix: str = "rows/") -> dict[str, bytes]:
        s3 = self._aws.client("s3")
        keys = [o["Key"] for o in s3.list_objects_v2(Bucket="lake").get("Contents", [])]
        return {
            key: s3.get_object(Bucket="lake", Key=key)["Body"].read()
            for key in keys
            if key.startswith(prefix)
        }

    def rows(self) -> list[dict[str, Any]]:
        tables = [pq.read_table(io.BytesIO(data)) for data in self.files().values()]
        return [row for table in tables for row in table.to_pylist()]

    def errors(self) -> list[dict[str, Any]]:
        lines = [line for data in self.files("errors/").values() for line in data.splitlines()]
        return [json.loads(line) for line in lines]


def row(image: str, project: str = "castings", **more: Any) -> dict[str, Any]:
    return {"image": image, "width": 640, "dt": "2026-03-14", "project": project, **more}


@pytest.fixture
def firehose(aws: Aws) -> Iterator[Firehose]:
    assert aws
    installed = Firehose()
    yield installed
    installed.close()


def test_rows_are_gathered_into_one_file_per_folder(aws: Aws, firehose: Firehose) -> None:
    stream = Stream(aws)
    stream.put(row("a"), row("b", "bottles"))
    stream.put(row("c"))
    assert stream.files() == {}
    assert firehose.unfinished == 3
    assert firehose.drain(10)
    folders = sorted(key.rpartition("/")[0] for key in stream.files())
    assert folders == ["rows/dt=2026-03-14/bottles", "rows/dt=2026-03-14/castings"]
    assert all(key.endswith(".parquet") for key in stream.files())
    assert sorted(r["image"] for r in stream.rows()) == ["a", "b", "c"]
    assert stream.rows()[0].keys() == {"image", "width"}
    assert firehose.unfinished == 0


def test_a_file_is_written_when_its_time_has_come(aws: Aws, firehose: Firehose) -> None:
    stream = Stream(aws, seconds=1)
    stream.put(row("a"))
    time.sleep(0.2)
    assert stream.files() == {}
    until(stream.files)
    assert firehose.unfinished == 0


def test_a_file_is_written_when_it_is_full(aws: Aws, firehose: Firehose) -> None:
    assert firehose
    stream = Stream(aws, BufferingHints={"SizeInMBs": 1, "IntervalInSeconds": 900})
    stream.put(row("a", note="x" * 600_000))
    assert stream.files() == {}
    stream.put(row("b", note="x" * 600_000))
    until(stream.files)
    assert sorted(r["image"] for r in stream.rows()) == ["a", "b"]


def test_what_does_not_fit_the_table_is_kept_with_the_reason(aws: Aws, firehose: Firehose) -> None:
    stream = Stream(aws)
    wide = row("b", width="wide")
    stream.put(row("a"), wide)
    assert firehose.drain(10)
    assert [r["image"] for r in stream.rows()] == ["a"]
    (key,) = stream.files("errors/")
    assert key.startswith("errors/format-conversion-failed/")
    (error,) = stream.errors()
    assert json.loads(base64.b64decode(error["rawData"])) == wide
    assert "Column width" in error["lastErrorMessage"]
    events = aws.client("logs").get_log_events(logGroupName="/firehose", logStreamName="delivery")
    assert "Column width" in events["events"][0]["message"]


@pytest.mark.parametrize("record", [b"not json", {"image": "a"}, row("a", project=7)])
def test_what_has_no_folder_is_kept_too(aws: Aws, firehose: Firehose, record: Any) -> None:
    stream = Stream(aws)
    stream.put(record)
    assert firehose.drain(10)
    (key,) = stream.files("errors/")
    assert key.startswith("errors/processing-failed/")
    assert stream.files() == {}


def test_what_is_refused_is_said_record_by_record(aws: Aws) -> None:
    refusing = Firehose(refuses=lambda record: b'"b"' in record)
    try:
        stream = Stream(aws)
        answer = stream.put(row("a"), row("b"), row("c"))
        assert answer["FailedPutCount"] == 1
        codes = [entry.get("ErrorCode") for entry in answer["RequestResponses"]]
        assert codes == [None, "ServiceUnavailableException", None]
        assert refusing.drain(10)
        assert sorted(r["image"] for r in stream.rows()) == ["a", "c"]
    finally:
        refusing.close()


@pytest.mark.parametrize(
    "records",
    [
        lambda: [row("a")] * 501,
        lambda: [row("a", note="x" * 1_100_000)],
        lambda: [row("a", note="x" * 900_000)] * 5,
    ],
    ids=["too many", "one too large", "too large together"],
)
def test_limits_are_those_of_firehose(
    aws: Aws, firehose: Firehose, records: Callable[[], list[Any]]
) -> None:
    assert firehose
    with pytest.raises(ClientError, match="InvalidArgumentException"):
        Stream(aws).put(*records())


def test_rows_wait_until_the_role_may_write(aws: Aws, firehose: Firehose) -> None:
    stream = Stream(aws)
    aws.client("iam").delete_role_policy(RoleName="any", PolicyName="may")
    stream.put(row("a"))
    assert not firehose.drain(0.2)
    assert firehose.unfinished == 1
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    aws.client("iam").put_role_policy(
        RoleName="any",
        PolicyName="may",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [everything]}),
    )
    assert firehose.drain(10)
    assert [r["image"] for r in stream.rows()] == ["a"]


def until(look: Callable[[], Any], seconds: float = 10) -> None:
    """Wait until there is something to see."""
    deadline = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_how_old_the_oldest_row_is_that_is_in_no_file_is_measured(
    aws: Aws, firehose: Firehose
) -> None:
    measured, now = Measurements(), time.time()
    age = metric("AWS/Firehose", "DeliveryToS3.DataFreshness", {"DeliveryStreamName": "lake"})
    stream = Stream(aws)
    firehose.sample(measured, now + 1)
    stream.put(row("a"))
    firehose.sample(measured, now + 60)
    [seconds] = measured.values(age, now, now + 60)
    assert 55 < seconds <= 60
    assert firehose.drain(10)
    firehose.sample(measured, now + 120)
    assert measured.values(age, now + 60, now + 120) == []
