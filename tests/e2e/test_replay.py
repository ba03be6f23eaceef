"""What the stream function cannot read is kept, and is in the lake once the function can."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from sightline.adapters.aws.lake import SqsRejects
from sightline.cli.outputs import write_local_outputs
from sightline.domain import times
from sightline.local.credentials import ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY
from sightline.local.runtime import FunctionSpec, InvokeResult, Outcome
from sightline.reporting.gather import ask
from sightline.workflow.lake_ports import Rejected
from tests.e2e.conftest import World
from tests.e2e.test_commands import run
from tests.e2e.test_lake import rows_of, service
from tests.e2e.waiting import until

REASON = "KeyError: 'severity'"


class FormerVersion:
    """Stands in for a stream function that cannot read any record, until it is `mended`."""

    def __init__(self) -> None:
        self.mended = False
        self.rejects: SqsRejects | None = None

    def __call__(self, spec: FunctionSpec, payload: bytes) -> InvokeResult | None:
        if self.mended or spec.handler != "stream.handler":
            return None
        event = json.loads(payload)
        answer = {"refused": [REASON for _ in event.get("replay", [])], "batchItemFailures": []}
        for record in event.get("Records", []):
            assert self.rejects
            self.rejects.keep(Rejected(record, REASON, times.now()))
        return InvokeResult(Outcome.OK, json.dumps(answer).encode())


def has_rows(world: World, count: int) -> bool:
    return len(world.rows()) == count


@pytest.mark.slow
def test_what_was_kept_is_in_the_lake_once_the_function_is_mended(
    new_world: Callable[..., Iterator[World]], parts: Path, tmp_path: Path
) -> None:
    function = FormerVersion()
    for world in new_world(interceptor=function):
        url = world.stack.outputs["streamFailuresQueueUrl"]
        function.rejects = SqsRejects(url, world.stack.client("sqs"))
        file = tmp_path / "outputs.json"
        keys = {"AWS_ACCESS_KEY_ID": ACCESS_KEY_ID, "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY}
        here = {"AWS_ENDPOINT_URL": world.stack.endpoint, "AWS_DEFAULT_REGION": REGION, **keys}
        write_local_outputs(file, world.stack.outputs, here)
        command = ("replay", "--stack-outputs", str(file), "--json")

        for path in sorted((parts / "test").rglob("*.jpg"))[:3]:
            world.camera().upload(path, path.stem)
        until(partial(has_rows, world, 3), seconds=60, what="all records")
        assert world.stack.write_lake(tmp_path) == []

        refused = run(*command)
        assert (refused.returncode, json.loads(refused.stdout)) == (1, {"done": 0, "stay": 3})
        images = [row.image for row in world.rows()]
        for image in images:
            assert f"{image}: stays on the queue: {REASON}" in refused.stderr

        function.mended = True
        [message] = world.stack.client("sqs").receive_message(QueueUrl=url)["Messages"]
        body = message["Body"]
        world.stack.client("sqs").change_message_visibility(
            QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
        )
        world.stack.client("sqs").send_message(QueueUrl=url, MessageBody=body)  # it comes twice
        done = run(*command)
        assert (done.returncode, json.loads(done.stdout)) == (0, {"done": 4, "stay": 0})
        assert json.loads(run(*command).stdout) == {"done": 0, "stay": 0}

        world.stack.write_lake(tmp_path)
        assert sorted(row["image"] for row in rows_of(tmp_path)) == sorted(
            [*images, json.loads(body)["record"]["dynamodb"]["Keys"]["image"]["S"]]
        )
        to = times.to_wire(datetime.now(UTC) + timedelta(minutes=1))
        [[totals]] = ask(service(world), [("totals", {"to": to})])
        assert totals["images"] == 3
