"""What seldom happens: pictures that came another way, files that are gone, messages that fail."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sightline.domain import times
from sightline.domain.images import ImageRef
from tests.e2e.conftest import FACILITY, LINE, PROJECT, World
from tests.e2e.faults import Faults
from tests.e2e.grants import without
from tests.e2e.test_pipeline import a_part
from tests.e2e.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

CAMERA = "press-1-top"
WOKEN = ("daily", "silence")
FOLDER = f"images/{FACILITY}/{LINE}/{CAMERA}/2026/03/14"


@pytest.fixture(scope="module")
def world(new_world: Callable[..., Iterator[World]]) -> Iterator[World]:
    """A world in which the functions that are woken again and again always fail."""
    for world in new_world(interceptor=Faults(share=1.0, only=["control-job", *WOKEN])):
        world.token(CAMERA)
        yield world


def start(world: World, machine: str, event: Mapping[str, Any]) -> None:
    """Begin an execution, as whoever operates the system might."""
    world.stack.client("stepfunctions").start_execution(
        stateMachineArn=world.stack.outputs[machine], input=json.dumps(event)
    )


def created(world: World, key: str) -> dict[str, Any]:
    """S3's event of an object, which names no version of it."""
    bucket = {"name": world.stack.outputs["imagesBucket"]}
    detail = {"bucket": bucket, "object": {"key": key, "size": 1}}
    return {"time": times.to_wire(times.now()), "detail": detail}


def queued(world: World, queue: str) -> int:
    """How many messages wait there."""
    return waiting(world, world.stack.outputs[queue])


def waiting(world: World, url: str) -> int:
    """The same of a queue by its URL."""
    answer = world.stack.client("sqs").get_queue_attributes(
        QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"]
    )
    return int(answer["Attributes"]["ApproximateNumberOfMessages"])


def test_a_picture_that_nobody_announced_is_inspected_as_its_cameras(
    world: World, parts: Path
) -> None:
    world.stack.client("s3").put_object(
        Bucket=world.stack.outputs["imagesBucket"],
        Key=f"{FOLDER}/copied by hand.jpg",
        Body=a_part(parts),
    )
    assert world.recorded(f"{CAMERA}#copied by hand").verdict in {"normal", "anomalous"}
    found = world.inspections.recorded(ImageRef(CAMERA, "copied by hand"))
    assert found is not None
    assert found.inspection.project == PROJECT


def test_an_event_that_names_no_version_is_about_the_latest(world: World, parts: Path) -> None:
    camera = world.camera(CAMERA)
    camera.upload(a_part(parts), image_id="twice seen")
    world.recorded(f"{CAMERA}#twice seen")
    known = world.inspections.recorded(ImageRef(CAMERA, "twice seen"))
    assert known is not None
    parked = queued(world, "parkedQueueUrl")
    start(world, "inspectionStateMachineArn", created(world, known.inspection.key))
    assert world.stack.drain(60)
    assert sum(row.image == f"{CAMERA}#twice seen" for row in world.rows()) == 1
    assert queued(world, "parkedQueueUrl") == parked


def test_a_picture_that_is_gone_gets_a_record_that_says_so(world: World) -> None:
    start(world, "inspectionStateMachineArn", created(world, f"{FOLDER}/gone.jpg"))
    found = world.recorded(f"{CAMERA}#gone")
    assert (found.verdict, found.reason) == ("not_inspected", "gone")


def test_a_model_whose_file_is_gone_parks_what_came(world: World, parts: Path) -> None:
    served, before = world.models.get(PROJECT), queued(world, "parkedQueueUrl")
    assert served is not None
    world.models.put(type(served)(**{**vars(served), "artifact": "gone/1", "sha256": "0" * 64}))
    try:
        world.camera(CAMERA).upload(a_part(parts), image_id="no file")
        until(lambda: queued(world, "parkedQueueUrl") > before, seconds=200, what="a parked input")
    finally:
        world.models.put(served)


def test_a_digest_is_sent_once_and_one_that_makes_no_sense_is_parked(world: World) -> None:
    now = times.now()
    due = times.to_wire(now - timedelta(seconds=1))
    minute = f"{FACILITY}/{LINE}/{times.to_wire(now.replace(second=0, microsecond=0))}"
    for _ in range(2):
        start(world, "digestStateMachineArn", {"line_minute": minute, "due": due})
        assert world.stack.drain(60)
    before = queued(world, "parkedQueueUrl")
    start(world, "digestStateMachineArn", {"line_minute": "nonsense", "due": due})
    until(lambda: queued(world, "parkedQueueUrl") > before, seconds=200, what="a parked input")


def test_a_row_that_does_not_fit_the_lake_is_kept_with_the_reason(world: World) -> None:
    name = world.stack.outputs["deliveryStream"]
    row = {"dt": "2026-03-14", "project": PROJECT, "captured_at": "yesterday"}
    world.stack.client("firehose").put_record(
        DeliveryStreamName=name, Record={"Data": json.dumps(row).encode()}
    )
    s3, bucket = world.stack.client("s3"), world.stack.outputs["lakeBucket"]

    def kept() -> Any:
        return s3.list_objects_v2(Bucket=bucket, Prefix="errors/").get("Contents")

    [found] = until(kept, seconds=30, what="the row")
    text = s3.get_object(Bucket=bucket, Key=found["Key"])["Body"].read()
    assert "captured_at" in json.loads(text)["lastErrorMessage"]


def test_a_job_that_could_not_begin_leaves_its_event(world: World) -> None:
    before = queued(world, "controlFailuresQueueUrl")
    world.stack.client("lambda").invoke(
        FunctionName="sightline-local-control-job", InvocationType="Event", Payload=b"{}"
    )
    until(lambda: queued(world, "controlFailuresQueueUrl") > before, seconds=30, what="the event")


@pytest.mark.parametrize("name", WOKEN)
def test_a_wake_up_whose_function_fails_is_parked_for_its_alarm(world: World, name: str) -> None:
    functions = world.stack.client("lambda").list_functions()["Functions"]
    [function] = [f["FunctionName"] for f in functions if f["FunctionName"].startswith(f"{name}-")]
    [queue] = world.stack.client("sqs").list_queues(QueueNamePrefix=f"{name}-missed")["QueueUrls"]
    before = waiting(world, queue)
    world.stack.client("lambda").invoke(FunctionName=function, InvocationType="Event")
    until(lambda: waiting(world, queue) > before, seconds=60, what="the event")


def test_an_alert_that_nobody_took_is_free_for_the_next_attempt(world: World, parts: Path) -> None:
    before = queued(world, "parkedQueueUrl")
    with without(world.stack.client("iam"), "notify", "sns:Publish"):
        # One alone: every attempt counts, and what is over the limit goes with the digest.
        world.camera(CAMERA).upload(a_part(parts, "anomaly", 5), image_id="untold")
        assert world.recorded(f"{CAMERA}#untold").verdict == "anomalous"
        until(lambda: queued(world, "parkedQueueUrl") > before, seconds=200, what="what is parked")
        assert world.stack.drain(60)
    alerts = world.stack.client("dynamodb").scan(TableName=world.stack.outputs["alertsTable"])
    claimed = {item["image"]["S"] for item in alerts["Items"]}
    assert not [image for image in claimed if "#untold" in image]
