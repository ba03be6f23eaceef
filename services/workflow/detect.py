"""Lambda: one uploaded object in, its inspection out."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from sightline.bootstrap import pipeline
from sightline.workflow.detect import DetectDeps, ObjectCreated, detect


@cache
def deps() -> DetectDeps:
    """Built once per container."""
    return pipeline.detect(os.environ)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """State `Detect`."""
    return detect(ObjectCreated.from_event(event), deps()).to_json()
