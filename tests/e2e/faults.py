"""Functions that fail on purpose: before they run, or after, when their answer is lost."""

from __future__ import annotations

import json
import random
import threading
from collections import Counter
from collections.abc import Sequence

from sightline.local.functions.runtime import FunctionSpec, InvokeResult, Outcome, Pool

_ERROR = json.dumps({"errorType": "RuntimeError", "errorMessage": "failed on purpose"}).encode()


class Faults:
    """An interceptor that lets a share of invocations fail, the second and fourth in any case.

    Which others, and whether before or after the function has done its work, the seed decides.
    `only` are parts of the names of the functions that fail; API services never do.
    """

    def __init__(self, *, share: float = 0.15, seed: int = 0, only: Sequence[str] = ("",)) -> None:
        self.pool: Pool | None = None
        self.before: Counter[str] = Counter()
        self.after: Counter[str] = Counter()
        self._seen: Counter[str] = Counter()
        self._share = share
        self._only = only
        self._random = random.Random(seed)  # noqa: S311 - not for secrets
        self._lock = threading.Lock()
        self._inside = threading.local()

    def stop(self) -> None:
        """No more faults."""
        self._share = -1.0

    def __call__(self, spec: FunctionSpec, payload: bytes) -> InvokeResult | None:
        if getattr(self._inside, "running", False) or spec.handler.startswith("app."):
            return None
        meant = any(part in spec.name for part in self._only)
        kind = self._decide(spec.name) if meant else "pass"
        if kind == "pass":
            return None
        if kind == "after":
            self._run(spec, payload)
        return InvokeResult(Outcome.ERROR, _ERROR)

    def _decide(self, name: str) -> str:
        with self._lock:
            self._seen[name] += 1
            if self._share < 0:
                return "pass"
            kind = {2: "before", 4: "after"}.get(self._seen[name], "pass")
            if kind == "pass" and self._random.random() < self._share:
                kind = self._random.choice(["before", "after"])
            if kind == "after" and self.pool is None:
                kind = "before"
            if kind != "pass":
                (self.before if kind == "before" else self.after)[name] += 1
            return kind

    def _run(self, spec: FunctionSpec, payload: bytes) -> None:
        assert self.pool is not None
        self._inside.running = True
        try:
            self.pool.invoke(spec, payload)
        finally:
            self._inside.running = False
