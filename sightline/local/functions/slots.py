"""A bounded number of running jobs, where a job that merely waits makes room for others."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

logger = logging.getLogger(__name__)


class Slots:
    """Runs at most `limit` jobs at once; the rest queue up in order, without a thread each.

    A job may step aside while it only waits (`paused`): its slot goes to the next in the queue,
    and it takes one back before it goes on. Thus a hundred sleeping workflows hold up nobody.
    """

    def __init__(self, limit: int, *, name: str) -> None:
        if limit < 1:
            raise ValueError(f"at least one slot is needed, not {limit}")
        self._free = limit
        self._name = name
        self._queue: deque[Callable[[], None]] = deque()
        self._returning = 0
        self._unfinished = 0
        self._changed = threading.Condition()
        self._holder = threading.local()

    @property
    def unfinished(self) -> int:
        """Jobs that are queued, running or paused."""
        with self._changed:
            return self._unfinished

    def submit(self, job: Callable[[], None]) -> None:
        """Run `job` on a thread of its own as soon as a slot is free; returns at once."""
        with self._changed:
            self._unfinished += 1
            if self._free <= self._returning:  # those who paused go first
                self._queue.append(job)
                return
            self._free -= 1
        self._spawn(job)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Give the slot away meanwhile; nothing happens on a thread that holds none."""
        if not getattr(self._holder, "holds", False):
            yield
            return
        self._holder.holds = False
        following = self._give_back()
        if following:
            self._spawn(following)
        try:
            yield
        finally:
            self._take_again()
            self._holder.holds = True

    def drain(self, timeout: float) -> bool:
        """Wait until every job has ended; False when `timeout` seconds were not enough."""
        with self._changed:
            return self._changed.wait_for(lambda: self._unfinished == 0, timeout)

    def _spawn(self, job: Callable[[], None]) -> None:
        threading.Thread(target=self._run, args=(job,), name=self._name, daemon=True).start()

    def _run(self, job: Callable[[], None]) -> None:
        following: Callable[[], None] | None = job
        while following:
            self._holder.holds = True
            try:
                following()
            except Exception:
                logger.exception("a job of %s failed", self._name)
            with self._changed:
                self._unfinished -= 1
                self._changed.notify_all()
            following = self._give_back()

    def _give_back(self) -> Callable[[], None] | None:
        """The next job for the slot that becomes free, or None when the slot was left."""
        with self._changed:
            if self._queue and self._free >= self._returning:
                return self._queue.popleft()
            self._free += 1
            self._changed.notify_all()
            return None

    def _take_again(self) -> None:
        with self._changed:
            self._returning += 1
            self._changed.wait_for(lambda: self._free > 0)
            self._returning -= 1
            self._free -= 1
