"""The lake, and every answer made from it, is what was uploaded and said, whatever fails."""

from __future__ import annotations

import csv
import io
import json
import random
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import duckdb
import pandas as pd
import pyarrow.dataset as ds
import pytest
from PIL import Image

from sightline.adapters.aws.cases import DynamoCaseTable
from sightline.adapters.aws.images import S3ImageStore
from sightline.camera import Camera
from sightline.domain import lake, times
from sightline.domain.errors import InvalidError
from sightline.local.events.delivery import Repeated
from sightline.local.functions.runtime import FunctionSpec, InvokeResult, Outcome
from sightline.local.iam.credentials import ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY
from sightline.reporting.api import Api
from sightline.reporting.gather import ask
from sightline.workflow.detect import DetectDeps, ObjectCreated, detect
from tests.e2e import plant
from tests.e2e.answers import questions
from tests.e2e.conftest import World
from tests.e2e.faults import Faults
from tests.e2e.plant import Picture
from tests.e2e.waiting import until
from tests.integration.analytics import expected
from tests.stream_examples import item

UPLOADS_AT_ONCE = 4
Captured = Mapping[int, datetime]
"""When each picture was captured, by number."""


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
        return InvokeResult(Outcome.OK, json.dumps(found.to_json()).encode())


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


def rows_of(folder: Path) -> list[dict[str, Any]]:
    """All rows of the lake, in the order in which they came to each of its files."""
    columns = ", ".join(plant.picture(1).row(datetime.now(UTC)))
    files = f"'{folder}/inspections/**/*.parquet', hive_types_autocast = false"
    found = duckdb.sql(f"SELECT {columns} FROM read_parquet({files})")  # noqa: S608 - our own names
    rows = [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]
    return [{**row, "metadata": json.loads(row["metadata"])} for row in rows]


def latest(rows: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The rows in their latest form, by image."""
    return {row["image"]: row for row in sorted(rows, key=lambda row: row["sequence"])}


@pytest.fixture(scope="module")
def picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 48)).save(file, "JPEG")
    return file.getvalue()


def settle(world: World) -> DetectDeps:
    """Register the plant's cameras and models; what its stand-in for detection needs."""
    for camera, token in plant.registered(times.now()):
        world.registry.add(camera)
        world.tokens[camera.camera_id] = token
    for model in plant.models():
        world.models.put(model)
    return DetectDeps(
        cameras=world.registry,
        inspections=world.inspections,
        models=world.models,
        images=S3ImageStore(world.stack.client("s3")),
        host=plant.Oracle(),
        uncertain_below=plant.UNCERTAIN_BELOW,
    )


def send(world: World, data: bytes, captured: Captured) -> None:
    cameras: dict[str, Camera] = {name: world.camera(name) for name in world.tokens}

    def one(number: int) -> None:
        known = plant.picture(number)
        camera, ending = cameras[known.ref.camera_id], f"{number:06}".encode()
        camera.upload(data + ending, known.ref.image_id, captured[number], part=str(number))

    with ThreadPoolExecutor(UPLOADS_AT_ONCE) as threads:
        list(threads.map(one, captured))


def say(world: World, known: Sequence[Picture]) -> None:
    cases = DynamoCaseTable(world.stack.outputs["inspectionsTable"], world.stack.client("dynamodb"))
    for one in known:
        if one.said:
            assert cases.review(one.ref, one.reviewed(times.now()))


def measured(world: World, known: Sequence[Picture]) -> pd.DataFrame:
    """What the clocks said of each picture, as its record has it."""
    found = []
    for one in known:
        recorded = world.inspections.recorded(one.ref)
        assert recorded
        waited = recorded.recorded_at - recorded.inspection.captured_at
        found.append(
            {
                "image": one.ref.pk,
                "latency_ms": waited / timedelta(milliseconds=1),
                "detect_ms": recorded.inspection.detect_ms,
            }
        )
    return pd.DataFrame(found).astype({"detect_ms": "float64"})


def rejected(world: World) -> list[dict[str, Any]]:
    """All bad records that were kept."""
    sqs, found = world.stack.client("sqs"), list[dict[str, Any]]()
    url = world.stack.outputs["streamFailuresQueueUrl"]
    while batch := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        found += [json.loads(message["Body"]) for message in batch]
    return found


def service(world: World) -> Api:
    session = boto3.Session(ACCESS_KEY_ID, SECRET_ACCESS_KEY, region_name=REGION)
    return Api(world.stack.api_url("analytics"), session=session)


def answers_are_right(analytics: Api, rows: pd.DataFrame, begin: str, end: str) -> None:
    """Every query of the catalogue answers what the rows say, about all and about a part."""
    everything = {one["name"] for one in analytics.get("/queries")["queries"]}
    for narrowed in ({}, {"facility": "leipzig"}, {"project": "lenses", "camera": "lens-1"}):
        inside = rows[(rows[list(narrowed)] == pd.Series(narrowed)).all(axis=1)]
        asked = questions(inside, begin, end)
        assert everything == {name for name, *_ in asked} | {"day"}
        given = {"from": begin, "to": end, **narrowed}
        found = ask(analytics, [(name, {**given, **own}) for name, own, _ in asked])
        for (_, _, check), answer in zip(asked, found, strict=True):
            check([dict(row) for row in answer])


def a_day_is_downloaded_right(analytics: Api, rows: pd.DataFrame) -> None:
    day = max(rows["dt"])
    run = analytics.get(f"/days/{day}", wait=20)
    [file] = run["files"]
    content = analytics.fetch(file["url"])
    assert content is not None
    found = list(csv.DictReader(io.StringIO(content.decode())))
    wanted = rows[rows["dt"] == day].sort_values(["captured_at", "image"])
    for column in ("image", "verdict", "defect_count", "sequence"):
        assert [row[column] for row in found] == [str(value) for value in wanted[column]]


def the_last_minutes_are_right(analytics: Api, rows: pd.DataFrame) -> None:
    live = analytics.get("/live", minutes=60)
    assert live["shortened"] is False
    begin, end = (pd.Timestamp(live[name]).tz_localize(None) for name in ("from", "to"))
    recent = rows[(rows["captured_at"] >= begin) & (rows["captured_at"] < end)]
    assert len(recent)
    results = {name: result["rows"] for name, result in live["results"].items()}
    expected.same(results["totals"], expected.totals(recent))
    keys = expected.LINE
    expected.same(results["by_line"], expected.counts(recent, keys, keys[::2]))
    assert sum(row["images"] for row in results["over_time"]) == len(recent)


def wrong_questions_are_refused(analytics: Api, end: str) -> None:
    """With the rule; and what looks like SQL is a name that no line has."""
    for query, given, rule in (
        ("drop", {}, "There is no query 'drop'"),
        ("totals", {"colour": "red"}, "'colour' is not a parameter"),
        ("totals", {"from": end, "to": "2026-01-01T00:00:00Z"}, "is not before"),
        ("over_time", {"zone": "Europe/Atlantis"}, "not a time zone"),
        ("over_time", {"from": "2017-01-01T00:00:00Z", "bucket": "minute"}, "more than 1500 steps"),
    ):
        with pytest.raises(InvalidError, match=rule):
            ask(analytics, [(query, given)])
    for value in ("' OR 1 = 1 --", "'; DROP TABLE inspections; --", "?", ":to"):
        [[totals]] = ask(analytics, [("totals", {"line": value, "to": end})])
        assert totals["images"] == 0


@pytest.mark.slow
@pytest.mark.timeout(1500)
@pytest.mark.parametrize("pictures", [60, 1000])
def test_every_answer_is_what_was_uploaded_whatever_fails(
    pictures: int, new_world: Callable[..., Iterator[World]], picture: bytes, tmp_path: Path
) -> None:
    faults, refusing = Faults(seed=5, share=0.2, only=["stream"]), Refusing(0.2, seed=5)
    detecting = Detecting(faults)
    today = datetime.now(UTC).replace(microsecond=0)
    captured = {n: today - timedelta(hours=7 * (n % 40), seconds=n) for n in range(pictures)}
    known = [plant.picture(number) for number in captured]
    wanted = {one.ref.pk: one.row(captured[one.number]) for one in known}
    for world in new_world(
        interceptor=detecting,
        delivery=Repeated(times=2, within_seconds=1.0, seed=5),
        refuses=refusing,
    ):
        faults.pool = world.stack.pool
        detecting.deps = settle(world)
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
        say(world, known)
        world.stack.write_lake(tmp_path, timeout=60 + pictures)

        rows = rows_of(tmp_path)
        found = latest(rows)
        assert found.keys() == wanted.keys()
        assert [row for image, row in found.items() if row != wanted[image]] == []
        assert len(rows) > len({(row["image"], row["sequence"]) for row in rows})  # some came twice
        kept = rejected(world)
        assert {entry["record"]["dynamodb"]["Keys"]["image"]["S"] for entry in kept} == {"poison"}
        assert {entry["reason"] for entry in kept} == {
            "InvalidError: 'yesterday' is not an ISO 8601 time."
        }
        assert refusing.refused
        assert faults.before.total()
        assert faults.after.total()

        analytics = service(world)
        frame = plant.table(list(wanted.values())).merge(measured(world, known), on="image")
        begin, end = (times.to_wire(today + timedelta(days=days)) for days in (-14, 1))
        wrong_questions_are_refused(analytics, end)
        answers_are_right(analytics, frame, begin, end)
        a_day_is_downloaded_right(analytics, frame)
        the_last_minutes_are_right(analytics, frame)


@pytest.fixture(scope="module")
def folder(
    world: World, picture: bytes, parts: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A lake on disk, of real inspections on two days."""
    folder = tmp_path_factory.mktemp("lake")
    (folder / "inspections" / "dt=2020-01-01" / "gone").mkdir(parents=True)
    (folder / "inspections" / "dt=2020-01-01" / "gone" / "old.parquet").write_bytes(b"stale")
    camera = world.camera()
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
