"""Lambda: one of control's jobs is run; without one named, all that waits is seen to."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from sightline.bootstrap import control
from sightline.workflow.control.jobs import run_job
from sightline.workflow.control.ports import WorkDeps
from sightline.workflow.control.wake import wake_up


@cache
def deps() -> WorkDeps:
    """Built once per container."""
    return control.control_job(os.environ)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Called with `{"job": id}` by control, and with a schedule's event every minute."""
    if "job" in event:
        return {"ran": run_job(str(event["job"]), deps())}
    return {"asked": list(wake_up(deps()))}
