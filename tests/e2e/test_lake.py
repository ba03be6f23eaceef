"""The lake has what was uploaded, in its latest form, whatever fails on the way."""

from __future__ import annotations

import io
import json
import random
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow.dataset as ds
import pytest
from PIL import Image

from sightline.adapters.aws.cases import DynamoCaseTable
from sightline.adapters.aws.images import S3ImageStore
from sightline.domain import lake
from sightline.domain.images import ImageRef
from sightline.domain.inspections import Verdict
from sightline.domain.models import ModelRecord
from sightline.domain.reviews import Outcome, Review
from sightline.local.event_delivery import Repeated
from sightline.local.runtime import FunctionSpec, InvokeResult
from sightline.local.runtime import Outcome as Ending
from sightline.workflow.detect import DetectDeps, ObjectCreated, detect
from sightline.workflow.ports import HostedResult
from tests.e2e.conftest import LINE, PROJECT, World
from tests.e2e.faults import Faults
from tests.e2e.waiting import until
from tests.stream_examples import item

CAMERA = "press-1-top"
UNCERTAIN_BELOW = 0.7
UPLOADS_AT_ONCE = 4


class Oracle:
    """A host whose verdicts are known beforehand: they follow from the picture's last bytes."""

    def inspect(self, model: ModelRecord, data: bytes) -> HostedResult:
        number = int(data[-6:])
        return HostedResult(
            score=float(number % 7),
            threshold=1.5,
            confidence=confidence(number),
            anomalous=number % 5 == 0,
            width=64,
            height=48,
            regions=[
                {"x": 1, "y": 2, "width": 3, "height": 4, "area": 0.125, "score": 0.9}
                for _ in range(number % 3)
            ],
            map_png=b"png",
        )


def confidence(number: int) -> float:
    return 0.5 + number % 50 / 100


class Detecting:
    """Stands in for the detect function, and hands everything else to the faults."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.deps: DetectDeps | None = None

    def __call__(self, spec: FunctionSpec, payload: bytes) -> InvokeResult | None:
        if spec.handler != "detect.handler":
            return self.faults(spec, payload)
        assert self.deps is not None
        found = detect(ObjectCreated.from_event(json.loads(payload)), self.deps)
        return InvokeResult(Ending.OK, json.dumps(found.to_json()).encode())


class Refusing:
    """Firehose takes a share of the rows only when they come again."""

    def __init__(self, share: float, seed: int) -> None:
        self.refused = 0
        self._share = share
        self._random = random.Random(seed)  # noqa: S311 - not for secrets
        self._lock = threading.Lock()

    def __call__(self, row: bytes) -> bool:
        with self._lock:
            refuses = self._random.random() < self._share
            self.refused += refuses
            return refuses


def expected(number: int, captured_at: datetime) -> dict[str, Any]:
    """The row of a picture in its latest form."""
    sure = confidence(number) >= UNCERTAIN_BELOW
    anomalous = number % 5 == 0
    severity = ("high" if sure else "medium") if anomalous else ("none" if sure else "low")
    verdict = "anomalous" if anomalous else "normal"
    said = review(number)
    return {
        "image": f"{CAMERA}#part {number}",
        "project": PROJECT,
        "line": LINE,
        "captured_at": captured_at.replace(tzinfo=None),
        "dt": captured_at.strftime("%Y-%m-%d"),
        "hour": captured_at.hour,
        "weekday": captured_at.isoweekday(),
        "verdict": verdict,
        "severity": severity,
        "confidence": confidence(number),
        "score": float(number % 7),
        "defect_count": number % 3,
        "defect_area": 0.125 * (number % 3),
        "metadata": {"part": str(number)},
        "review_verdict": said,
        "review_outcome": (said and ("confirmed" if said == verdict else "overruled")) or None,
        "sequence": 2 if said else 1,
    }


def review(number: int) -> str | None:
    """What a person says of every third picture."""
    return None if number % 3 else "anomalous"


def latest(folder: Path) -> dict[str, dict[str, Any]]:
    """The rows in their latest form, by image."""
    columns = ", ".join(expected(1, datetime.now(UTC)))
    files = f"'{folder}/inspections/**/*.parquet', hive_types_autocast = false"
    found = duckdb.sql(
        f"SELECT {columns} FROM read_parquet({files}) "  # noqa: S608 - names of our own
        "QUALIFY row_number() OVER (PARTITION BY image ORDER BY sequence DESC) = 1"
    )
    rows = [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]
    return {row["image"]: {**row, "metadata": json.loads(row["metadata"])} for row in rows}


@pytest.fixture(scope="module")
def picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 48)).save(file, "JPEG")
    return file.getvalue()


def send(world: World, picture: bytes, captured: Mapping[int, datetime]) -> None:
    camera = world.camera(CAMERA)

    def one(number: int) -> None:
        data = picture + f"{number:06}".encode()
        camera.upload(data, f"part {number}", captured[number], part=str(number))

    with ThreadPoolExecutor(UPLOADS_AT_ONCE) as threads:
        list(threads.map(one, captured))


def say(world: World, captured: Mapping[int, datetime]) -> None:
    cases = DynamoCaseTable(world.stack.outputs["inspectionsTable"], world.stack.client("dynamodb"))
    for number in captured:
        if said := review(number):
            anomalous = number % 5 == 0
            outcome = Outcome.CONFIRMED if anomalous else Outcome.OVERRULED
            at = datetime.now(UTC)
            assert cases.review(
                ImageRef(CAMERA, f"part {number}"), Review(outcome, Verdict(said), "lead", at)
            )


def rejected(world: World) -> list[dict[str, Any]]:
    """All bad records that were kept."""
    sqs, found = world.stack.client("sqs"), list[dict[str, Any]]()
    url = world.stack.outputs["streamFailuresQueueUrl"]
    while batch := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        found += [json.loads(message["Body"]) for message in batch]
    return found


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("pictures", [60, 1000])
def test_the_lake_has_what_was_uploaded_whatever_fails(
    pictures: int, new_world: Callable[..., Iterator[World]], picture: bytes, tmp_path: Path
) -> None:
    faults, refusing = Faults(seed=5, share=0.2, only="stream"), Refusing(0.2, seed=5)
    detecting = Detecting(faults)
    today = datetime.now(UTC).replace(microsecond=0)
    captured = {n: today - timedelta(hours=7 * (n % 40), seconds=n) for n in range(pictures)}
    for world in new_world(
        interceptor=detecting,
        delivery=Repeated(times=2, within_seconds=1.0, seed=5),
        refuses=refusing,
    ):
        faults.pool = world.stack.pool
        detecting.deps = DetectDeps(
            cameras=world.registry,
            inspections=world.inspections,
            models=world.models,
            images=S3ImageStore(world.stack.client("s3")),
            host=Oracle(),
            uncertain_below=UNCERTAIN_BELOW,
        )
        poisoned = {**item(1), "image": {"S": "poison"}, "captured_at": {"S": "yesterday"}}
        world.stack.client("dynamodb").put_item(
            TableName=world.stack.outputs["inspectionsTable"], Item=poisoned
        )
        send(world, picture, captured)
        table = world.stack.outputs["inspectionsTable"]

        def recorded(world: World = world, table: str = table) -> bool:
            answer = world.stack.client("dynamodb").scan(
                TableName=table, Select="COUNT", FilterExpression="attribute_exists(verdict)"
            )
            return int(answer["Count"]) == pictures + 1

        until(recorded, seconds=60 + pictures, what="all records")
        say(world, captured)
        world.stack.write_lake(tmp_path, timeout=60 + pictures)

        found = latest(tmp_path)
        wanted = {row["image"]: row for row in (expected(n, captured[n]) for n in captured)}
        assert found.keys() == wanted.keys()
        assert [row for image, row in found.items() if row != wanted[image]] == []
        kept = rejected(world)
        assert {entry["record"]["dynamodb"]["Keys"]["image"]["S"] for entry in kept} == {"poison"}
        assert {entry["reason"] for entry in kept} == {
            "InvalidError: 'yesterday' is not an ISO 8601 time."
        }
        assert refusing.refused
        assert faults.before.total()
        assert faults.after.total()


@pytest.fixture(scope="module")
def folder(
    world: World, picture: bytes, parts: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A lake on disk, of real inspections on two days."""
    folder = tmp_path_factory.mktemp("lake")
    (folder / "inspections" / "dt=2020-01-01" / "gone").mkdir(parents=True)
    (folder / "inspections" / "dt=2020-01-01" / "gone" / "old.parquet").write_bytes(b"stale")
    camera = world.camera(CAMERA)
    today = datetime.now(UTC)
    for day, path in enumerate(sorted((parts / "test").rglob("*.jpg"))[:4]):
        camera.upload(path, f"part {day}", today - timedelta(days=day % 2))
    until(lambda: len(world.rows()) == 4, seconds=60, what="all records")
    assert len(world.stack.write_lake(folder)) >= 2
    return folder / lake.PREFIX


@pytest.mark.slow
def test_duckdb_opens_it(folder: Path) -> None:
    found = duckdb.sql(f"FROM '{folder}/**/*.parquet'")
    assert set(found.columns) == set(lake.TYPES)
    assert len(found.fetchall()) == 4


@pytest.mark.slow
def test_pandas_opens_it(folder: Path) -> None:
    frame = pd.read_parquet(folder)
    assert set(frame.columns) == set(lake.TYPES)
    assert len(frame) == 4
    assert frame.groupby("dt", observed=True).size().tolist() == [2, 2]
    assert str(frame["captured_at"].dtype).startswith("datetime64")


@pytest.mark.slow
def test_pyarrow_opens_it(folder: Path) -> None:
    dataset = ds.dataset(folder, partitioning="hive")
    assert set(dataset.schema.names) == set(lake.TYPES)
    assert dataset.count_rows() == 4
    assert dataset.count_rows(filter=ds.field("dt") == f"{datetime.now(UTC):%Y-%m-%d}") == 2
