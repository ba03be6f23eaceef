"""A week that was: records of the days before, so that charts have something to show."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from sightline.adapters.aws.inspections import DynamoInspectionTable
from sightline.domain import times
from sightline.domain.images import ImageRef
from sightline.domain.inspections import Inspection, Recorded, Severity, Verdict
from tests.site.factory import Factory

DAYS = 6
HOURS = range(6, 22)
PER_HOUR = 5
TOOL_WORN = {"press-1": 2, "press-2": 5}  # days ago, when each line made more defects


def record_week(up: Factory) -> None:
    """Record pictures that were sent again, as if they had been captured on the days before.

    Nobody is asked to review them.
    """
    outputs = up.stack.outputs
    table = DynamoInspectionTable(outputs["inspectionsTable"], up.stack.client("dynamodb"))
    refs = [ImageRef(*row.image.split("#", 1)) for row in up.rows()]
    known = [found.inspection for ref in refs if (found := table.recorded(ref))]
    chance = random.Random(0)  # noqa: S311 - pictures, no secrets
    for line in TOOL_WORN:
        of_line = [one for one in known if one.line == line]
        for number, (at, verdict) in enumerate(_parts(line, chance)):
            model = chance.choice([one for one in of_line if one.verdict is verdict])
            table.record(Recorded(_again(model, number, at, chance), at, Severity.NONE))


def _parts(line: str, chance: random.Random) -> Iterator[tuple[datetime, Verdict]]:
    midnight = times.now().replace(hour=0, minute=0, second=0, microsecond=0)
    for days_ago in range(DAYS, 0, -1):
        worn = days_ago == TOOL_WORN[line]
        for hour in HOURS:
            share = 0.03 + 0.015 * (hour - HOURS.start) if worn else 0.04
            for _ in range(chance.randint(2, 2 * PER_HOUR)):
                at = midnight - timedelta(days=days_ago)
                at += timedelta(hours=hour, seconds=chance.randrange(3600))
                defect = chance.random() < share
                yield at, Verdict.ANOMALOUS if defect else Verdict.NORMAL


def _again(model: Inspection, number: int, at: datetime, chance: random.Random) -> Inspection:
    return replace(
        model,
        ref=ImageRef(model.ref.camera_id, f"part-{number:05}"),
        captured_at=at,
        confidence=min(0.999, 0.6 + 0.4 * chance.betavariate(4, 1.2)),
    )
