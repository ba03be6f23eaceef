"""What was set aside is handed over again, and nothing is forgotten that is not in the lake."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from sightline.adapters.lake_memory import MemoryFailures, MemoryItems
from sightline.domain import times
from sightline.domain.errors import UnavailableError
from sightline.workflow.lake_ports import Item, SetAside
from sightline.workflow.replay import ReplayDeps, Replayed, replay
from tests.examples import NOON
from tests.stream_examples import item


@dataclass
class Streaming:
    """A stream function that cannot read some images."""

    refuses: str = "no such image"
    taken: list[Item] = field(default_factory=list)
    calls: int = 0

    def hand_over(self, items: Sequence[Item]) -> Sequence[str]:
        self.calls += 1
        refused = ["unreadable" if key(one) == self.refuses else "" for one in items]
        self.taken += [one for one, why in zip(items, refused, strict=True) if not why]
        return refused


def key(item: Item) -> str:
    image: str = item["image"]["S"]
    return image


def kept(number: int, **members: Any) -> SetAside:
    """A record that was set aside."""
    given = {"image": f"press-1-top#part {number}", "item": item(number), **members}
    return SetAside(f"id-{number}", f"receipt-{number}", "InvalidError: no", **given)


def given_up(minutes: int) -> SetAside:
    """A batch that Lambda gave up, which came from then on within a minute."""
    begin = NOON + timedelta(minutes=minutes)
    span = (begin, begin + timedelta(minutes=1))
    return SetAside(f"span-{minutes}", "receipt", "5 changes", span=span)


def recorded(number: int, minutes: float) -> Item:
    at = times.to_wire(NOON + timedelta(minutes=minutes))
    return {**item(number), "recorded_at": {"S": at}}


def run(queue: MemoryFailures, streaming: Streaming, stored: Sequence[Item] = ()) -> list[Replayed]:
    told: list[Replayed] = []
    items = MemoryItems({key(one): one for one in stored})
    results = replay(ReplayDeps(queue, items, streaming), told.append)
    assert told == results
    return results


def test_every_record_is_handed_over_and_forgotten() -> None:
    queue, streaming = MemoryFailures([kept(n) for n in range(5)]), Streaming()
    results = run(queue, streaming)
    assert [result.what for result in results] == [f"press-1-top#part {n}" for n in range(5)]
    assert not any(result.refused for result in results)
    assert [key(one) for one in streaming.taken] == [result.what for result in results]
    assert queue == MemoryFailures()


def test_what_is_refused_again_stays_and_holds_nobody_up() -> None:
    queue = MemoryFailures([kept(1), kept(2), kept(3)])
    results = run(queue, streaming := Streaming(refuses="press-1-top#part 2"))
    assert [result.refused for result in results] == ["", "unreadable", ""]
    assert queue == MemoryFailures([kept(2)])
    mended = run(queue, Streaming())
    assert [result.what for result in mended] == ["press-1-top#part 2"]
    assert queue == MemoryFailures()
    assert streaming.calls == 3


def test_the_table_has_the_last_word_over_what_was_kept() -> None:
    mended = {**item(1), "score": {"N": "7"}}
    run(MemoryFailures([kept(1)]), streaming := Streaming(), [mended])
    assert streaming.taken == [mended]


def test_what_was_kept_counts_where_the_table_has_it_no_more() -> None:
    run(MemoryFailures([kept(1)]), streaming := Streaming())
    assert streaming.taken == [item(1)]


def test_of_what_is_nowhere_any_more_nothing_is_left_to_do() -> None:
    queue = MemoryFailures([kept(1, item=None)])
    [result] = run(queue, streaming := Streaming())
    assert result == Replayed("press-1-top#part 1 is not in the table any more")
    assert (queue, streaming.calls) == (MemoryFailures(), 0)


def test_of_batches_that_were_given_up_all_that_came_then_is_read_from_the_table_once() -> None:
    queue = MemoryFailures([given_up(0), given_up(10)])
    inside = [recorded(n, minutes=n) for n in range(11)]
    reviewed = {**recorded(20, -60), "reviewed_at": {"S": times.to_wire(NOON)}}
    outside = [recorded(30, -1), recorded(31, 12)]
    results = run(queue, streaming := Streaming(), [*inside, reviewed, *outside])
    assert {key(one) for one in streaming.taken} == {key(one) for one in [*inside, reviewed]}
    assert streaming.calls == 2
    assert [result.what for result in results] == ["5 changes, 12 images read again"] * 2
    assert queue == MemoryFailures()


def test_batches_stay_while_an_image_of_theirs_is_refused() -> None:
    queue = MemoryFailures([given_up(0)])
    [result] = run(queue, Streaming(refuses="press-1-top#part 1"), [recorded(1, 0), recorded(2, 0)])
    assert result.refused == "press-1-top#part 1: unreadable"
    assert queue == MemoryFailures([given_up(0)])


def test_what_others_sent_is_left_alone() -> None:
    stranger = SetAside("id", "receipt", "")
    queue = MemoryFailures([stranger, kept(1)])
    results = run(queue, Streaming())
    assert [bool(result.refused) for result in results] == [False, True]
    assert queue == MemoryFailures([stranger])


def test_nothing_is_forgotten_when_the_function_cannot_be_asked() -> None:
    class Away(Streaming):
        def hand_over(self, items: Sequence[Item]) -> Sequence[str]:
            raise UnavailableError("Lambda is away")

    queue = MemoryFailures([kept(1)])
    with pytest.raises(UnavailableError):
        run(queue, Away())
    assert queue.hidden == [kept(1)]
