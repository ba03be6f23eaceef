"""Lambda: a line's minute in, one message for all its folded alerts out."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from sightline.bootstrap import pipeline
from sightline.workflow.digest import DigestDeps, digest


@cache
def deps() -> DigestDeps:
    """Built once per container."""
    return pipeline.digest(os.environ)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """State `Digest`."""
    return {"alerts": digest(event["line_minute"], deps())}
