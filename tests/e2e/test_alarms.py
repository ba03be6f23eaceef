"""An alarm that is set off on this machine arrives at a person, and so does its end."""

from __future__ import annotations

from pathlib import Path

from sightline.local.mail import Delivered
from tests.e2e.conftest import World
from tests.e2e.waiting import until


def mail(world: World, beginning: str) -> Delivered | None:
    """The latest mail whose subject begins like this."""
    found = world.stack.mailbox.messages()
    return next((letter for letter in found if letter.subject.startswith(beginning)), None)


def test_a_parked_image_alarms_a_person_until_somebody_takes_it_off(world: World) -> None:
    queue = world.stack.outputs["parkedQueueUrl"]
    sqs = world.stack.client("sqs")
    sqs.send_message(QueueUrl=queue, MessageBody='{"detail": {}}')
    alarm = until(lambda: mail(world, 'ALARM: "parked'), seconds=20, what="the alarm's mail")
    assert "see `make redrive`" in alarm.text
    assert "State: ALARM (was OK)" in alarm.text
    sqs.purge_queue(QueueUrl=queue)


def test_many_defects_alarm_a_person(world: World, parts: Path) -> None:
    camera = world.camera()
    defective = sorted((parts / "test" / "anomaly").iterdir())
    for number in range(60):
        picture = defective[number % len(defective)].read_bytes()
        camera.upload(picture, image_id=f"defect {number}")
    alarm = until(lambda: mail(world, 'ALARM: "defects'), seconds=60, what="the alarm's mail")
    assert "20 defects or more within 15 minutes" in alarm.text
    defects = sum(row.verdict == "anomalous" for row in world.rows())
    assert defects >= 20
