"""Bounded jobs, timed jobs."""

from __future__ import annotations

import threading
import time

import pytest

from sightline.local.functions.slots import Slots
from sightline.local.timed_pool import TimedPool


class Gauge:
    """Counts how many jobs run at once, and the most there were."""

    def __init__(self) -> None:
        self.now = self.most = self.ended = 0
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self.now -= 1
            self.ended += 1


def test_no_more_jobs_run_at_once_than_there_are_slots() -> None:
    slots, gauge = Slots(3, name="test"), Gauge()

    def job() -> None:
        with gauge:
            time.sleep(0.01)

    for _ in range(20):
        slots.submit(job)
    assert slots.drain(5)
    assert (gauge.most, gauge.ended, slots.unfinished) == (3, 20, 0)


def test_jobs_that_wait_make_room_and_come_back_without_exceeding_the_limit() -> None:
    slots, working, waiting = Slots(2, name="test"), Gauge(), Gauge()

    def job() -> None:
        with working:
            time.sleep(0.005)
        with slots.paused(), slots.paused(), waiting:
            time.sleep(0.1)
        with working:
            time.sleep(0.005)

    for _ in range(10):
        slots.submit(job)
    assert slots.drain(5)
    assert (working.most, working.ended) == (2, 20)
    assert waiting.most > 5


def test_a_job_that_fails_gives_its_slot_back() -> None:
    slots, ran = Slots(1, name="test"), threading.Event()

    def fail() -> None:
        raise RuntimeError("expected by the test")

    slots.submit(fail)
    slots.submit(ran.set)
    assert slots.drain(5)
    assert ran.is_set()


def test_draining_gives_up_in_time() -> None:
    slots, go_on = Slots(1, name="test"), threading.Event()

    def wait() -> None:
        go_on.wait(5)

    slots.submit(wait)
    assert not slots.drain(0.05)
    go_on.set()
    assert slots.drain(5)


def test_at_least_one_slot_is_needed() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Slots(0, name="test")


def test_timed_jobs_run_when_due_and_in_that_order() -> None:
    pool = TimedPool(1, name="test")
    began, ran = time.monotonic(), []
    for name, delay in (("late", 0.2), ("first", 0.0), ("second", 0.0)):
        pool.after(delay, lambda name=name: ran.append((name, time.monotonic() - began)))  # type: ignore[misc]
    assert pool.drain(5)
    pool.close()
    assert [name for name, _ in ran] == ["first", "second", "late"]
    assert ran[-1][1] >= 0.2
    assert ran[1][1] < 0.15
