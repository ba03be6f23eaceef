"""Lambda: changes of the inspections table in, rows on their way to the lake."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from sightline import bootstrap
from sightline.workflow.stream import StreamDeps, stream


@cache
def deps() -> StreamDeps:
    """Built once per container."""
    return bootstrap.stream(os.environ)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Called by the table's stream; the answer names the records that must come again."""
    again = stream(event["Records"], deps())
    return {"batchItemFailures": [{"itemIdentifier": position} for position in again]}
