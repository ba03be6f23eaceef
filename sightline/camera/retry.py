"""When to try again: exponential back-off with full jitter, and the server's Retry-After."""

from __future__ import annotations

import email.utils
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC
from typing import TypeVar

from sightline.domain import times
from sightline.domain.errors import UnavailableError

T = TypeVar("T")

RETRY_AFTER_MAX = 3600.0


class TryAgainError(UnavailableError):
    """An attempt failed for a reason that may pass, after `retry_after` seconds if known.

    `reached` tells a server that answered from a network that did not.
    """

    def __init__(
        self, message: str, *, retry_after: float | None = None, reached: bool = True
    ) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.reached = reached


@dataclass(frozen=True)
class RetryPolicy:
    """`retries` further attempts; pauses grow from `base` to `cap` seconds, evenly at random.

    A Retry-After up to `patience` seconds is waited for; with a longer one the call gives up at
    once, so that the caller hears of it.
    """

    retries: int = 4
    base: float = 0.3
    cap: float = 10.0
    patience: float = 60.0
    sleep: Callable[[float], object] = time.sleep
    # Not for secrets: it only keeps a hundred cameras from coming back in the same instant.
    uniform: Callable[[float, float], float] = field(default=random.uniform)

    def pause(self, attempt: int, retry_after: float | None = None) -> float:
        """Seconds to wait after failed attempt number `attempt` (from 0)."""
        jittered = self.uniform(0, min(self.cap, self.base * 2 ** min(attempt, 30)))
        return jittered + (retry_after or 0)

    def run(self, attempt: Callable[[], T]) -> T:
        """The first result; after the last attempt its `TryAgainError`."""
        for number in range(self.retries):
            try:
                return attempt()
            except TryAgainError as error:
                if (error.retry_after or 0) > self.patience:
                    raise
                self.sleep(self.pause(number, error.retry_after))
        return attempt()


def retry_after_seconds(value: str | None, clock: times.Clock = times.now) -> float | None:
    """Seconds that a Retry-After header asks for (RFC 9110, 10.2.3: seconds or a date).

    At most an hour: a slip of some proxy must not silence a camera for years.
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text), RETRY_AFTER_MAX)
    try:
        moment = email.utils.parsedate_to_datetime(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        seconds = (moment - clock()).total_seconds()
    except (ValueError, OverflowError):
        return None
    return min(max(0.0, seconds), RETRY_AFTER_MAX)
