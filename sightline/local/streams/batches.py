"""What Lambda does with a batch of a stream until it is done with, or given up."""

from __future__ import annotations

import json
import logging
import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError
from moto.awslambda.utils import get_backend
from moto.dynamodb.models.utilities import dynamo_json_dump
from moto.events.models import EventPattern
from moto.sqs.models import sqs_backends
from moto.utilities.arns import parse_arn

from sightline.local.events.objects import iso_seconds
from sightline.local.functions import invocations
from sightline.local.iam.permissions import NotAllowedError, check_role

logger = logging.getLogger(__name__)

PAUSE_MAX_SECONDS = 5.0
_LAMBDA = "lambda.amazonaws.com"
_READING = ("dynamodb:DescribeStream", "dynamodb:GetShardIterator", "dynamodb:GetRecords")
Record = Mapping[str, Any]


@dataclass(frozen=True)
class _Piece:
    """Records that go to the function together, for the `number`th time."""

    records: Sequence[Record]
    number: int = 1

    @property
    def halves(self) -> list[_Piece]:
        middle = len(self.records) // 2
        return [_Piece(self.records[:middle]), _Piece(self.records[middle:])]

    def rest(self, first: int) -> _Piece:
        """What comes again when everything before position `first` was done."""
        return _Piece(self.records[first:], 1 if first else self.number + 1)


class Batches:
    """Hands batches over to a mapping's function; ends early when `closed` is set."""

    def __init__(self, mapping: Any, pause_seconds: float) -> None:
        self.closed = threading.Event()
        self._mapping = mapping
        self._pause = pause_seconds
        filters = (mapping.filter_criteria or {}).get("Filters", [])
        patterns = [entry["Pattern"] for entry in filters]
        self._patterns = [EventPattern(text, json.loads(text)) for text in patterns]

    def hand_over(self, items: Sequence[Any]) -> None:
        """Returns when each of moto's stream records was taken, or given up."""
        records = [record for item in items if self._wants(record := self._record(item))]
        pieces = [_Piece(records)] if records else []
        while pieces and not self.closed.is_set():
            piece = pieces.pop(0)
            if self._is_too_old(piece):
                self._give_up(piece, "RecordAgeExceeded")
                continue
            failed_at, bisect = self._attempt(piece)
            if failed_at is None:
                continue
            if bisect and len(piece.records) > 1:
                pieces = [*piece.halves, *pieces]
            elif failed_at == 0 and self._is_exhausted(piece):
                self._give_up(piece, "RetryAttemptsExhausted")
            else:
                pieces.insert(0, piece.rest(failed_at))
            self.closed.wait(min(self._pause * 2 ** min(piece.number - 1, 16), PAUSE_MAX_SECONDS))

    def _record(self, item: Any) -> Record:
        record: dict[str, Any] = {**item.to_json(), "awsRegion": self._mapping.region}
        created = int(created_at(record))
        record["dynamodb"] = {**record["dynamodb"], "ApproximateCreationDateTime": created}
        record["eventSourceARN"] = self._mapping.event_source_arn
        plain: Record = json.loads(dynamo_json_dump(record))
        return plain

    def _wants(self, record: Record) -> bool:
        return not self._patterns or any(p.matches_event(dict(record)) for p in self._patterns)

    def _attempt(self, piece: _Piece) -> tuple[int | None, bool]:
        """Position of the first record that failed, and whether to look for it by halves."""
        mapping = self._mapping
        try:
            self._check(*_READING, resource=mapping.event_source_arn)
            answer = invocations.invoke(
                mapping.account_id,
                mapping.region,
                mapping.function_arn,
                json.dumps({"Records": piece.records}),
            )
        except (ClientError, NotAllowedError) as error:
            logger.error("%s cannot read its stream: %s", mapping.function_arn, error)
            return 0, False
        if answer.error:
            return 0, bool(mapping.bisect_on_error)
        if "ReportBatchItemFailures" not in (mapping.function_response_types or []):
            return None, False
        return _first_failure(answer.payload, piece.records), False

    def _is_exhausted(self, piece: _Piece) -> bool:
        most = self._mapping.max_retry_attempts
        return most is not None and 0 <= most < piece.number

    def _is_too_old(self, piece: _Piece) -> bool:
        limit = self._mapping.max_record_age
        oldest = piece.records[0]["dynamodb"]["ApproximateCreationDateTime"]
        return limit is not None and 0 <= limit < time.time() - oldest

    def _give_up(self, piece: _Piece, condition: str) -> None:
        mapping = self._mapping
        logger.warning("%s did not take %d records", mapping.function_arn, len(piece.records))
        config = mapping.destination_config or {}
        destination = (config.get("OnFailure") or {}).get("Destination")
        if not destination:
            return
        try:
            self._check("sqs:SendMessage", resource=destination)
        except NotAllowedError as error:
            logger.error("records are lost: %s", error)
            return
        arn = parse_arn(destination)
        sqs_backends[mapping.account_id][arn.region].send_message(
            queue_name=arn.resource_id,
            message_body=json.dumps(_told(mapping, piece, condition)),
        )

    def _check(self, *actions: str, resource: str) -> None:
        mapping = self._mapping
        function = get_backend(mapping.account_id, mapping.region).get_function(
            mapping.function_arn
        )
        for action in actions:
            check_role(mapping.account_id, function.role, _LAMBDA, action, resource)


def created_at(record: Record) -> float:
    """When a change of moto's was written, in seconds since 1970; it has naive times in UTC."""
    moment: datetime = record["dynamodb"]["ApproximateCreationDateTime"]
    return moment.replace(tzinfo=UTC).timestamp()


def _first_failure(payload: str, records: Sequence[Record]) -> int | None:
    """Where Lambda goes on, by the function's answer; at the start when it makes no sense."""
    answer = json.loads(payload)
    failures = (answer or {}).get("batchItemFailures") or []
    if not failures:
        return None
    positions = [record["dynamodb"]["SequenceNumber"] for record in records]
    named = [failure.get("itemIdentifier") for failure in failures]
    return min(positions.index(name) if name in positions else 0 for name in named)


def _told(mapping: Any, piece: _Piece, condition: str) -> dict[str, Any]:
    """https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html"""
    changes = [record["dynamodb"] for record in piece.records]
    times = [iso_seconds(change["ApproximateCreationDateTime"]) for change in changes]
    return {
        "requestContext": {
            "requestId": str(uuid.uuid4()),
            "functionArn": mapping.function_arn,
            "condition": condition,
            "approximateInvokeCount": piece.number,
        },
        "responseContext": {
            "statusCode": 200,
            "executedVersion": "$LATEST",
            "functionError": "Unhandled",
        },
        "version": "1.0",
        "timestamp": iso_seconds(time.time()),
        "DDBStreamBatchInfo": {
            "shardId": "shardId-00000001541626099285-f35f62ef",
            "startSequenceNumber": changes[0]["SequenceNumber"],
            "endSequenceNumber": changes[-1]["SequenceNumber"],
            "approximateArrivalOfFirstRecord": times[0],
            "approximateArrivalOfLastRecord": times[-1],
            "batchSize": len(changes),
            "streamArn": mapping.event_source_arn,
        },
    }
