"""When events are delivered, and when a delivery is given up."""

from __future__ import annotations

import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sightline.local.events.delivery import Attempt, Once, Repeated


def attempt(policy: dict[str, int] | None = None, number: int = 0, age: float = 0) -> Attempt:
    target: dict[str, Any] = {"Arn": "arn:aws:sqs:eu-west-1:123456789012:q"}
    if policy is not None:
        target["RetryPolicy"] = policy
    return Attempt("123456789012", "rule", target, {}, time.monotonic() - age, number)


def test_an_event_is_delivered_once() -> None:
    assert list(Once().delays({})) == [0.0]


def test_repeated_delivery_is_out_of_order_and_the_same_for_the_same_seed() -> None:
    first, again, other = (Repeated(times=2, seed=seed) for seed in (1, 1, 2))
    drawn = [list(first.delays({})) for _ in range(20)]
    assert drawn == [list(again.delays({})) for _ in range(20)]
    assert drawn != [list(other.delays({})) for _ in range(20)]
    assert all(len(delays) == 2 for delays in drawn)
    assert drawn != sorted(drawn)


def test_what_may_pass_is_tried_again_as_often_as_the_policy_says() -> None:
    policy = {"MaximumRetryAttempts": 2}
    assert attempt(policy, number=1).exhausted(OSError()) is None
    assert attempt(policy, number=2).exhausted(OSError()) == "MaximumRetryAttempts"
    assert attempt(number=100).exhausted(OSError()) is None


def test_an_old_event_is_given_up() -> None:
    policy = {"MaximumEventAgeInSeconds": 60}
    assert attempt(policy, age=61).exhausted(OSError()) == "MaximumEventAgeInSeconds"


def test_a_refusal_is_not_tried_again() -> None:
    refusal = ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "Invoke")
    assert attempt().exhausted(refusal) == "NoRetries"


@pytest.mark.parametrize(("number", "seconds"), [(0, 0.2), (3, 1.6), (50, 30.0)])
def test_the_time_between_tries_grows_to_a_limit(number: int, seconds: float) -> None:
    assert attempt(number=number).backoff() == pytest.approx(seconds)
