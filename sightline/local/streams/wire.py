"""DynamoDB streams to Lambda, as the event source mappings of the program say.

moto calls the function inside of the write and again with all earlier records, and knows neither
filter nor window, retry, partial failure or destination. Here each mapping has a reader with its
own place in the stream, as on AWS: https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
"""

from __future__ import annotations

import contextlib
import threading
import time
from typing import Any

from moto.awslambda.models import LambdaBackend
from moto.dynamodb.models import dynamodb_backends

from sightline.local.cloudwatch.measurements import Measurements, metric
from sightline.local.seams import Seams
from sightline.local.streams.batches import Batches, created_at

PAUSE_SECONDS = 0.2  # before the first retry, doubled for each one after it


class Streams:
    """The wire in place: wait until every record was read, take it out."""

    def __init__(self, *, pause_seconds: float = PAUSE_SECONDS) -> None:
        self._pause = pause_seconds
        self._readers: dict[str, _Reader] = {}
        self._lock = threading.Lock()
        self._seams = Seams()

        def written(backend: Any, function_arn: str, items: Any, source: str) -> None:
            del items
            for mapping in list(backend._event_source_mappings.values()):
                if (mapping.function_arn, mapping.event_source_arn) == (function_arn, source):
                    self._reader(mapping).look()

        self._seams.replace(LambdaBackend, "send_dynamodb_items", written)

    @property
    def unfinished(self) -> int:
        """Records that were not read, or not given up, by every mapping."""
        with self._lock:
            return sum(reader.unfinished for reader in self._readers.values())

    def drain(self, timeout: float) -> bool:
        """Wait until all records are read; False when `timeout` seconds were not enough."""
        deadline = time.monotonic() + timeout
        with self._lock:
            readers = list(self._readers.values())
        return all(reader.drain(deadline) for reader in readers)

    def sample(self, measured: Measurements, now: float) -> None:
        """How long the oldest record waits that a function is not done with, in milliseconds.

        AWS measures it whenever a batch is sent, so not while a function hangs.
        """
        with self._lock:
            readers = list(self._readers.values())
        for reader in readers:
            if (since := reader.waiting_since) is not None:
                at = {"FunctionName": reader.function_name}
                measured.put(metric("AWS/Lambda", "IteratorAge", at), 1000 * (now - since), now)

    def close(self) -> None:
        """Put moto's own method back and stop reading."""
        self._seams.restore()
        with self._lock:
            for reader in self._readers.values():
                reader.close()

    def _reader(self, mapping: Any) -> _Reader:
        with self._lock:
            if mapping.uuid not in self._readers:
                self._readers[mapping.uuid] = _Reader(mapping, self._pause)
            return self._readers[mapping.uuid]


class _Reader:
    """Reads one stream for one mapping, on a thread of its own."""

    def __init__(self, mapping: Any, pause_seconds: float) -> None:
        self._mapping = mapping
        self._batches = Batches(mapping, pause_seconds)
        self._next = 0
        self._changed = threading.Condition()
        threading.Thread(target=self._read, name="stream-reader", daemon=True).start()

    @property
    def function_name(self) -> str:
        """Of the function that reads."""
        return str(self._mapping.function_arn).rpartition(":")[2]

    @property
    def waiting_since(self) -> float | None:
        """When the oldest record was written that is not done with; None when all are."""
        waiting = self._items()[self._next :] if self._mapping.enabled else []
        return created_at(waiting[0].to_json()) if waiting else None

    @property
    def unfinished(self) -> int:
        return len(self._items()) - self._next if self._mapping.enabled else 0

    def look(self) -> None:
        """Something was written."""
        with self._changed:
            self._changed.notify_all()

    def drain(self, deadline: float) -> bool:
        with self._changed:
            return self._changed.wait_for(
                lambda: not self.unfinished, max(0.0, deadline - time.monotonic())
            )

    def close(self) -> None:
        self._batches.closed.set()
        self.look()

    def _read(self) -> None:
        closed = self._batches.closed
        while not closed.is_set():
            with self._changed:
                self._changed.wait_for(lambda: closed.is_set() or self.unfinished)
                self._changed.wait_for(self._is_full, self._mapping.max_batch_window or 0)
                batch = self._items()[self._next : self._next + self._mapping.batch_size]
            if not closed.is_set():
                self._batches.hand_over(batch)
            with self._changed:
                self._next += len(batch)
                self._changed.notify_all()

    def _is_full(self) -> bool:
        return self._batches.closed.is_set() or self.unfinished >= self._mapping.batch_size

    def _items(self) -> list[Any]:
        mapping = self._mapping
        name = mapping.event_source_arn.split("/")[1]
        with contextlib.suppress(KeyError, AttributeError):  # the table was deleted
            tables = dynamodb_backends[mapping.account_id][mapping.region].tables
            items: list[Any] = tables[name].stream_shard.items
            return items
        return []
