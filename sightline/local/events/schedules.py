"""EventBridge's scheduled rules: `rate(1 minute)` is every minute here too.

moto stores schedules and never acts on them.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from uuid import uuid4

from moto.events.models import events_backends

from sightline.local.events.objects import iso_seconds
from sightline.local.iam.credentials import ACCOUNT_ID

logger = logging.getLogger(__name__)

_RATE = re.compile(r"rate\(([1-9]\d*) (minute|hour|day)s?\)")
_SECONDS = {"minute": 60.0, "hour": 3600.0, "day": 86_400.0}

Fire = Callable[[Any, Mapping[str, Any]], None]
"""Hands an event to the targets of a rule."""


def interval(expression: str) -> float | None:
    """Seconds between two events of a schedule; None for what is not a rate."""
    found = _RATE.fullmatch(expression)
    return int(found[1]) * _SECONDS[found[2]] if found else None


class Schedules:
    """Fires rules that are due: the first time one interval after they were first seen."""

    def __init__(self, fire: Fire, rules: Callable[[], Iterable[Any]] | None = None) -> None:
        self._fire = fire
        self._rules = rules or _all_rules
        self._due: dict[str, float] = {}
        self._end = threading.Event()

    def start(self) -> None:
        """Look every second, on a thread of its own."""
        threading.Thread(target=self._watch, name="schedules", daemon=True).start()

    def close(self) -> None:
        """Fire nothing any more."""
        self._end.set()

    def tick(self, now: float) -> None:
        """Fire what is due at `now` (seconds of a clock that never goes back)."""
        for rule in list(self._rules()):
            seconds = interval(rule.scheduled_expression or "")
            if seconds is None or rule.state == "DISABLED":
                self._due.pop(rule.arn, None)
            elif now >= self._due.setdefault(rule.arn, now + seconds):
                self._due[rule.arn] = now + seconds
                self._fire(rule, scheduled_event(rule))

    def _watch(self) -> None:
        while not self._end.wait(1):
            try:
                self.tick(time.monotonic())
            except Exception:  # one that cannot be fired must not stop the others for ever
                logger.exception("a schedule could not be followed")


def scheduled_event(rule: Any) -> dict[str, Any]:
    """What a scheduled rule hands to its targets."""
    return {
        "version": "0",
        "id": str(uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": rule.account_id,
        "time": iso_seconds(time.time()),
        "region": rule.region_name,
        "resources": [rule.arn],
        "detail": {},
    }


def _all_rules() -> Iterable[Any]:
    for backend in list(events_backends[ACCOUNT_ID].values()):
        yield from list(backend.event_buses["default"].rules.values())
