"""Lambda: a record in, at most one alert out."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from sightline.bootstrap import pipeline
from sightline.domain.inspections import Recorded
from sightline.workflow.notify import NotifyDeps, notify


@cache
def deps() -> NotifyDeps:
    """Built once per container."""
    return pipeline.notify(os.environ)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """State `Notify`."""
    return {"state": notify(Recorded.from_json(event), deps()).value}
