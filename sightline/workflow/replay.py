"""Replay: what the stream function set aside is handed over to the lake again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sightline.workflow.lake_ports import Failures, Item, Items, SetAside, Streaming

ITEMS_AT_ONCE = 10  # an item has up to 400 KB, and a call carries 6 MB


@dataclass(frozen=True)
class ReplayDeps:
    """What replaying needs."""

    failures: Failures
    items: Items
    streaming: Streaming


@dataclass(frozen=True)
class Replayed:
    """What became of one message; `refused` says why it stays on the queue, or is empty."""

    what: str
    refused: str = ""


def replay(deps: ReplayDeps, on_done: Callable[[Replayed], None]) -> list[Replayed]:
    """Hand everything over that waits on the queue, and forget what is in the lake by then.

    Images go as the table has them now, or as they were kept where the table has them no longer: of
    an image's forms the latest counts. So a replay may be repeated, and may come late. What is
    refused once more stays where it is.
    """
    waiting = list(_waiting(deps.failures))
    results = []
    for group, hand_over in (
        ([one for one in waiting if one.image], _images),
        ([one for one in waiting if one.span], _spans),
        ([one for one in waiting if not one.image and not one.span], _strangers),
    ):
        for message, result in hand_over(group, deps):
            (deps.failures.release if result.refused else deps.failures.forget)(message)
            results.append(result)
            on_done(result)
    return results


Results = Iterator[tuple[SetAside, Replayed]]


def _waiting(failures: Failures) -> Iterator[SetAside]:
    """Every message once: one that is hidden for too short a time would come again."""
    seen = set[str]()
    while fresh := [one for one in failures.receive() if one.id not in seen]:
        seen |= {one.id for one in fresh}
        yield from fresh


def _images(messages: Sequence[SetAside], deps: ReplayDeps) -> Results:
    """Records that no row could be made of."""
    for message in messages:
        item = deps.items.item(message.image) or message.item
        if item is None:
            yield (
                message,
                Replayed(f"{message.image} is not in the table any more"),
            )
        else:
            [refused] = deps.streaming.hand_over([item])
            yield message, Replayed(message.image, refused)


def _spans(messages: Sequence[SetAside], deps: ReplayDeps) -> Results:
    """Batches that were given up, of which nothing is known but when they came.

    The table is read once for all of them, so one image that is refused holds all of them.
    """
    spans = [message.span for message in messages if message.span]
    if not spans:
        return
    found = deps.items.changed(min(begin for begin, _ in spans), max(end for _, end in spans))
    count, refused = 0, list[str]()
    for chunk in _chunks(found):
        reasons = deps.streaming.hand_over(list(chunk.values()))
        count += len(chunk)
        refused += [f"{image}: {why}" for image, why in zip(chunk, reasons, strict=True) if why]
    for message in messages:
        yield message, Replayed(f"{message.reason}, {count} images read again", "; ".join(refused))


def _strangers(messages: Sequence[SetAside], deps: ReplayDeps) -> Results:
    del deps
    for message in messages:
        yield message, Replayed(f"message {message.id}", "this is nothing that streaming set aside")


def _chunks(found: Iterator[tuple[str, Item]]) -> Iterator[dict[str, Item]]:
    chunk: dict[str, Item] = {}
    for image, item in found:
        chunk[image] = item
        if len(chunk) == ITEMS_AT_ONCE:
            yield chunk
            chunk = {}
    if chunk:
        yield chunk
