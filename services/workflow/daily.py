"""Lambda: woken every hour, it tells people of the day before, once."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

from sightline.bootstrap import analytics
from sightline.workflow.daily import DailyDeps, daily

QUERIES = Path(__file__).with_name("queries")


@cache
def deps() -> DailyDeps:
    """Built once per container."""
    return analytics.daily(os.environ, QUERIES)


def handler(_event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Whether something was sent."""
    return {"sent": daily(deps())}
