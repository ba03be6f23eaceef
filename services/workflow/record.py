"""Lambda: an inspection in, what stands in the table and whether a person should look, out."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from sightline.bootstrap import pipeline
from sightline.domain.inspections import Inspection, Severity
from sightline.workflow.record import RecordDeps, record


@cache
def deps() -> RecordDeps:
    """Built once per container."""
    return pipeline.record(os.environ)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """State `Record`."""
    recorded = record(Inspection.from_json(event), deps())
    return {
        "notify": recorded.severity is not Severity.NONE,
        "recorded": recorded.to_json(),
    }
