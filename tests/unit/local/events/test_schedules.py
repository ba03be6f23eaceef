"""Scheduled rules fire at their rate, and only while they are enabled."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from sightline.local.events.schedules import Schedules, interval, scheduled_event


@dataclass
class Rule:
    """What moto keeps of a rule."""

    scheduled_expression: str | None
    arn: str = "arn:aws:events:eu-west-1:1:rule/wake"
    state: str = "ENABLED"
    account_id: str = "1"
    region_name: str = "eu-west-1"


@pytest.mark.parametrize(
    ("expression", "seconds"),
    [
        ("rate(1 minute)", 60),
        ("rate(5 minutes)", 300),
        ("rate(2 hours)", 7200),
        ("rate(1 day)", 86_400),
        ("rate(0 minutes)", None),
        ("cron(0 12 * * ? *)", None),
        ("", None),
    ],
)
def test_rates_are_read(expression: str, seconds: float | None) -> None:
    assert interval(expression) == seconds


def fired(rule: Rule, *ticks: float) -> int:
    events: list[object] = []
    schedules = Schedules(lambda _, event: events.append(event), lambda: [rule])
    for now in ticks:
        schedules.tick(now)
    return len(events)


def test_a_rule_fires_once_in_every_interval() -> None:
    rule = Rule("rate(1 minute)")
    assert fired(rule, 0, 59) == 0
    assert fired(rule, 0, 59, 60, 61, 119) == 1
    assert fired(rule, 0, 60, 120, 180) == 3


def test_what_has_no_schedule_or_is_disabled_does_not_fire() -> None:
    assert fired(Rule(None), 0, 100) == 0
    assert fired(Rule("rate(1 minute)", state="DISABLED"), 0, 100) == 0


def test_the_event_names_its_rule() -> None:
    event = scheduled_event(Rule("rate(1 minute)"))
    assert (event["source"], event["detail-type"]) == ("aws.events", "Scheduled Event")
    assert event["resources"] == [Rule(None).arn]
