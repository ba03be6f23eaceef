from __future__ import annotations

from datetime import timedelta

from sightline.adapters.memory import MemoryParkingQueue, MemoryWorkflow
from sightline.workflow.ports import ParkedInput
from sightline.workflow.redrive import RedriveDeps, redrive
from tests.examples import NOON


def parked(n: int, *, minutes: int = -1) -> ParkedInput:
    return ParkedInput(
        str(n), {"n": n}, f"machine-{n % 2}", "E", "C", NOON + timedelta(minutes=minutes)
    )


def test_everything_parked_before_is_sent_again_and_forgotten() -> None:
    queue, workflow = MemoryParkingQueue([parked(n) for n in range(25)]), MemoryWorkflow()
    assert redrive(RedriveDeps(queue, workflow, lambda: NOON)) == 25
    assert workflow.started[3] == ("machine-1", {"n": 3})
    queue.reappear()
    assert queue.parked == []


def test_what_is_parked_again_meanwhile_stays_for_the_next_time() -> None:
    again = parked(1, minutes=1)
    queue, workflow = MemoryParkingQueue([parked(0), again]), MemoryWorkflow()
    assert redrive(RedriveDeps(queue, workflow, lambda: NOON)) == 1
    queue.reappear()
    assert queue.parked == [again]
