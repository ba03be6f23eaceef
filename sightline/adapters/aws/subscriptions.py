"""Subscriptions of the alert topic over SNS."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from sightline.adapters.aws.errors import code, translated
from sightline.domain.errors import ConflictError, NotFoundError
from sightline.domain.subscriptions import SUBSCRIPTIONS_MAX, Subscription

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

_PENDING = "PendingConfirmation"
_AT_ONCE = 8
# Digests name no project: whoever filters by project gets them all the same.
_UNNAMED = {"exists": False}


class SnsSubscriptions:
    """`Subscriptions` of one topic. Filters go by message attributes."""

    def __init__(self, topic_arn: str, client: SNSClient) -> None:
        self._topic = topic_arn
        self._client = client

    def list(self) -> Sequence[Subscription]:
        with translated("Listing subscriptions"):
            pages = self._client.get_paginator("list_subscriptions_by_topic").paginate(
                TopicArn=self._topic, PaginationConfig={"MaxItems": 2 * SUBSCRIPTIONS_MAX}
            )
            found = [one for page in pages for one in page["Subscriptions"]]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            known = list(pool.map(self._read, found))
        return sorted(known, key=lambda one: (one.protocol, one.endpoint))

    def add(self, wanted: Subscription) -> Subscription:
        policy = _policy(wanted)
        attributes = {}
        if policy:
            attributes = {
                "FilterPolicy": json.dumps(policy),
                "FilterPolicyScope": "MessageAttributes",
            }
        with translated("Subscribing"):
            try:
                self._client.subscribe(
                    TopicArn=self._topic,
                    Protocol=wanted.protocol,
                    Endpoint=wanted.endpoint,
                    Attributes=attributes,
                )
            except self._client.exceptions.InvalidParameterException as error:
                raise ConflictError(
                    f"{wanted.endpoint} cannot be subscribed like this; it may be subscribed with "
                    "other filters, which must be removed first."
                ) from error
        for one in self.list():
            if (one.protocol, one.endpoint) == (wanted.protocol, wanted.endpoint):
                return one
        return wanted  # the list is not up to date everywhere at once

    def remove(self, subscription_id: str) -> None:
        with translated(f"Removing subscription {subscription_id}"):
            try:
                self._client.unsubscribe(SubscriptionArn=f"{self._topic}:{subscription_id}")
            except self._client.exceptions.ClientError as error:
                if code(error) in {"NotFound", "InvalidParameter"}:
                    raise NotFoundError(f"There is no subscription {subscription_id}.") from error
                raise

    def _read(self, one: Any) -> Subscription:
        arn = one["SubscriptionArn"]
        if not arn.startswith(f"{self._topic}:"):  # `PendingConfirmation`, or `Deleted`
            return Subscription(one["Protocol"], one["Endpoint"])
        with translated("Reading a subscription"):
            found = self._client.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
        policy = json.loads(found.get("FilterPolicy") or "{}")
        return Subscription(
            protocol=one["Protocol"],
            endpoint=one["Endpoint"],
            severities=_named(policy.get("severity")),
            lines=_named(policy.get("line")),
            projects=_named(policy.get("project")),
            subscription_id=arn.rpartition(":")[2],
            confirmed=found.get(_PENDING, "false") != "true",
        )


def _policy(wanted: Subscription) -> dict[str, list[Any]]:
    named: dict[str, list[Any]] = {
        "severity": list(wanted.severities),
        "line": list(wanted.lines),
        "project": [*wanted.projects, _UNNAMED] if wanted.projects else [],
    }
    return {name: values for name, values in named.items() if values}


def _named(values: Any) -> tuple[str, ...]:
    return tuple(value for value in values or () if isinstance(value, str))
