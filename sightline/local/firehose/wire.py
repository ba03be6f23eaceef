"""Firehose: buffers, folders by what is in the records, Parquet, errors under their own prefix.

moto writes every call's records as one object, as they are, under a folder of its own.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from moto.firehose.exceptions import InvalidArgumentException
from moto.firehose.models import FirehoseBackend
from moto.moto_api._internal import mock_random

from sightline.domain.errors import InvalidError
from sightline.local.cloudwatch.measurements import Measurements, metric
from sightline.local.firehose.configuration import DeliveryStream, Failed
from sightline.local.seams import Seams
from sightline.local.timed_pool import TimedPool

logger = logging.getLogger(__name__)

# https://docs.aws.amazon.com/firehose/latest/dev/limits.html
BATCH_RECORDS = 500
BATCH_BYTES = 4 * 1024**2
RECORD_BYTES = 1000 * 1024
RETRY_SECONDS = 1.0

Refuses = Callable[[bytes], bool]
"""Says of each record whether it is refused this time: for fault tests."""


@dataclass
class _Buffer:
    """Records of one stream that go into one file."""

    delivery: DeliveryStream
    keys: Mapping[str, str]
    records: list[bytes] = field(default_factory=list)
    size: int = 0
    since: float = field(default_factory=time.time)
    """When the oldest of them came."""


class Firehose:
    """The wire in place: write what is buffered, take it out."""

    def __init__(self, *, refuses: Refuses | None = None) -> None:
        self._refuses = refuses
        self._buffers: dict[tuple[str, tuple[tuple[str, str], ...]], _Buffer] = {}
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._pool = TimedPool(1, name="firehose")
        self._seams = Seams()

        def put_batch(backend: Any, name: str, records: Sequence[Mapping[str, bytes]]) -> Any:
            _check_limits(records)
            answer = before(backend, name, records)
            failed = [r for r in answer["RequestResponses"] if "ErrorCode" in r]
            return {**answer, "FailedPutCount": len(failed)}

        def put(backend: Any, name: str, version: str, config: Any, records: Any) -> Any:
            delivery = DeliveryStream(
                backend.account_id, backend.region_name, name, version, config
            )
            return [self._accept(delivery, record["Data"]) for record in records]

        before = self._seams.replace(FirehoseBackend, "put_record_batch", put_batch)
        self._seams.replace(FirehoseBackend, "put_s3_records", put)

    @property
    def unfinished(self) -> int:
        """Records that are in no file yet."""
        with self._lock:
            return sum(len(buffer.records) for buffer in self._buffers.values())

    def sample(self, measured: Measurements, now: float) -> None:
        """How old the oldest record of each stream is that is in no file yet, in seconds."""
        oldest: dict[str, float] = {}
        with self._lock:
            for buffer in self._buffers.values():
                name = buffer.delivery.name
                oldest[name] = min(oldest.get(name, now), buffer.since)
        for name, since in oldest.items():
            at = {"DeliveryStreamName": name}
            what = metric("AWS/Firehose", "DeliveryToS3.DataFreshness", at)
            measured.put(what, now - since, now)

    def drain(self, timeout: float) -> bool:
        """Write everything now that is buffered; False when `timeout` seconds were not enough."""
        deadline = time.monotonic() + timeout
        while self.unfinished:
            with self._lock:
                waiting = list(self._buffers)
            flushed = [self._flush(key) for key in waiting]
            if not all(flushed):
                if time.monotonic() > deadline:
                    return False
                time.sleep(0.1)
        with self._writing:  # what another thread has taken out of its buffer is written now
            return True

    def close(self) -> None:
        """Put moto's own methods back and forget what is buffered."""
        self._seams.restore()
        self._pool.close()

    def _accept(self, delivery: DeliveryStream, record: bytes) -> dict[str, str]:
        if self._refuses and self._refuses(record):
            return {"ErrorCode": "ServiceUnavailableException", "ErrorMessage": "Slow down."}
        try:
            keys = delivery.partition(record)
        except InvalidError as error:
            delivery.write_errors([Failed(record, str(error))])
        else:
            self._add(delivery, keys, record)
        return {"RecordId": str(mock_random.uuid4())}

    def _add(self, delivery: DeliveryStream, keys: Mapping[str, str], record: bytes) -> None:
        key = (delivery.arn, tuple(sorted(keys.items())))
        with self._lock:
            fresh = key not in self._buffers
            buffer = self._buffers.setdefault(key, _Buffer(delivery, keys))
            buffer.records.append(record)
            buffer.size += len(record)
            full = buffer.size >= delivery.buffer_bytes
        if full or fresh:
            self._pool.after(0 if full else delivery.buffer_seconds, partial(self._flush, key))

    def _flush(self, key: Any) -> bool:
        """Write a buffer; what could not be written stays and is tried again a little later."""
        with self._writing:
            with self._lock:
                buffer = self._buffers.get(key)
                records = list(buffer.records) if buffer else []
            if buffer is None:
                return True
            try:
                buffer.delivery.write(records, buffer.keys)
            except Exception as error:
                logger.error("%s cannot write: %s", buffer.delivery.arn, error)
                self._pool.after(RETRY_SECONDS, partial(self._flush, key))
                return False
            with self._lock:
                del buffer.records[: len(records)]
                buffer.size = sum(map(len, buffer.records))
                buffer.since = time.time()
                if buffer.records:
                    self._pool.after(buffer.delivery.buffer_seconds, partial(self._flush, key))
                else:
                    del self._buffers[key]
            return True


def _check_limits(records: Sequence[Mapping[str, bytes]]) -> None:
    sizes = [len(record["Data"]) for record in records]
    if len(sizes) > BATCH_RECORDS:
        raise InvalidArgumentException(f"{len(sizes)} records; at most {BATCH_RECORDS} are taken.")
    if max(sizes, default=0) > RECORD_BYTES:
        raise InvalidArgumentException(f"A record has {max(sizes)} bytes of {RECORD_BYTES}.")
    if sum(sizes) > BATCH_BYTES:
        raise InvalidArgumentException(f"The records have {sum(sizes)} bytes of {BATCH_BYTES}.")
