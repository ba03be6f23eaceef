"""Stream: every form of an inspection that the table holds becomes a row on its way to the lake."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sightline.domain import lake_rows
from sightline.domain.cameras import Camera
from sightline.domain.errors import TooLargeError, UnavailableError
from sightline.domain.metrics import EVERYTHING
from sightline.domain.plant import Plant
from sightline.domain.times import Clock
from sightline.workflow.lake_ports import Changes, Item, Lake, Rejected, Rejects, StreamRecord
from sightline.workflow.ports import CameraRegistry, Metrics

TRIES = 4
FIRST_PAUSE_SECONDS = 0.2  # doubled after each try, with as much again by chance
NAMES_KEPT = timedelta(minutes=5)


class CameraNames:
    """Cameras by id, asked for again when what is known of them is `NAMES_KEPT` old."""

    def __init__(self, registry: CameraRegistry, clock: Clock) -> None:
        self._registry, self._clock = registry, clock
        self._known: dict[str, tuple[datetime, Camera | None]] = {}

    def get(self, camera_id: str) -> Camera | None:
        """None when the registry has no such camera."""
        now = self._clock()
        asked, camera = self._known.get(camera_id, (None, None))
        if asked is None or now - asked >= NAMES_KEPT:
            camera = self._registry.get(camera_id)
            self._known[camera_id] = now, camera
        return camera


@dataclass(frozen=True)
class StreamDeps:
    """What streaming needs; `wait` pauses for a number of seconds."""

    changes: Changes
    cameras: CameraNames
    lake: Lake
    rejects: Rejects
    metrics: Metrics
    clock: Clock
    wait: Callable[[float], None]
    plant: Plant
    region: str


def stream(records: Sequence[StreamRecord], deps: StreamDeps) -> list[str]:
    """Hand the records' rows over to the lake; returns the positions of those that must come again.

    A record that no row can be made of is kept with the reason and never comes again, so that it
    holds nobody up. Raises `UnavailableError` when the camera registry cannot be asked.
    """
    rows, sources = list[bytes](), list[StreamRecord]()
    again, rejected = list[StreamRecord](), 0
    for record in records:
        try:
            row = _row(record, deps)
        except UnavailableError:
            raise
        except Exception as error:  # whatever is in a record, the ones behind it must get through
            if _reject(record, error, deps):
                rejected += 1
            else:
                again.append(record)
            continue
        if row is not None:
            rows.append(row)
            sources.append(record)
    left = _put(rows, deps)
    again += [sources[index] for index in left]
    counts = {
        "StreamedRecordCount": len(rows) - len(left),
        "BadRecordCount": rejected,
        "DelayedRecordCount": len(again),
    }
    deps.metrics.emit({name: (count, "Count") for name, count in counts.items()}, EVERYTHING)
    return [deps.changes.position(record) for record in again]


def hand_over(items: Sequence[Item], deps: StreamDeps) -> list[str]:
    """Hand the rows of items over by hand, keeping none: why each was not taken, empty if it was.

    Raises `UnavailableError` as `stream` does.
    """
    refused, rows = [""] * len(items), dict[int, bytes]()
    for place, item in enumerate(items):
        try:
            row = _row({"dynamodb": {"NewImage": item}}, deps)
        except UnavailableError:
            raise
        except Exception as error:  # as in `stream`
            refused[place] = _reason(error)
            continue
        if row is None:
            refused[place] = "It has no verdict yet."
        else:
            rows[place] = row
    places = list(rows)
    left = _put(list(rows.values()), deps)
    for index in left:
        refused[places[index]] = "Firehose did not take it; try again later."
    deps.metrics.emit({"StreamedRecordCount": (len(rows) - len(left), "Count")}, EVERYTHING)
    return refused


def _row(record: StreamRecord, deps: StreamDeps) -> bytes | None:
    form = deps.changes.form(record)
    if form is None:
        return None
    camera = deps.cameras.get(form.recorded.inspection.ref.camera_id)
    row = lake_rows.encode(lake_rows.row(form, camera, deps.plant, deps.region))
    if len(row) > deps.lake.row_max:
        raise TooLargeError(f"The row has {len(row)} bytes; {deps.lake.row_max} are taken.")
    return row


def _reject(record: StreamRecord, error: Exception, deps: StreamDeps) -> bool:
    try:
        deps.rejects.keep(Rejected(record, _reason(error), deps.clock()))
    except UnavailableError:
        return False
    return True


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _put(rows: Sequence[bytes], deps: StreamDeps) -> list[int]:
    """Positions of the rows that were not taken in `TRIES` tries; only those are tried again."""
    left, pause = list(range(len(rows))), FIRST_PAUSE_SECONDS
    for number in range(TRIES):
        if not left:
            break
        if number:
            deps.wait(pause * (1 + random.random()))  # noqa: S311 - spreads tries, hides nothing
            pause *= 2
        left = [left[index] for index in deps.lake.put([rows[index] for index in left])]
    return left
