"""The way into the lake over Firehose, and what could not go there over SQS."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from sightline.adapters.aws.errors import translated
from sightline.domain import times
from sightline.domain.errors import UnavailableError
from sightline.workflow.lake_ports import Rejected

if TYPE_CHECKING:
    from mypy_boto3_firehose import FirehoseClient
    from mypy_boto3_sqs import SQSClient

# https://docs.aws.amazon.com/firehose/latest/dev/limits.html
BATCH_RECORDS = 500
BATCH_BYTES = 4 * 1024**2
RECORD_BYTES = 1000 * 1024
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
# The rest of a message is left to its frame, and to what escaping adds to a record.
REJECT_BYTES = 200 * 1024


class FirehoseLake:
    """`Lake` over a delivery stream."""

    row_max = RECORD_BYTES

    def __init__(self, stream: str, client: FirehoseClient) -> None:
        self._stream = stream
        self._client = client

    def put(self, rows: Sequence[bytes]) -> Sequence[int]:
        return [index for chunk in chunks(rows) for index in self._refused(rows, chunk)]

    def _refused(self, rows: Sequence[bytes], chunk: Sequence[int]) -> list[int]:
        try:
            with translated(f"Putting {len(chunk)} rows to {self._stream!r}"):
                answer = self._client.put_record_batch(
                    DeliveryStreamName=self._stream, Records=[{"Data": rows[i]} for i in chunk]
                )
        except UnavailableError:
            return list(chunk)
        entries = zip(chunk, answer["RequestResponses"], strict=True)
        return [index for index, entry in entries if entry.get("ErrorCode")]


def chunks(rows: Sequence[bytes]) -> Iterator[list[int]]:
    """Positions of rows, in pieces that Firehose takes in one call."""
    chunk, size = list[int](), 0
    for index, row in enumerate(rows):
        if chunk and (len(chunk) == BATCH_RECORDS or size + len(row) > BATCH_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(index)
        size += len(row)
    if chunk:
        yield chunk


class SqsRejects:
    """`Rejects` over a queue. Of a record too large for a message, its keys are kept."""

    def __init__(self, url: str, client: SQSClient) -> None:
        self._url = url
        self._client = client

    def keep(self, rejected: Rejected) -> None:
        record = json.dumps(rejected.record, default=str)
        if len(record.encode()) > REJECT_BYTES:
            whole = rejected.record.get("dynamodb", {})
            kept = {name: whole.get(name) for name in ("Keys", "SequenceNumber", "SizeBytes")}
            record = json.dumps({**rejected.record, "dynamodb": kept}, default=str)
        body = {
            "reason": rejected.reason[:1000],
            "at": times.to_wire(rejected.at),
            "record": json.loads(record),
        }
        with translated("Keeping a bad record of the stream"):
            self._client.send_message(QueueUrl=self._url, MessageBody=json.dumps(body))
