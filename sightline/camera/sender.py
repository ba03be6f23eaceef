"""Empties a spool, oldest picture first, now or in the background."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from sightline.camera.picture import Picture
from sightline.camera.retry import RetryPolicy, TryAgainError
from sightline.camera.spool import Spool
from sightline.domain.errors import (
    ConflictError,
    InvalidError,
    SightlineError,
    UnavailableError,
)

_log = logging.getLogger("sightline.camera")

_IDLE_SECONDS = 30.0
_TROUBLED_SECONDS = 60.0
_FAILURES_IN_A_ROW = 3


@dataclass(frozen=True)
class FlushReport:
    """What one pass over the spool did.

    `busy`: another process is sending this spool. `problem`: why the pass ended early.
    """

    sent: int = 0
    rejected: int = 0
    remaining: int = 0
    busy: bool = False
    problem: SightlineError | None = None


class Sender:
    """One pass at a time among all threads and processes that share the spool."""

    def __init__(self, spool: Spool, send: Callable[[Picture], object]) -> None:
        self._spool = spool
        self._send = send
        self._turn = threading.Lock()
        self._failed: set[str] = set()

    def flush(self, stop: threading.Event | None = None) -> FlushReport:
        """Send what waits. A picture that is refused for good goes to `rejected/`.

        A picture that fails while the service does answer is passed over, and comes last from
        then on, so that it cannot hold up the others; three in a row, no network or a refused
        token end the pass.
        """
        with self._turn, self._spool.sending() as mine:
            if not mine:
                return FlushReport(remaining=len(self._spool.names()), busy=True)
            report = self._pass(stop or threading.Event())
        return replace(report, remaining=len(self._spool.names()))

    def _pass(self, stop: threading.Event) -> FlushReport:
        report, failures = FlushReport(), 0
        for name in sorted(self._spool.names(), key=lambda name: (name in self._failed, name)):
            if stop.is_set():
                break
            try:
                self._send(self._spool.read(name))
            except (InvalidError, ConflictError) as error:
                _log.error("Picture %s was refused and moved to rejected/: %s", name, error)
                self._spool.reject(name, f"{type(error).__name__}: {error}")
                report = replace(report, rejected=report.rejected + 1)
                continue
            except TryAgainError as error:
                report, failures = replace(report, problem=error), failures + 1
                if not error.reached:
                    break
                self._failed.add(name)
                if failures == _FAILURES_IN_A_ROW:
                    break
                continue
            except SightlineError as error:
                return replace(report, problem=error)
            self._spool.remove(name)
            self._failed.discard(name)
            report, failures = replace(report, sent=report.sent + 1), 0
        return report


class BackgroundSender:
    """A thread that keeps the spool empty as far as the network lets it.

    `on_report` hears of every pass, from that thread.
    """

    def __init__(
        self, sender: Sender, policy: RetryPolicy, on_report: Callable[[FlushReport], None]
    ) -> None:
        self._sender = sender
        self._policy = replace(policy, cap=_TROUBLED_SECONDS)
        self._on_report = on_report
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sightline-spool", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """There is something to send; during a back-off this changes nothing."""
        self._wake.set()

    def close(self) -> None:
        """Stop after the picture that is on its way; what waits stays in the spool."""
        self._stop.set()
        self._wake.set()
        self._thread.join()

    def _run(self) -> None:
        failures = 0
        while not self._stop.is_set():
            self._wake.clear()
            report = self._pass()
            if report.problem is None and not report.busy:
                failures = 0
                self._wake.wait(_IDLE_SECONDS)
                continue
            retry_after = getattr(report.problem, "retry_after", None)
            self._stop.wait(self._policy.pause(failures, retry_after))
            failures += 1

    def _pass(self) -> FlushReport:
        try:
            report = self._sender.flush(self._stop)
        except Exception as error:
            # The thread must outlive whatever a disk can do, or pictures wait for ever unseen.
            _log.exception("A pass over the spool failed")
            report = FlushReport(problem=UnavailableError(str(error)))
        if report.problem and not isinstance(report.problem, UnavailableError):
            _log.error("Pictures stay in the spool: %s", report.problem)
        self._on_report(report)
        return report
