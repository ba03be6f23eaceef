"""Lambda: woken every few minutes, it counts the cameras that stopped sending."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from sightline.bootstrap import pipeline
from sightline.workflow.silence import SilenceDeps, silence


@cache
def deps() -> SilenceDeps:
    """Built once per container."""
    return pipeline.silence(os.environ)


def handler(_event: dict[str, Any], _context: object) -> dict[str, Any]:
    """The answer names the cameras, for whoever invokes it by hand."""
    return {"silent": silence(deps())}
