"""Who is told of alerts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from sightline.domain.subscriptions import (
    FILTER_VALUES_MAX,
    SUBSCRIPTIONS_MAX,
    Subscription,
)
from sightline.http.floor.shapes import Asked, Nothing, Route, Shape
from sightline.workflow.floor import subscriptions

SUBSCRIPTION = "SUBSCRIPTION"
ALERTS = "/sightline/alerts"
Filters = Annotated[list[str], Field(default_factory=list, max_length=FILTER_VALUES_MAX)]


class SubscriptionIn(Shape):
    """Who is to be told; empty filters let everything by."""

    protocol: Literal["email", "sms", "https"]
    endpoint: str
    severities: Filters
    lines: Filters
    projects: Filters

    def subscription(self) -> Subscription:
        """What the use case takes."""
        return Subscription(
            protocol=self.protocol,
            endpoint=self.endpoint,
            severities=tuple(self.severities),
            lines=tuple(self.lines),
            projects=tuple(self.projects),
        )


class SubscriptionOut(Shape):
    """A subscriber; one that is not confirmed has no id, and its filters are not known."""

    subscription_id: str | None
    protocol: str
    endpoint: str
    state: Literal["confirmed", "pending"]
    severities: list[str]
    lines: list[str]
    projects: list[str]


class SubscriptionsOut(Shape):
    """All subscribers, and how many there may be."""

    subscriptions: list[SubscriptionOut]
    max: int


class OneSubscription(Shape):
    """One subscriber."""

    subscription: SubscriptionOut


def list_subscriptions(asked: Asked) -> SubscriptionsOut:
    """All subscribers with their filters."""
    found = asked.deps.subscriptions.list()
    return SubscriptionsOut(subscriptions=[_out(one) for one in found], max=SUBSCRIPTIONS_MAX)


def add_subscription(asked: Asked) -> OneSubscription:
    """Have somebody told. Mail and web addresses must be confirmed by their owners."""
    wanted: Subscription = asked.body.subscription()
    return OneSubscription(subscription=_out(subscriptions.subscribe(wanted, asked.deps)))


def remove_subscription(asked: Asked) -> Nothing:
    """Tell a subscriber no more."""
    subscriptions.unsubscribe(asked.path["subscriptionId"], asked.deps)
    return Nothing()


def _out(one: Subscription) -> SubscriptionOut:
    return SubscriptionOut(
        subscription_id=one.subscription_id,
        protocol=one.protocol,
        endpoint=one.endpoint,
        state="confirmed" if one.confirmed else "pending",
        severities=list(one.severities),
        lines=list(one.lines),
        projects=list(one.projects),
    )


ROUTES: Sequence[Route] = (
    Route("GET", ALERTS, list_subscriptions, SubscriptionsOut, SUBSCRIPTION),
    Route(
        "POST", ALERTS, add_subscription, OneSubscription, SUBSCRIPTION, 201, body=SubscriptionIn
    ),
    Route("DELETE", ALERTS + "/{subscriptionId}", remove_subscription, Nothing, SUBSCRIPTION),
)
