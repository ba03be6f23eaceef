"""The Lambda runtime: functions run in warm worker processes, as they would in Lambda's sandboxes.

    detect = FunctionSpec("detect", handler="detect.handler", code=Path("detect.zip"))
    with Pool(endpoint="http://127.0.0.1:5000") as pool:
        result = pool.invoke(detect, b"{}")

It knows nothing of the embedded AWS: `wire` lets that run its functions here,
and the gateway runs the API services here.
"""

from __future__ import annotations

import atexit
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Self

from sightline.domain.errors import ConflictError
from sightline.local.functions.code_store import CodeStore
from sightline.local.functions.contract import FunctionSpec, InvokeResult, Outcome
from sightline.local.functions.figures import Figures
from sightline.local.functions.worker import Worker

__all__ = ["FunctionSpec", "InvokeResult", "Outcome", "Pool"]

Interceptor = Callable[[FunctionSpec, bytes], InvokeResult | None]
"""Answers an invocation in the place of its function, or None to let it run: for fault tests."""


class _Fleet:
    """The workers of one function."""

    def __init__(self, limit: int) -> None:
        self.slots = threading.BoundedSemaphore(limit)
        self.idle: deque[Worker] = deque()
        self.all: set[Worker] = set()

    def take_idle(self) -> Worker | None:
        """The worker that was used last, None when none is idle and alive."""
        while True:
            try:
                worker = self.idle.pop()
            except IndexError:
                return None
            if worker.is_ready:
                return worker
            self.discard(worker)

    def give_back(self, worker: Worker) -> None:
        if worker.is_ready:
            self.idle.append(worker)
        else:
            self.discard(worker)

    def discard(self, worker: Worker) -> None:
        self.all.discard(worker)
        worker.close()


class Pool:
    """Warm workers per function, at most `workers_per_function` of each at a time.

    An invocation for which no worker is free waits for one; its own timeout counts from when it
    runs. Safe to use from several threads.
    """

    def __init__(
        self,
        *,
        endpoint: str | None = None,
        workers_per_function: int = 2,
        interceptor: Interceptor | None = None,
    ) -> None:
        self.figures = Figures()
        self.code = CodeStore()
        self._endpoint = endpoint
        self._limit = workers_per_function
        self._interceptor = interceptor
        self._lock = threading.Lock()
        self._fleets: dict[tuple[object, ...], _Fleet] = {}
        self._closed = False
        atexit.register(self.close)

    def invoke(self, spec: FunctionSpec, payload: bytes) -> InvokeResult:
        """Run a function on a JSON event and wait for its answer; failures are answers too.

        `ConflictError` when the pool is closed.
        """
        if self._interceptor and (answer := self._interceptor(spec, payload)):
            return answer
        request_id = str(uuid.uuid4())
        fleet = self._fleet(spec)
        asked = time.perf_counter()
        with fleet.slots:
            worker = fleet.take_idle()
            if worker is None:
                worker, problem = self._launch(fleet, spec, request_id)
                if problem:
                    return problem
            wait = time.perf_counter() - asked
            try:
                return self._run(worker, spec, request_id, payload, wait)
            finally:
                fleet.give_back(worker)

    def warm(self, spec: FunctionSpec) -> InvokeResult | None:
        """Start a worker ahead of the first invocation; the problem when it cannot start."""
        fleet = self._fleet(spec)
        with fleet.slots:
            worker, problem = self._launch(fleet, spec, str(uuid.uuid4()))
            if problem is None:
                fleet.give_back(worker)
        return problem

    def pids(self) -> list[int]:
        """The process ids of all workers."""
        with self._lock:
            return [worker.pid for fleet in self._fleets.values() for worker in list(fleet.all)]

    def close(self) -> None:
        """End every worker at once, also the busy ones, and remove what they wrote."""
        atexit.unregister(self.close)
        with self._lock:
            self._closed = True
            fleets = list(self._fleets.values())
        for fleet in fleets:
            for worker in list(fleet.all):
                # The thread that invokes a busy worker sees it end, and cleans up after it.
                worker.kill()
            while (idle := fleet.take_idle()) is not None:
                fleet.discard(idle)
        self.code.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def _fleet(self, spec: FunctionSpec) -> _Fleet:
        key = spec.key
        with self._lock:
            if self._closed:
                raise ConflictError("the pool of local functions is closed")
            return self._fleets.setdefault(key, _Fleet(self._limit))

    def _launch(
        self, fleet: _Fleet, spec: FunctionSpec, request_id: str
    ) -> tuple[Worker, InvokeResult | None]:
        begun = time.perf_counter()
        worker = Worker(
            spec,
            code=self.code.folder(spec.code),
            endpoint=self._endpoint,
            scratch=self.code.scratch,
        )
        fleet.all.add(worker)
        if self._closed:
            worker.kill()
        problem = worker.start(request_id)
        if problem:
            fleet.discard(worker)
        else:
            self.figures.cold_start(spec.name, time.perf_counter() - begun)
        return worker, problem

    def _run(
        self, worker: Worker, spec: FunctionSpec, request_id: str, payload: bytes, wait: float
    ) -> InvokeResult:
        cpu = worker.cpu_seconds()
        begun = time.perf_counter()
        result = worker.invoke(request_id, payload)
        duration = time.perf_counter() - begun
        spent = worker.cpu_seconds()
        self.figures.invocation(
            spec.name,
            result.outcome,
            wait=wait,
            duration=duration,
            cpu=None if cpu is None or spent is None else spent - cpu,
        )
        return result
