from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.adapters.memory import MemoryAlertTable, MemoryDigestTimer, MemoryTopic
from sightline.domain.alerts import Alert, AlertState, Notification
from sightline.domain.errors import UnavailableError
from sightline.domain.images import ImageRef
from sightline.domain.inspections import Recorded
from sightline.workflow.digest import DigestDeps, digest
from sightline.workflow.notify import LEASE, NotifyDeps, notify
from tests.examples import NOON, recorded


@dataclass
class BrokenTopic:
    """Refuses the first `failures` messages."""

    failures: int
    inner: MemoryTopic

    def publish(self, notification: Notification) -> None:
        if self.failures:
            self.failures -= 1
            raise UnavailableError("SNS is away")
        self.inner.publish(notification)


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def deps() -> NotifyDeps:
    return make()


def make(limit: int = 3) -> NotifyDeps:
    return NotifyDeps(
        alerts=MemoryAlertTable(),
        topic=MemoryTopic(),
        digests=MemoryDigestTimer(),
        clock=Clock(),
        site_url="https://sightline.example",
        alerts_per_minute=limit,
    )


def number(n: int) -> Recorded:
    return recorded(ref=ImageRef("press-1-top", f"part {n}"))


def test_an_image_is_told_of_once_however_often_it_comes(deps: NotifyDeps) -> None:
    assert [notify(number(1), deps) for _ in range(3)] == [AlertState.SENT] * 3
    assert len(deps.topic.published) == 1  # type: ignore[attr-defined]


def test_a_failed_publication_is_retried_at_once(deps: NotifyDeps) -> None:
    inner = MemoryTopic()
    broken = replace(deps, topic=BrokenTopic(1, inner))
    with pytest.raises(UnavailableError):
        notify(number(1), broken)
    assert notify(number(1), broken) is AlertState.SENT
    assert len(inner.published) == 1


def test_a_run_in_flight_is_not_overtaken_but_a_dead_one_is(deps: NotifyDeps) -> None:
    claimed = Alert(
        number(1).inspection.ref,
        number(1).line_minute,
        AlertState.CLAIMED,
        NOON,
        number(1).severity,
    )
    deps.alerts.claim(claimed)
    with pytest.raises(UnavailableError):
        notify(number(1), deps)
    deps.clock.now += LEASE  # type: ignore[attr-defined]
    assert notify(number(1), deps) is AlertState.SENT


def test_a_storm_folds_into_one_digest_when_the_minute_is_over(deps: NotifyDeps) -> None:
    states = [notify(number(n), deps) for n in range(10)]
    assert states == [AlertState.SENT] * 3 + [AlertState.FOLDED] * 7
    ((minute, due),) = deps.digests.started.items()  # type: ignore[attr-defined]
    assert due - NOON.replace(second=0, microsecond=0) == timedelta(seconds=62)

    told = DigestDeps(deps.alerts, deps.topic, deps.site_url)
    assert [digest(minute, told), digest(minute, told)] == [7, 0]
    assert len(deps.topic.published) == 4  # type: ignore[attr-defined]


def test_what_comes_after_the_digest_is_told_of_singly(deps: NotifyDeps) -> None:
    for n in range(5):
        notify(number(n), deps)
    digest(number(0).line_minute, DigestDeps(deps.alerts, deps.topic, deps.site_url))
    assert notify(number(99), deps) is AlertState.SENT


def test_a_digest_that_failed_is_sent_by_the_retry(deps: NotifyDeps) -> None:
    for n in range(5):
        notify(number(n), deps)
    inner = MemoryTopic()
    told = DigestDeps(deps.alerts, BrokenTopic(1, inner), deps.site_url)
    with pytest.raises(UnavailableError):
        digest(number(0).line_minute, told)
    assert digest(number(0).line_minute, told) == 2
    assert len(inner.published) == 1


@given(
    st.lists(st.integers(0, 12), max_size=60),
    st.lists(st.booleans(), max_size=60),
    st.integers(0, 4),
)
def test_every_image_is_told_of_exactly_once_in_any_order_with_failures(
    arrivals: list[int], fails: list[bool], limit: int
) -> None:
    inner = MemoryTopic()
    deps = make(limit)
    for index, n in enumerate(arrivals):
        failing = index < len(fails) and fails[index]
        attempt = replace(deps, topic=BrokenTopic(int(failing), inner))
        try:
            notify(number(n), attempt)
        except UnavailableError:
            notify(number(n), attempt)
    digest(number(0).line_minute, DigestDeps(deps.alerts, inner, deps.site_url))
    told = [
        image["imageId"]
        for message in inner.published
        for image in message.body.get("images", [message.body.get("image")])
    ]
    assert sorted(told) == sorted({f"part {n}" for n in arrivals})
