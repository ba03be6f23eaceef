"""How events reach a target: when, how often, what happens when it does not take them."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol

from botocore.exceptions import ClientError
from moto.core.exceptions import ServiceException
from werkzeug.exceptions import HTTPException

from sightline.local.events import targets
from sightline.local.events.inputs import target_input
from sightline.local.iam.permissions import NotAllowedError
from sightline.local.timed_pool import TimedPool

logger = logging.getLogger(__name__)

DEFAULT_RETRIES = 185
DEFAULT_AGE_SECONDS = 86_400
MAX_BACKOFF_SECONDS = 30.0
# What moto answers with a 4xx, and what EventBridge itself finds: trying again is of no use.
REFUSALS = (ServiceException, HTTPException, ClientError, NotAllowedError)


class Delivery(Protocol):
    """How often and when an event goes to a target."""

    def delays(self, event: Mapping[str, Any]) -> Iterable[float]:
        """One delay in seconds for each time that the event is delivered."""


class Once:
    """Each event once, at once."""

    def delays(self, event: Mapping[str, Any]) -> Iterable[float]:
        """No delay."""
        del event
        return (0.0,)


class Repeated:
    """Each event several times and out of order, which EventBridge reserves the right to do."""

    def __init__(self, *, times: int = 2, within_seconds: float = 0.5, seed: int = 0) -> None:
        self._times = times
        self._within = within_seconds
        self._random = random.Random(seed)  # noqa: S311  not for secrets
        self._lock = threading.Lock()

    def delays(self, event: Mapping[str, Any]) -> Iterable[float]:
        """Random delays, the same ones for the same seed."""
        del event
        with self._lock:
            return [self._random.uniform(0, self._within) for _ in range(self._times)]


@dataclass(frozen=True)
class Attempt:
    """One event on its way to one target of a rule; `number` counts the retries."""

    account: str
    rule_arn: str
    target: Mapping[str, Any]
    event: Mapping[str, Any]
    began: float
    number: int = 0

    def exhausted(self, error: Exception) -> str | None:
        """Why there is no further try, in EventBridge's words; None when there is one."""
        policy = self.target.get("RetryPolicy") or {}
        if isinstance(error, REFUSALS):
            return "NoRetries"
        if self.number >= policy.get("MaximumRetryAttempts", DEFAULT_RETRIES):
            return "MaximumRetryAttempts"
        age = time.monotonic() - self.began
        if age >= policy.get("MaximumEventAgeInSeconds", DEFAULT_AGE_SECONDS):
            return "MaximumEventAgeInSeconds"
        return None

    def backoff(self) -> float:
        """Seconds until the next try."""
        return float(min(0.2 * 2 ** min(self.number, 16), MAX_BACKOFF_SECONDS))

    def reasons(self, error: Exception, condition: str) -> dict[str, str]:
        """The attributes of the message on the dead-letter queue."""
        return {
            "RULE_ARN": self.rule_arn,
            "TARGET_ARN": str(self.target["Arn"]),
            "ERROR_CODE": type(error).__name__,
            "ERROR_MESSAGE": str(error)[:1024] or "no message",
            "EXHAUSTED_RETRY_CONDITION": condition,
            "RETRY_ATTEMPTS": str(self.number),
        }


class Courier:
    """Takes events to targets on a few threads, and tries again or parks what they do not take."""

    def __init__(self, *, workers: int, delivery: Delivery) -> None:
        self._delivery = delivery
        self._pool = TimedPool(workers, name="events")
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()

    @property
    def counts(self) -> Mapping[str, int]:
        """How many deliveries were accepted, done, retried, parked on a queue, and dropped."""
        with self._lock:
            names = ("accepted", "delivered", "retried", "parked", "dropped")
            return {name: self._counts[name] for name in names}

    @property
    def unfinished(self) -> int:
        """Deliveries that are waiting or under way."""
        return self._pool.unfinished

    def accept(self, rule: Any, target: Mapping[str, Any], event: Mapping[str, Any]) -> None:
        """Deliver `event` to `target` of moto's `rule`, as often as the strategy says."""
        attempt = Attempt(rule.account_id, rule.arn, target, event, time.monotonic())
        for delay in self._delivery.delays(event):
            self._count("accepted")
            self._pool.after(delay, partial(self._deliver, attempt))

    def drain(self, timeout: float) -> bool:
        """Wait until nothing is in flight; False when `timeout` seconds were not enough."""
        return self._pool.drain(timeout)

    def close(self) -> None:
        """Forget what is in flight."""
        self._pool.close()

    def _deliver(self, attempt: Attempt) -> None:
        try:
            text = target_input(attempt.target, attempt.event)
            targets.send(attempt.account, attempt.target, attempt.event["id"], text)
        except Exception as error:
            self._not_taken(attempt, error)
        else:
            self._count("delivered")

    def _not_taken(self, attempt: Attempt, error: Exception) -> None:
        condition = attempt.exhausted(error)
        if condition is None:
            self._count("retried")
            following = replace(attempt, number=attempt.number + 1)
            self._pool.after(attempt.backoff(), partial(self._deliver, following))
            return
        logger.warning("%s did not take an event: %s", attempt.target["Arn"], error)
        queue = (attempt.target.get("DeadLetterConfig") or {}).get("Arn")
        if queue and targets.park(
            attempt.account, queue, attempt.event, attempt.reasons(error, condition)
        ):
            self._count("parked")
        else:
            self._count("dropped")

    def _count(self, what: str) -> None:
        with self._lock:
            self._counts[what] += 1
