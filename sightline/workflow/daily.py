"""Daily: once a day, people are told of the day before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sightline.domain import times
from sightline.domain.daily import daily_digest
from sightline.domain.errors import UnavailableError
from sightline.domain.queries import buckets
from sightline.workflow.analytics.ports import AskDeps, State
from sightline.workflow.analytics.results import Row
from sightline.workflow.analytics.runs import Question, ask_all, look
from sightline.workflow.ports import AlertTable, Topic

_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class DailyDeps:
    """What the daily digest needs; it is sent from the hour `hour` (0..23) of `zone` on."""

    asking: AskDeps
    alerts: AlertTable
    topic: Topic
    site_url: str
    zone: str
    hour: int


def daily(deps: DailyDeps) -> bool:
    """Tell of yesterday, if it is time and nobody has; whether something was sent.

    Called every hour: a day ends when its zone says so, and what failed is tried again. A day
    without pictures is not told of. `UnavailableError` when the numbers are not to be had.
    """
    place = buckets.zone(deps.zone)
    local = deps.asking.clock().astimezone(place)
    day = local.date() - timedelta(days=1)
    # To the table of alerts, a day's digest is one of all lines, of the minute at midnight.
    digest = f"*/*/{times.to_wire(buckets.midnight(day, place))}"
    if local.hour < deps.hour or not deps.alerts.close_digest(digest):
        return False
    questions = [
        _by_line(day - _WEEK, day, deps.zone),
        _by_line(day, day + timedelta(days=1), deps.zone),
    ]
    week, rows = _answers(questions, deps.asking)
    if rows:
        deps.topic.publish(daily_digest(day, rows, week, site_url=deps.site_url))
    deps.alerts.settle_digest(digest)
    return bool(rows)


def _by_line(first: date, after: date, zone: str) -> Question:
    place = buckets.zone(zone)
    begin, end = (times.to_wire(buckets.midnight(one, place)) for one in (first, after))
    return "by_line", {"from": begin, "to": end}


def _answers(questions: Sequence[Question], deps: AskDeps) -> list[list[Row]]:
    """All rows of each answer; of a long answer, every page."""
    answers = []
    for run in look(ask_all(questions, deps), deps, seconds=deps.run_seconds):
        if run.state is not State.SUCCEEDED:
            why = run.problem.message if run.problem else "it takes too long."
            raise UnavailableError(f"The numbers of the day are not to be had: {why}")
        rows, cursor = list(run.rows or ()), run.cursor
        while cursor:
            [following] = look([run.id], deps, cursor=cursor)
            rows, cursor = [*rows, *(following.rows or ())], following.cursor
        answers.append(rows)
    return answers
