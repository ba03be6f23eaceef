"""What model control sees to every minute, while there is anything to see to."""

from __future__ import annotations

from collections.abc import Sequence

from sightline.domain.lookout.jobs import Job
from sightline.domain.lookout.schedules import Schedule
from sightline.workflow.control.idle import kept_ready, measure_idle
from sightline.workflow.control.jobs import sweep
from sightline.workflow.control.ports import WorkDeps
from sightline.workflow.control.schedules import follow_schedules


def wake_up(deps: WorkDeps) -> Sequence[str]:
    """Follow the calendars, ask for jobs that nobody is at, measure idle models; the jobs' ids.

    The wake-ups end by themselves when there is nothing left to see to.
    """
    follow_schedules(deps)
    asked = sweep(deps)
    measure_idle(deps)
    _rest(deps)
    return asked


def _rest(deps: WorkDeps) -> None:
    """End the wake-ups unless they are needed.

    Whoever stores something that needs them begins them after that. So what is stored before the
    second look is seen by it, and what is stored later begins them again.
    """
    if _is_needed(deps):
        return
    deps.wakeups.end()
    if _is_needed(deps):
        deps.wakeups.begin()


def _is_needed(deps: WorkDeps) -> bool:
    registry = deps.registry
    jobs, schedules = registry.page(Job, "", limit=1), registry.page(Schedule, "", limit=1)
    return bool(jobs or schedules) or any(kept_ready(registry))
