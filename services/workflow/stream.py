"""Lambda: changes of the inspections table in, rows on their way to the lake."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from sightline.bootstrap import pipeline
from sightline.workflow.stream import StreamDeps, hand_over, stream


@cache
def deps() -> StreamDeps:
    """Built once per container."""
    return pipeline.stream(os.environ)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Called by the table's stream; the answer names the records that must come again.

    Or called with items of the table to replay; the answer says why each was not taken.
    """
    if "replay" in event:
        return {"refused": hand_over(event["replay"], deps())}
    again = stream(event["Records"], deps())
    return {"batchItemFailures": [{"itemIdentifier": position} for position in again]}
