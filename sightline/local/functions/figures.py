"""What the runtime measured, per function: start-up, warm run time and processor time."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field

from sightline.local.functions.contract import Outcome

_KEPT = 20_000


@dataclass
class FunctionFigures:
    """One function's figures; all times in seconds, the latest 20,000 of each."""

    cold_starts: deque[float] = field(default_factory=lambda: deque(maxlen=_KEPT))
    """From starting the process to its first question for an event."""
    durations: deque[float] = field(default_factory=lambda: deque(maxlen=_KEPT))
    """From sending the event to having the answer, in a warm process."""
    cpu: deque[float] = field(default_factory=lambda: deque(maxlen=_KEPT))
    """Processor time of the worker's process per invocation."""
    waits: deque[float] = field(default_factory=lambda: deque(maxlen=_KEPT))
    """From being asked for to having a worker, cold starts included."""
    outcomes: dict[Outcome, int] = field(default_factory=dict)


class Figures:
    """Figures by function name; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._functions: dict[str, FunctionFigures] = {}

    def cold_start(self, name: str, seconds: float) -> None:
        with self._lock:
            self._of(name).cold_starts.append(seconds)

    def invocation(
        self, name: str, outcome: Outcome, *, wait: float, duration: float, cpu: float | None
    ) -> None:
        with self._lock:
            figures = self._of(name)
            figures.waits.append(wait)
            figures.durations.append(duration)
            figures.outcomes[outcome] = figures.outcomes.get(outcome, 0) + 1
            if cpu is not None:
                figures.cpu.append(cpu)

    def of(self, name: str) -> FunctionFigures:
        """A copy of one function's figures; empty for a function that never ran."""
        with self._lock:
            source = self._functions.get(name, FunctionFigures())
            return FunctionFigures(
                source.cold_starts.copy(),
                source.durations.copy(),
                source.cpu.copy(),
                source.waits.copy(),
                dict(source.outcomes),
            )

    def names(self) -> list[str]:
        """The functions that ran, in alphabetical order."""
        with self._lock:
            return sorted(self._functions)

    def _of(self, name: str) -> FunctionFigures:
        return self._functions.setdefault(name, FunctionFigures())
