"""A few worker threads that run jobs when they are due."""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable

logger = logging.getLogger(__name__)
Job = Callable[[], object]


class TimedPool:
    """Runs jobs at their time on `workers` threads; waiting jobs hold no thread."""

    def __init__(self, workers: int, *, name: str) -> None:
        self._due: list[tuple[float, int, Job]] = []
        self._order = itertools.count()
        self._running = 0
        self._closed = False
        self._changed = threading.Condition()
        for number in range(workers):
            threading.Thread(target=self._work, name=f"{name}-{number}", daemon=True).start()

    @property
    def unfinished(self) -> int:
        """Jobs that are waiting or running."""
        with self._changed:
            return len(self._due) + self._running

    def after(self, seconds: float, job: Job) -> None:
        """Run `job` in `seconds`; jobs due at the same time run in the order they were given."""
        with self._changed:
            heapq.heappush(self._due, (time.monotonic() + seconds, next(self._order), job))
            self._changed.notify_all()

    def drain(self, timeout: float) -> bool:
        """Wait until no job waits or runs; False when `timeout` seconds were not enough."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._due and not self._running, timeout)

    def close(self) -> None:
        """Forget what waits; the threads end when their jobs have."""
        with self._changed:
            self._closed = True
            self._due.clear()
            self._changed.notify_all()

    def _work(self) -> None:
        while job := self._next():
            try:
                job()
            except Exception:
                logger.exception("a job failed")
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    def _next(self) -> Job | None:
        with self._changed:
            while not self._closed:
                left = self._due[0][0] - time.monotonic() if self._due else None
                if left is not None and left <= 0:
                    self._running += 1
                    return heapq.heappop(self._due)[2]
                self._changed.wait(left)
            return None
