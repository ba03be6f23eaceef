"""Once a day people are told of the day before, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sightline.adapters.analytics_memory import MemoryQueryEngine, MemoryResultFiles
from sightline.adapters.memory import (
    MemoryAlertTable,
    MemoryTopic,
)
from sightline.domain.alerts import SUBJECT_MAX
from sightline.domain.daily import daily_digest
from sightline.domain.errors import UnavailableError
from sightline.domain.queries.declaration import load
from sightline.domain.queries.rates import interval
from sightline.domain.queries.statement import Statement, asked
from sightline.workflow.analytics.ports import AskDeps
from sightline.workflow.daily import DailyDeps, daily

QUERIES = load(Path(__file__).parents[3] / "services" / "analytics" / "queries")
MORNING = datetime(2026, 11, 23, 5, 17, tzinfo=UTC)  # 06:17 in Berlin
SUNDAY = date(2026, 11, 22)


def line(
    anomalies: int, inspected: int, name: str = "press-1", images: int | None = None
) -> dict[str, Any]:
    """A row of the query `by_line`."""
    found = interval(anomalies, inspected) or (None, None, None)
    images = inspected if images is None else images
    return {
        "facility": "leipzig", "facility_name": "Leipzig", "line": name, "line_name": name.title(),
        "images": images, "inspected": inspected, "anomalies": anomalies,
        "not_inspected": images - inspected,
        "anomaly_rate": found[0], "anomaly_rate_low": found[1], "anomaly_rate_high": found[2],
    }  # fmt: skip


@dataclass
class World:
    """What the use case works in; a day has the rows given for it."""

    now: datetime = MORNING
    yesterday: Sequence[Mapping[str, Any]] = ()
    week: Sequence[Mapping[str, Any]] = ()
    topic: MemoryTopic = field(default_factory=MemoryTopic)
    alerts: MemoryAlertTable = field(default_factory=MemoryAlertTable)
    holds: bool = False

    def deps(self) -> DailyDeps:
        engine = MemoryQueryEngine(lambda: self.now, answer=self._answer, holds=self.holds)
        self.engine = engine
        asking = AskDeps(
            queries=QUERIES, engine=engine, files=MemoryResultFiles(),
            clock=lambda: self.now, sleep=self._sleep, unload_to="s3://lake/downloads/",
            run_seconds=60,
        )  # fmt: skip
        site = "https://inspect.example.com"
        return DailyDeps(asking, self.alerts, self.topic, site, "Europe/Berlin", 6)

    def _sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def _answer(self, statement: Statement) -> list[dict[str, str | None]]:
        question = asked(statement.sql)
        assert question
        ends_with_yesterday = question.values["to"] == "2026-11-22T23:00:00.000Z"
        rows = self.yesterday if ends_with_yesterday else self.week
        columns = [column.name for column in QUERIES["by_line"].selected]
        return [{name: str(row[name]) for name in columns} for row in rows]


def test_yesterday_is_told_of_once() -> None:
    world = World(yesterday=[line(4, 100)], week=[line(28, 700)])
    assert daily(world.deps())
    assert not daily(world.deps())
    [told] = world.topic.published
    assert told.subject == "[Sightline] Sun 22 Nov: 4 of 100 parts defective (4.0 %)"


def test_nothing_is_said_before_its_hour() -> None:
    world = World(now=MORNING - timedelta(hours=1), yesterday=[line(4, 100)])
    assert not daily(world.deps())
    assert world.topic.published == []


def test_a_day_without_pictures_is_not_told_of() -> None:
    world = World(week=[line(28, 700)])
    assert not daily(world.deps())
    assert world.topic.published == []


def test_what_failed_is_tried_again_in_the_next_hour() -> None:
    world = World(yesterday=[line(4, 100)], holds=True)
    with pytest.raises(UnavailableError, match="longer than 60 s"):
        daily(world.deps())
    world.holds = False
    world.now += timedelta(hours=1)
    assert daily(world.deps())


@pytest.mark.parametrize(
    ("row", "before", "words"),
    [
        (line(80, 1000), line(210, 7000), "MORE than the week before (3.0 %)"),
        (line(5, 1000), line(210, 7000), "less than the week before (3.0 %)"),
        (line(33, 1000), line(210, 7000), "about as in the week before (3.0 %)"),
        (line(80, 1000), None, "with nothing to compare"),
        (line(5, 1000), line(0, 0, images=3), "with nothing to compare"),
        (line(0, 0, images=3), line(210, 7000), "3 pictures, none of which could be inspected."),
    ],
)
def test_only_a_clear_difference_is_called_one(
    row: dict[str, Any], before: dict[str, Any] | None, words: str
) -> None:
    told = daily_digest(SUNDAY, [row], [before] if before else [], site_url="https://x.example")
    assert words in told.text


def test_what_a_plant_should_see_is_in_the_mail() -> None:
    rows = [line(12, 400), line(0, 300, "paint", images=305)]
    told = daily_digest(SUNDAY, rows, [line(1, 40, "final")], site_url="https://x.example/")
    nothing = "with nothing to compare it with in the week before"
    in_all = "12 of 700 parts defective (1.7 %), about as in the week before (2.5 %)"
    assert told.text.splitlines() == [
        f"Sunday, 22 November 2026: {in_all}.",
        "",
        f"Leipzig, Press-1: 12 of 400 defective, 3.0 %, {nothing}.",
        f"Leipzig, Paint: 0 of 300 defective, 0.0 %, {nothing}.",
        "No pictures, unlike in the week before: Leipzig, Final.",
        "5 pictures could not be inspected: the day's table says why.",
        "",
        "Charts, pictures and the day's table: https://x.example/analytics.html?day=2026-11-22",
    ]
    assert len(told.subject) <= SUBJECT_MAX
    assert told.body["lines"] == rows
