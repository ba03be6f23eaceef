"""Events come twice and in any order, functions fail before and after their work: books balance."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sightline.adapters.aws.workflow import SqsParkingQueue, StepFunctionsWorkflow
from sightline.domain import times
from sightline.local.audit import audit
from sightline.local.events.delivery import Repeated
from sightline.workflow.redrive import RedriveDeps, redrive
from tests.e2e.conftest import World
from tests.e2e.faults import Faults
from tests.e2e.waiting import until

PICTURES = 24


@pytest.mark.slow
def test_one_record_per_image_and_one_alert_each_whatever_happens(
    new_world: Callable[..., Iterator[World]], parts: Path
) -> None:
    faults = Faults(seed=7)
    for world in new_world(
        interceptor=faults, delivery=Repeated(times=2, within_seconds=1.0, seed=7)
    ):
        faults.pool = world.stack.pool
        camera = world.camera()
        pictures = sorted((parts / "test").rglob("*.jpg"))[:PICTURES]
        sent = [
            f"press-1-top#{camera.upload(path, image_id=f'part {n}').image_id}"
            for n, path in enumerate(pictures)
        ]

        def balanced(world: World = world, sent: list[str] = sent) -> bool:
            world.tap.listen()
            return audit(sent, world.rows(), world.tap.told()).balanced

        until(balanced, seconds=150, what="balanced books")
        assert world.stack.drain(60)
        world.tap.listen()
        books = audit(sent, world.rows(), world.tap.told())
        assert books.balanced, books
        assert books.recorded == PICTURES
        failed = faults.before | faults.after
        assert {name for f in ("detect", "record") for name in failed if f in name}
        assert faults.before.total()
        assert faults.after.total()


@pytest.mark.slow
def test_what_keeps_failing_is_parked_with_its_input_and_can_be_sent_again(
    new_world: Callable[..., Iterator[World]], parts: Path
) -> None:
    faults = Faults(share=1.0, only=["record"])
    for world in new_world(interceptor=faults):
        faults.pool = None
        world.camera().upload(min((parts / "test" / "normal").iterdir()), image_id="stuck")
        sqs, url = world.stack.client("sqs"), world.stack.outputs["parkedQueueUrl"]

        def parked(sqs: object = sqs, url: str = url) -> int:
            answer = sqs.get_queue_attributes(  # type: ignore[attr-defined]
                QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"]
            )
            return int(answer["Attributes"]["ApproximateNumberOfMessages"])

        until(parked, seconds=150, what="a parked input")
        assert world.rows() == []
        message = sqs.receive_message(QueueUrl=url, VisibilityTimeout=0)["Messages"][0]
        body = json.loads(message["Body"])
        assert body["input"]["detail"]["object"]["key"].endswith("/stuck.jpg")
        assert "failed on purpose" in body["cause"]

        faults.stop()
        deps = RedriveDeps(
            SqsParkingQueue(url, sqs),
            StepFunctionsWorkflow(
                world.stack.outputs["inspectionStateMachineArn"],
                world.stack.client("stepfunctions"),
            ),
            times.now,
        )
        assert redrive(deps) == 1
        world.recorded("press-1-top#stuck")
        assert parked() == 0
