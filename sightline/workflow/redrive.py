"""Redrive: what was parked is sent through the workflow again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sightline.domain.times import Clock
from sightline.workflow.ports import ParkedInput, ParkingQueue, Workflow


@dataclass(frozen=True)
class RedriveDeps:
    """What sending again needs."""

    queue: ParkingQueue
    workflow: Workflow
    clock: Clock


def redrive(deps: RedriveDeps, on_sent: Callable[[ParkedInput], None] | None = None) -> int:
    """Send everything again that was parked before now; returns how many inputs that were.

    An input is forgotten only after its execution has started. What fails again is parked again,
    and stays there: one call never sends the same input twice.
    """
    began = deps.clock()
    sent = 0
    while waiting := deps.queue.receive():
        old = [parked for parked in waiting if parked.parked_at <= began]
        if not old:
            break
        for parked in old:
            deps.workflow.start(parked.input, state_machine=parked.state_machine)
            deps.queue.forget(parked)
            sent += 1
            if on_sent:
                on_sent(parked)
    return sent
