"""What replaying what the stream set aside needs of AWS: the queue, the table, the function."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sightline.adapters.aws.errors import translated
from sightline.domain import times
from sightline.domain.errors import InvalidError, UnavailableError
from sightline.workflow.lake_ports import Item, SetAside

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_sqs import SQSClient

# Lambda says only about when what it gave up had come.
MARGIN = timedelta(minutes=2)


class SqsFailures:
    """`Failures` over the queue of `SqsRejects`, on which Lambda leaves what it gives up, too."""

    def __init__(self, url: str, client: SQSClient) -> None:
        self._url = url
        self._client = client

    def receive(self) -> Sequence[SetAside]:
        with translated("Receiving what the stream set aside"):
            # Waiting asks all of SQS's servers; without it, some may be passed over.
            answer = self._client.receive_message(
                QueueUrl=self._url, MaxNumberOfMessages=10, WaitTimeSeconds=1
            )
        return [_set_aside(message) for message in answer.get("Messages", [])]

    def forget(self, message: SetAside) -> None:
        with translated("Deleting a message of the stream's failures"):
            self._client.delete_message(QueueUrl=self._url, ReceiptHandle=message.receipt)

    def release(self, message: SetAside) -> None:
        with translated("Leaving a message of the stream's failures"):
            self._client.change_message_visibility(
                QueueUrl=self._url, ReceiptHandle=message.receipt, VisibilityTimeout=0
            )


def _set_aside(message: Any) -> SetAside:
    """A message in the form of `SqsRejects`, or in Lambda's own, which names no images:
    https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
    """
    found = SetAside(message["MessageId"], message["ReceiptHandle"], reason="")
    try:
        body = json.loads(message["Body"])
        if batch := body.get("DDBStreamBatchInfo"):
            first, last = (
                times.from_wire(batch[f"approximateArrivalOf{which}Record"])
                for which in ("First", "Last")
            )
            reason = (
                f"{batch['batchSize']} changes from {times.to_wire(first)} on were given up"
                f" ({body['requestContext']['condition']})"
            )
            return _with(found, reason=reason, span=(first - MARGIN, last + MARGIN))
        change = body["record"]["dynamodb"]
        image, item = change["Keys"]["image"]["S"], change.get("NewImage")
        return _with(found, reason=body["reason"], image=image, item=item)
    except (AttributeError, KeyError, TypeError, ValueError, InvalidError):
        return found


def _with(found: SetAside, **members: Any) -> SetAside:
    return SetAside(**{**vars(found), **members})


class DynamoItems:
    """`Items` over the inspections table."""

    def __init__(self, table: str, client: DynamoDBClient) -> None:
        self._table = table
        self._client = client

    def item(self, image: str) -> Item | None:
        with translated(f"Reading {image!r}"):
            answer = self._client.get_item(TableName=self._table, Key={"image": {"S": image}})
        return answer.get("Item")

    def changed(self, begin: datetime, end: datetime) -> Iterator[tuple[str, Item]]:
        span = {":begin": {"S": times.to_wire(begin)}, ":end": {"S": times.to_wire(end)}}
        within = " OR ".join(
            f"{name} BETWEEN :begin AND :end" for name in ("recorded_at", "reviewed_at")
        )
        with translated("Reading the inspections"):
            pages: Any = self._client.get_paginator("scan").paginate(
                TableName=self._table, FilterExpression=within, ExpressionAttributeValues=span
            )
            for page in pages:
                for item in page["Items"]:
                    yield item["image"]["S"], item


class LambdaStreaming:
    """`Streaming` by the stream function, so with its code, its settings and its role."""

    def __init__(self, function: str, client: LambdaClient) -> None:
        self._function = function
        self._client = client

    def hand_over(self, items: Sequence[Item]) -> Sequence[str]:
        with translated("Calling the stream function"):
            answer = self._client.invoke(
                FunctionName=self._function, Payload=json.dumps({"replay": items}).encode()
            )
            payload: Mapping[str, Any] = json.loads(answer["Payload"].read())
        if answer.get("FunctionError"):
            raise UnavailableError(f"The stream function failed: {str(payload)[:300]}")
        refused: list[str] = payload["refused"]
        return refused
