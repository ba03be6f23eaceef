"""EventBridge: objects in S3 become events, and rules hand events to their targets.

moto matches patterns but starts no state machine and calls no function, skips the remaining rules
when a target fails, delivers for disabled rules, and does all of it while the PUT waits.
"""

from __future__ import annotations

import copy
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

from moto.events.models import Rule, events_backends
from moto.s3 import notifications
from moto.s3.responses import S3Response
from moto.utilities.arns import parse_arn

from sightline.local.events import targets
from sightline.local.events.delivery import Courier, Delivery, Once
from sightline.local.events.objects import iso_seconds, object_event
from sightline.local.seams import Seams

logger = logging.getLogger(__name__)


def install(*, workers: int = 4, delivery: Delivery | None = None) -> EventBridge:
    """Make moto deliver events on `workers` threads; `delivery` is `Once` unless a test differs."""
    return EventBridge(Courier(workers=workers, delivery=delivery or Once()))


class EventBridge:
    """The wire in place: wait for what is in flight, count, take it out."""

    def __init__(self, courier: Courier) -> None:
        self._courier = courier
        self._held = threading.local()
        self._seams = Seams()
        replace = self._seams.replace
        replace(notifications, "_send_event_bridge_message", self._object_changed)
        send_before = replace(Rule, "send_to_targets", self._sender())
        self._send_elsewhere: Callable[..., None] = send_before
        for name in ("_key_response", "_bucket_response"):
            replace(S3Response, name, self._holding(getattr(S3Response, name)))

    @property
    def counts(self) -> Mapping[str, int]:
        """How many deliveries were accepted, done, retried, parked on a queue, and dropped."""
        return self._courier.counts

    @property
    def unfinished(self) -> int:
        """Deliveries that are waiting or under way."""
        return self._courier.unfinished

    def drain(self, timeout: float) -> bool:
        """Wait until nothing is in flight; False when `timeout` seconds were not enough."""
        return self._courier.drain(timeout)

    def close(self) -> None:
        """Put moto's own methods back and forget what is in flight."""
        self._seams.restore()
        self._courier.close()

    def publish(self, account: str, region: str, event: Mapping[str, Any]) -> None:
        """Offer an event to every rule of the default bus; returns at once."""
        bus = events_backends[account][region].event_buses["default"]
        for rule in list(bus.rules.values()):
            if _matches(rule, event):
                self.fire(rule, event)

    def fire(self, rule: Any, event: Mapping[str, Any]) -> None:
        """Hand an event to the targets of one rule of moto's; returns at once."""
        for target in list(rule.targets):
            self._courier.accept(rule, target, event)

    def _object_changed(self, account: str, bucket: Any, event_name: str, key: Any) -> None:
        try:
            event = object_event(account, bucket, event_name, key)
            if self._is_part_of_put(event):
                return
            self._after_request(partial(self.publish, account, bucket.region_name, event))
        except Exception:  # the PUT has succeeded, whatever becomes of its event
            logger.exception("no event for %s of %s", event_name, bucket.name)

    def _is_part_of_put(self, event: Mapping[str, Any]) -> bool:
        """moto also tells of the (mostly empty) tags that a PUT sets; AWS does not."""
        kind = event["detail-type"]
        if kind == "Object Created":
            self._held.created = True
        return kind == "Object Tags Added" and getattr(self._held, "created", False)

    def _sender(self) -> Callable[..., None]:
        """What stands in for `Rule.send_to_targets`, which `PutEvents` calls for every rule."""

        def send(rule: Any, event: dict[str, Any], transform_input: bool = True) -> None:
            if not _matches(rule, event):
                return
            for target in list(rule.targets):
                if parse_arn(target["Arn"]).service in targets.SERVICES:
                    self._courier.accept(rule, target, _as_aws(event))
                else:  # logs, archives, buses and destinations, which moto knows
                    single = copy.copy(rule)
                    single.targets = [target]
                    self._send_elsewhere(single, event, transform_input)

        return send

    def _holding(self, respond: Callable[..., Any]) -> Callable[..., Any]:
        def responding(*args: Any, **kwargs: Any) -> Any:
            with self._hold():
                return respond(*args, **kwargs)

        return responding

    @contextmanager
    def _hold(self) -> Iterator[None]:
        """Keep events back until the request is done.

        moto tells of an object before it has given it its metadata, which a quick target would
        then not find.
        """
        jobs: list[Callable[[], None]] = []
        self._held.jobs, self._held.created = jobs, False
        try:
            yield
        finally:
            self._held.jobs, self._held.created = None, False
            for job in jobs:
                job()

    def _after_request(self, job: Callable[[], None]) -> None:
        jobs = getattr(self._held, "jobs", None)
        if jobs is None:
            job()
        else:
            jobs.append(job)


def _matches(rule: Any, event: Mapping[str, Any]) -> bool:
    """Whether a rule is enabled and its pattern, if it has one, matches."""
    pattern = rule.event_pattern
    enabled = rule.state != "DISABLED"
    return enabled and bool(pattern.get_pattern()) and bool(pattern.matches_event(event))


def _as_aws(event: Mapping[str, Any]) -> dict[str, Any]:
    """An event as targets see it: moto carries the time as a number."""
    seen = {name: value for name, value in event.items() if name != "ingestion-time"}
    if isinstance(seen.get("time"), int | float):
        seen["time"] = iso_seconds(seen["time"])
    return seen
