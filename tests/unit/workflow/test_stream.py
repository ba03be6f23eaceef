from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.adapters.aws.changes import DynamoChanges
from sightline.adapters.lake_memory import MemoryLake, MemoryRejects
from sightline.adapters.memory import MemoryCameraRegistry, MemoryMetrics
from sightline.domain.cameras import Camera
from sightline.domain.errors import UnavailableError
from sightline.workflow.lake_ports import Rejected
from sightline.workflow.stream import (
    NAMES_KEPT,
    TRIES,
    CameraNames,
    StreamDeps,
    hand_over,
    stream,
)
from tests.examples import NOON, camera
from tests.stream_examples import PLANT, change, item


@dataclass
class World:
    """A stream function over fakes; `pauses` is how long it waited."""

    refuses: Callable[[bytes], bool] = lambda _: False
    rejects: Any = field(default_factory=MemoryRejects)
    metrics: MemoryMetrics = field(default_factory=MemoryMetrics)
    pauses: list[float] = field(default_factory=list)
    now: datetime = NOON

    def __post_init__(self) -> None:
        self.lake = MemoryLake(refuses=self.refuses)
        self.registry = MemoryCameraRegistry(camera(line_name="Presse 1")[0])

    def stream(self, *records: Any) -> list[str]:
        return stream(records, self.deps)

    def hand_over(self, *items: Any) -> list[str]:
        return hand_over(items, self.deps)

    @property
    def deps(self) -> StreamDeps:
        return StreamDeps(
            changes=DynamoChanges(),
            cameras=CameraNames(self.registry, lambda: self.now),
            lake=self.lake,
            rejects=self.rejects,
            metrics=self.metrics,
            clock=lambda: NOON,
            wait=self.pauses.append,
            plant=PLANT,
            region="eu-west-1",
        )

    @property
    def images(self) -> list[str]:
        return [row["image"] for row in self.lake.rows]


class NoRejects:
    """A queue that is away."""

    def keep(self, rejected: Rejected) -> None:
        raise UnavailableError("SQS is away")


def test_a_verdict_becomes_a_row_with_the_cameras_names() -> None:
    world = World()
    assert world.stream(change(1, item())) == []
    (row,) = world.lake.rows
    assert (row["image"], row["line_name"], row["sequence"]) == (
        "press-1-top#part 1",
        "Presse 1",
        1,
    )
    assert row["region"] == "eu-west-1"
    assert world.metrics.total("StreamedRecordCount") == 1


def test_a_review_is_a_row_of_its_own_with_a_greater_sequence() -> None:
    world = World()
    world.stream(change(1, item()), change(2, item(reviewed="normal"), item()))
    first, second = world.lake.rows
    assert first["sequence"] < second["sequence"]
    assert second["review_outcome"] == "overruled"
    assert second["reviewed_at"] == "2026-03-14T12:00:05.250Z"
    changed = {"reviewed_at", "reviewed_by", "review_outcome", "review_verdict", "sequence"}
    assert {name for name in first if first[name] != second[name]} == changed


def test_reservations_and_removals_are_no_rows() -> None:
    world = World()
    reserved = {name: value for name, value in item().items() if name != "verdict"}
    assert world.stream(change(1, reserved), change(2, None, item())) == []
    assert world.lake.rows == []
    assert world.rejects.kept == []


def test_a_bad_record_is_kept_with_the_reason_and_holds_nobody_up() -> None:
    world = World()
    poisoned = {**item(2), "captured_at": {"S": "yesterday"}}
    assert world.stream(change(1, item(1)), change(2, poisoned), change(3, item(3))) == []
    assert world.images == ["press-1-top#part 1", "press-1-top#part 3"]
    (rejected,) = world.rejects.kept
    assert rejected.reason == "InvalidError: 'yesterday' is not an ISO 8601 time."
    assert rejected.record["dynamodb"]["NewImage"] == poisoned
    assert world.metrics.total("BadRecordCount") == 1


def test_a_row_that_is_never_taken_is_a_bad_record() -> None:
    world = World()
    world.lake.row_max = 100
    assert world.stream(change(1, item())) == []
    assert "100 are taken" in world.rejects.kept[0].reason


def test_a_bad_record_that_cannot_be_kept_comes_again() -> None:
    world = World(rejects=NoRejects())
    bad = change(2, {**item(2), "captured_at": {"S": "yesterday"}})
    assert world.stream(change(1, item(1)), bad) == [bad["dynamodb"]["SequenceNumber"]]
    assert world.images == ["press-1-top#part 1"]


def test_rows_that_are_not_taken_are_tried_again_alone_and_ever_later() -> None:
    tried: list[bytes] = []

    def refuses(row: bytes) -> bool:
        tried.append(row)
        return b"part 2" in row and len(tried) < 6

    world = World(refuses=refuses)
    assert world.stream(*(change(n, item(n)) for n in (1, 2, 3))) == []
    assert [sum(f'part {n}"'.encode() in row for row in tried) for n in (1, 2, 3)] == [1, 4, 1]
    assert len(world.pauses) == 3
    assert world.pauses == sorted(world.pauses)


def test_rows_that_stay_refused_come_again_and_are_counted() -> None:
    world = World(refuses=lambda row: b"part 2" in row)
    records = [change(n, item(n)) for n in (1, 2, 3)]
    assert world.stream(*records) == [records[1]["dynamodb"]["SequenceNumber"]]
    assert len(world.pauses) == TRIES - 1
    assert world.metrics.total("StreamedRecordCount") == 2
    assert world.metrics.total("DelayedRecordCount") == 1


def test_names_are_asked_for_once_in_a_while() -> None:
    world, asked = World(), list[str]()
    registry = world.registry

    class Counting(MemoryCameraRegistry):
        def get(self, camera_id: str) -> Camera | None:
            asked.append(camera_id)
            return registry.get(camera_id)

    names = CameraNames(Counting(), lambda: world.now)
    for _ in range(3):
        assert names.get("press-1-top") is not None
        assert names.get("nobody") is None
    assert asked == ["press-1-top", "nobody"]
    world.now += NAMES_KEPT
    names.get("press-1-top")
    assert asked[2:] == ["press-1-top"]


def test_without_the_registry_nothing_is_rejected() -> None:
    class Away(MemoryCameraRegistry):
        def get(self, camera_id: str) -> Camera | None:
            raise UnavailableError("DynamoDB is away")

    world = World()
    world.registry = Away()
    with pytest.raises(UnavailableError):
        world.stream(change(1, item()))
    assert world.rejects.kept == []


POISONS = st.sampled_from(
    [
        {"captured_at": {"S": "yesterday"}},
        {"verdict": {"S": "perhaps"}},
        {"score": {"S": "high"}},
        {"regions": {"L": [{"S": "here"}]}},
        {"width": {"S": "wide"}},
        {"camera_id": {"N": "1"}},
        {"recorded_at": {"NULL": True}},
        {"metadata": {"Q": "?"}},
    ]
)


@given(
    poisons=st.lists(st.none() | POISONS, max_size=12),
    failures=st.lists(st.booleans(), max_size=200),
)
def test_every_good_row_arrives_and_every_bad_record_is_kept_whatever_fails(
    poisons: list[dict[str, Any] | None], failures: list[bool]
) -> None:
    left = iter(failures)
    world = World(refuses=lambda _: next(left, False))
    records = [change(n, {**item(n), **(p or {})}) for n, p in enumerate(poisons)]
    good = {f"press-1-top#part {n}" for n, p in enumerate(poisons) if p is None}
    waiting, rejected = records, dict[str, Rejected]()
    for _ in range(200):
        again = set(world.stream(*waiting))
        rejected |= {r.record["eventID"]: r for r in world.rejects.kept}
        # Lambda goes on from the first record that failed, and repeats those behind it.
        first = next(
            (i for i, r in enumerate(waiting) if r["dynamodb"]["SequenceNumber"] in again), None
        )
        if first is None:
            break
        waiting = waiting[first:]
    else:
        pytest.fail("the records never got through")
    assert set(world.images) == good
    bad = {records[n]["eventID"] for n, p in enumerate(poisons) if p is not None}
    assert rejected.keys() == bad


def test_items_handed_over_by_hand_become_rows_and_nothing_is_kept_of_the_others() -> None:
    world = World(refuses=lambda row: b"part 3" in row)
    reserved = {name: value for name, value in item(4).items() if name != "verdict"}
    bad = {**item(2), "captured_at": {"S": "yesterday"}}
    refused = world.hand_over(bad, item(1), item(3), reserved)
    assert refused == [
        "InvalidError: 'yesterday' is not an ISO 8601 time.",
        "",
        "Firehose did not take it; try again later.",
        "It has no verdict yet.",
    ]
    assert world.images == ["press-1-top#part 1"]
    assert world.rejects.kept == []
    assert world.metrics.total("StreamedRecordCount") == 1
