"""Subscriptions: people see to who is told of alerts."""

from __future__ import annotations

import re

from sightline.domain.errors import ConflictError, NotFoundError
from sightline.domain.subscriptions import SUBSCRIPTIONS_MAX, Subscription
from sightline.workflow.floor.ports import FloorDeps

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def subscribe(wanted: Subscription, deps: FloorDeps) -> Subscription:
    """Subscribe an endpoint; doing it again with the same filters changes nothing.

    Raises `InvalidError` for what may not be subscribed, and `ConflictError` when there are too
    many or the endpoint has other filters.
    """
    wanted.check()
    known = deps.subscriptions.list()
    mine = (wanted.protocol, wanted.endpoint)
    if len(known) >= SUBSCRIPTIONS_MAX and mine not in {(o.protocol, o.endpoint) for o in known}:
        raise ConflictError(
            f"{len(known)} subscriptions are the most that are kept; remove one first."
        )
    return deps.subscriptions.add(wanted)


def unsubscribe(subscription_id: str, deps: FloorDeps) -> None:
    """Remove a subscription; `NotFoundError` when there is none of this id."""
    if not _ID.fullmatch(subscription_id):
        raise NotFoundError(f"There is no subscription {subscription_id[:50]!r}.")
    if subscription_id not in {one.subscription_id for one in deps.subscriptions.list()}:
        raise NotFoundError(f"There is no subscription {subscription_id}.")
    deps.subscriptions.remove(subscription_id)
