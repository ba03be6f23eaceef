"""The lake and the way into it: what is converted, where to, and what queries see of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from moto.events.models import EventPattern

from sightline.adapters.aws.lake import BATCH_RECORDS
from sightline.domain import lake
from sightline.workflow.stream import FIRST_PAUSE_SECONDS, TRIES
from tests.infra.recorder import Recording, one
from tests.stream_examples import change, item


def test_the_catalog_has_the_columns_of_the_lake(prod: Recording) -> None:
    table = one(prod, "glue.CatalogTable", "lake").inputs
    columns = table["storageDescriptor"]["columns"]
    assert [(c["name"], c["type"]) for c in columns] == [(c.name, c.type) for c in lake.COLUMNS]
    assert all(column["comment"] for column in columns)
    (partition,) = table["partitionKeys"]
    assert (partition["name"], partition["type"]) == ("dt", "string")
    assert table["name"] == lake.TABLE


def test_every_day_that_can_be_there_is_looked_for(prod: Recording) -> None:
    table = one(prod, "glue.CatalogTable", "lake").inputs
    bucket = prod.outputs["lakeBucket"]
    projection = {k: v for k, v in table["parameters"].items() if "projection" in k or "loc" in k}
    assert projection == {
        "projection.enabled": "true",
        "projection.dt.type": "date",
        "projection.dt.format": "yyyy-MM-dd",
        # Kept for ten years after a camera that was cut off for a month sent them.
        "projection.dt.range": "NOW-3681DAYS,NOW+2DAYS",
        "projection.dt.interval": "1",
        "projection.dt.interval.unit": "DAYS",
        "storage.location.template": f"s3://{bucket}/inspections/dt=${{dt}}/",
    }
    assert table["storageDescriptor"]["location"] == f"s3://{bucket}/inspections/"


def test_rows_are_converted_and_sorted_by_day_and_project(prod: Recording) -> None:
    s3 = one(prod, "kinesis.FirehoseDeliveryStream", "lake").inputs["extendedS3Configuration"]
    folder = "dt=!{partitionKeyFromQuery:dt}/!{partitionKeyFromQuery:project}/"
    assert s3["prefix"] == f"inspections/{folder}"
    assert s3["errorOutputPrefix"].startswith("errors/!{firehose:error-output-type}/")
    conversion = s3["dataFormatConversionConfiguration"]
    serializer = conversion["outputFormatConfiguration"]["serializer"]
    assert serializer == {"parquetSerDe": {"compression": "SNAPPY"}}
    assert conversion["schemaConfiguration"]["databaseName"] == prod.outputs["glueDatabase"]
    assert s3["bufferingSize"] >= 64  # less is refused together with conversion
    assert s3["cloudwatchLoggingOptions"]["enabled"] is True
    group = one(prod, "cloudwatch.LogGroup", "lake")
    assert s3["cloudwatchLoggingOptions"]["logGroupName"] == group.inputs["name"]


def test_names_in_sql_need_no_quotes(prod: Recording) -> None:
    for name in (prod.outputs["glueDatabase"], prod.outputs["glueTable"]):
        assert name.replace("_", "").isalnum()


def reserved() -> dict[str, Any]:
    return {name: value for name, value in item().items() if name != "verdict"}


@pytest.mark.parametrize(
    ("record", "wanted"),
    [
        (change(1, item()), True),
        (change(1, item(reviewed="normal"), item()), True),
        (change(1, reserved()), False),
        (change(1, None, item()), False),
    ],
    ids=["verdict", "review", "reservation", "removal"],
)
def test_only_what_has_a_verdict_calls_the_function(
    record: dict[str, Any], wanted: bool, prod: Recording
) -> None:
    mapping = one(prod, "lambda.EventSourceMapping", "stream").inputs
    (entry,) = mapping["filterCriteria"]["filters"]
    pattern = EventPattern(entry["pattern"], json.loads(entry["pattern"]))
    assert pattern.matches_event(record) is wanted


def test_the_stream_shows_items_before_and_after_and_reaches_the_function(prod: Recording) -> None:
    table = one(prod, "dynamodb.Table", "inspections")
    assert table.inputs["streamViewType"] == "NEW_AND_OLD_IMAGES"
    mapping = one(prod, "lambda.EventSourceMapping", "stream").inputs
    assert mapping["eventSourceArn"] == table.outputs["streamArn"]
    assert mapping["functionName"] == one(prod, "lambda.Function", "stream").arn
    assert mapping["batchSize"] <= BATCH_RECORDS
    assert mapping["startingPosition"] == "TRIM_HORIZON"


def test_the_function_has_time_for_all_of_its_tries(prod: Recording) -> None:
    # Of two hung calls of 3.5 s each, and the longest pauses in between.
    hung = TRIES * 2 * 3.5 + sum(2 * FIRST_PAUSE_SECONDS * 2**n for n in range(TRIES - 1))
    assert one(prod, "lambda.Function", "stream").inputs["timeout"] > hung


def test_results_of_queries_are_kept_apart_and_go_away(prod: Recording) -> None:
    configuration = one(prod, "athena.Workgroup", "queries").inputs["configuration"]
    bucket = prod.outputs["queryResultsBucket"]
    assert configuration["resultConfiguration"]["outputLocation"] == f"s3://{bucket}/results/"
    assert configuration["bytesScannedCutoffPerQuery"] == 10_000_000_000
    rules = one(prod, "s3.BucketLifecycleConfiguration", "query-results").inputs["rules"]
    expiry = {rule["filter"]["prefix"]: rule["expiration"].get("days") for rule in rules}
    assert expiry["results/"] == 7


def test_the_lake_moves_to_cheap_storage_and_expires(prod: Recording) -> None:
    rules = one(prod, "s3.BucketLifecycleConfiguration", "lake").inputs["rules"]
    by_prefix = {rule["filter"]["prefix"]: rule for rule in rules}
    for prefix in ("inspections/", "errors/"):
        assert by_prefix[prefix]["expiration"] == {"days": 3650}
        assert by_prefix[prefix]["transitions"] == [{"days": 90, "storageClass": "STANDARD_IA"}]
