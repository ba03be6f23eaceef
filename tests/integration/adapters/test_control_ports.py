"""The ports of control: one contract each, for the fake and for the AWS adapter."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from sightline.adapters import control_memory as memory
from sightline.adapters.aws.control import DynamoControlRegistry
from sightline.adapters.aws.control_objects import S3EntryStore, S3ModelFiles, S3ObjectStore
from sightline.adapters.aws.control_wakeups import RuleWakeups
from sightline.domain.errors import (
    ForbiddenError,
    InvalidError,
    NotFoundError,
    TooLargeError,
    UnavailableError,
)
from sightline.domain.lookout.calls import Call, answered
from sightline.domain.lookout.datasets import DatasetType, ImageStats
from sightline.domain.lookout.jobs import Job, JobKind
from sightline.domain.lookout.manifest import Label
from sightline.domain.lookout.models import Evaluated, Model, Performance
from sightline.domain.lookout.packaging import Component, PackagingJob, Target
from sightline.domain.lookout.projects import Project
from sightline.domain.lookout.records import Record, S3Location, S3Object
from sightline.domain.lookout.schedules import Schedule, Shift
from sightline.domain.lookout.trials import Trial
from sightline.workflow.control.ports import (
    ChangedError,
    Check,
    ControlRegistry,
    EntryStore,
    ModelFiles,
    ObjectStore,
    Put,
    Remove,
)
from tests.examples import NOON
from tests.lookout_examples import dataset, model, project

FULL_MODEL = model(
    evaluated=Evaluated(
        Performance(f1=0.1 + 0.2, recall=1.0, precision=0.93),
        S3Object("out", "m.json"),
        S3Object("out", "r.json"),
        NOON,
    ),
    tags={"line": "größe"},
    min_units=1,
    job="j",
)
PACKAGING = PackagingJob(
    name="package-1",
    project="castings",
    model_version="1",
    component=Component("part", "1.0.0", S3Location("out", "x/"), Target(device="jetson_xavier")),
    created_at=NOON,
    updated_at=NOON,
)
TRIAL = Trial(
    name="trial-1",
    project="castings",
    versions=("1", "2"),
    images=S3Location("pictures", "new/"),
    created_at=NOON,
    verified={"7": Label.ANOMALY},
)
SCHEDULE = Schedule(
    project="castings",
    version="1",
    timezone="Europe/Berlin",
    units=0,
    shifts=(Shift(("mon", "tue"), "22:00", "06:00"),),
    acted_at=NOON,
)
JOB = Job(job_id="j", kind=JobKind.TRAIN, project="castings", subject="1", created_at=NOON)
ANSWERED = answered(Call("CreateProject", {"ProjectName": "castings"}, "t-1"), "{}", "j", NOON)
FULL_PROJECT = project(
    datasets={
        DatasetType.TRAIN: dataset(stats=ImageStats(3, 2, 1, 1), entries="a", bucket="pictures"),
        DatasetType.TEST: dataset(type=DatasetType.TEST),
    },
    models=2,
)
RECORDS: list[Record] = [
    project(),
    FULL_PROJECT,
    FULL_MODEL,
    PACKAGING,
    TRIAL,
    SCHEDULE,
    JOB,
    ANSWERED,
]


def test_wakeups_are_switched_on_and_off() -> None:
    with mock_aws():
        events = boto3.client("events")
        events.put_rule(Name="control-job", ScheduleExpression="rate(1 minute)")
        wakeups = RuleWakeups("control-job", events)
        for switch, state in ((wakeups.end, "DISABLED"), (wakeups.begin, "ENABLED")):
            for _ in range(2):
                switch()
                assert events.describe_rule(Name="control-job")["State"] == state
        with pytest.raises(UnavailableError, match="Switching rule other off"):
            RuleWakeups("other", events).end()


@pytest.fixture(params=["memory", "aws"])
def kind(request: pytest.FixtureRequest) -> Iterator[str]:
    with mock_aws():
        yield request.param


def control_table() -> Any:
    """The control table as infra makes it."""
    client = boto3.client("dynamodb")
    client.create_table(
        TableName="control",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[
            {"AttributeName": "scope", "KeyType": "HASH"},
            {"AttributeName": "name", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("scope", "name")
        ],
    )
    return client


def buckets(*names: str) -> Any:
    client = boto3.client("s3")
    for name in names:
        client.create_bucket(
            Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
    return client


class TestControlRegistry:
    @pytest.fixture
    def registry(self, kind: str) -> ControlRegistry:
        if kind == "memory":
            return memory.MemoryControlRegistry()
        return DynamoControlRegistry("control", control_table())

    @pytest.mark.parametrize("record", RECORDS, ids=lambda record: type(record).__name__)
    def test_a_record_reads_back_as_it_was_stored(
        self, registry: ControlRegistry, record: Record
    ) -> None:
        assert registry.get(type(record), *record.identity) is None
        registry.commit(Put(record))
        stored = registry.get(type(record), *record.identity)
        assert stored is not None
        assert stored.revision > 0
        assert replace(stored, revision=0) == record

    def test_a_name_is_taken_once(self, registry: ControlRegistry) -> None:
        registry.commit(Put(project()))
        with pytest.raises(ChangedError):
            registry.commit(Put(project()))

    def test_only_a_record_as_it_was_read_can_be_changed_or_removed(
        self, registry: ControlRegistry
    ) -> None:
        registry.commit(Put(project()))
        read = registry.get(Project, "", "castings")
        assert read is not None
        registry.commit(Put(replace(read, models=1)))
        for change in (Put(read), Remove(read), Check(read)):
            with pytest.raises(ChangedError):
                registry.commit(change)
        now = registry.get(Project, "", "castings")
        assert now is not None
        assert now.models == 1
        registry.commit(Check(now), Put(JOB))
        registry.commit(Remove(now))
        assert registry.get(Project, "", "castings") is None
        registry.commit(Put(project()))
        again = registry.get(Project, "", "castings")
        assert again is not None
        with pytest.raises(ChangedError):
            registry.commit(Put(now))

    def test_all_changes_happen_or_none(self, registry: ControlRegistry) -> None:
        registry.commit(Put(JOB))
        with pytest.raises(ChangedError):
            registry.commit(Put(project()), Put(model()), Put(JOB))
        assert registry.get(Project, "", "castings") is None
        with pytest.raises(ChangedError):
            registry.commit(Put(project()), Check(model(revision=7)))
        assert registry.get(Project, "", "castings") is None

    def test_a_page_begins_behind_a_name_and_stays_in_its_scope(
        self, registry: ControlRegistry
    ) -> None:
        versions = ["1", "2", "10", "11"]
        for version in versions:
            registry.commit(Put(model(version=version)))
        registry.commit(Put(model(project="other")), Put(PACKAGING))
        first = registry.page(Model, "castings", limit=3)
        assert [found.version for found in first] == versions[:3]
        rest = registry.page(Model, "castings", after=first[-1].identity[1])
        assert [found.version for found in rest] == ["11"]
        assert list(registry.page(Model, "nobody")) == []


class TestEntryStore:
    @pytest.fixture
    def entries(self, kind: str) -> EntryStore:
        if kind == "memory":
            return memory.MemoryEntryStore()
        return S3EntryStore("models", buckets("models"))

    @pytest.mark.parametrize("lines", [[], ["{}"], ['{"a": "größe"}', "{}", "x\u2028y"]])
    def test_a_set_reads_back(self, entries: EntryStore, lines: list[str]) -> None:
        entries.write("castings/train/1.jsonl", iter(lines))
        assert list(entries.read("castings/train/1.jsonl")) == lines
        entries.delete("castings/train/1.jsonl")
        entries.delete("castings/train/1.jsonl")
        with pytest.raises(NotFoundError):
            entries.read("castings/train/1.jsonl")


class TestObjectStore:
    @pytest.fixture
    def objects(self, kind: str) -> ObjectStore:
        if kind == "memory":
            return memory.MemoryObjectStore()
        return S3ObjectStore(buckets("pictures"))

    @pytest.mark.parametrize("text", ["", "a\nb", "a\r\nbü\n\n", "x" * 3000 + "\ny"])
    def test_lines_are_split_at_line_ends_only(self, objects: ObjectStore, text: str) -> None:
        target = S3Object("pictures", "m 1.manifest")
        objects.write(target, text.encode(), "text/plain")
        assert list(objects.lines(target)) == text.split("\n")

    def test_what_is_no_text_or_not_there_is_named(self, objects: ObjectStore) -> None:
        target = S3Object("pictures", "m.manifest")
        objects.write(target, b"\xff\xfe", "text/plain")
        with pytest.raises(InvalidError, match=r"s3://pictures/m\.manifest is not UTF-8"):
            list(objects.lines(target))
        for missing in (S3Object("pictures", "none"), S3Object("nobodys", "none")):
            with pytest.raises(NotFoundError, match=f"There is no object {missing}"):
                objects.read(missing, max_bytes=1)

    def test_objects_below_a_place_are_listed_by_key(self, objects: ObjectStore) -> None:
        for key in ("new/b ü.png", "new/a.png", "old/c.png"):
            objects.write(S3Object("pictures", key), b"x", "image/png")
        place = S3Location("pictures", "new/")
        found = objects.list(place, limit=9)
        assert [one.key for one in found] == ["new/a.png", "new/b ü.png"]
        assert len(objects.list(place, limit=1)) == 1
        assert list(objects.list(S3Location("nobodys"), limit=1)) == []

    def test_many_objects_are_fetched_at_once(self, objects: ObjectStore, tmp_path: Path) -> None:
        wanted = {
            tmp_path / f"{n % 3}" / f"{n}.png": S3Object("pictures", f"{n}.png") for n in range(40)
        }
        for path, target in wanted.items():
            objects.write(target, path.name.encode(), "image/png")
        objects.fetch(wanted, max_bytes=10)
        assert all(path.read_bytes() == path.name.encode() for path in wanted)
        with pytest.raises(TooLargeError, match=r"s3://pictures/0\.png has 5 bytes"):
            objects.fetch({tmp_path / "x": S3Object("pictures", "0.png")}, max_bytes=4)


OPERATIONS: dict[str, Callable[[ObjectStore], object]] = {
    "get_object": lambda store: list(store.lines(S3Object("closed", "a"))),
    "get_object ": lambda store: store.read(S3Object("closed", "a"), max_bytes=9),
    "list_objects_v2": lambda store: store.list(S3Location("closed"), limit=1),
    "put_object": lambda store: store.write(S3Object("closed", "a"), b"", "text/plain"),
}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_bucket_that_is_closed_to_us_is_named(kind: str, operation: str) -> None:
    store: ObjectStore = memory.MemoryObjectStore(closed={"closed"})
    if kind == "aws":
        client = boto3.client("s3")
        refusing = Stubber(client)
        refusing.add_client_error(operation.strip(), "AccessDenied", http_status_code=403)
        refusing.activate()
        store = S3ObjectStore(client)
    with pytest.raises(ForbiddenError, match="bucket closed is denied"):
        OPERATIONS[operation](store)


@pytest.mark.parametrize("version_id", ["1", None])
def test_a_version_that_s3_cannot_have_is_not_asked_for_again(version_id: str | None) -> None:
    client = boto3.client("s3")
    refusing = Stubber(client)
    refusing.add_client_error("get_object", "InvalidArgument", http_status_code=400)
    expected = (
        (NotFoundError, "no such version") if version_id else (UnavailableError, "InvalidArgument")
    )
    with refusing, pytest.raises(expected[0], match=expected[1]):
        list(S3ObjectStore(client).lines(S3Object("pictures", "m.manifest", version_id)))


def test_what_is_written_with_a_key_is_encrypted_with_it(tmp_path: Path) -> None:
    key = "arn:aws:kms:eu-west-1:123456789012:key/1a2b"
    (tmp_path / "model.onnx").write_bytes(b"x")
    with mock_aws():
        client = buckets("models", "out")
        S3ModelFiles("models", client).upload(tmp_path, "castings/1", key=key)
        S3ObjectStore(client).write(S3Object("out", "e.json"), b"{}", "application/json", key=key)
        S3ObjectStore(client).write(S3Object("out", "plain.json"), b"{}", "application/json")
        for bucket, name in (("models", "castings/1/model.onnx"), ("out", "e.json")):
            found = client.head_object(Bucket=bucket, Key=name)
            assert (found["ServerSideEncryption"], found["SSEKMSKeyId"]) == ("aws:kms", key)
        assert "SSEKMSKeyId" not in client.head_object(Bucket="out", Key="plain.json")


class TestModelFiles:
    @pytest.fixture
    def files(self, kind: str) -> ModelFiles:
        if kind == "memory":
            return memory.MemoryModelFiles()
        return S3ModelFiles("models", buckets("models"))

    def test_a_models_files_come_and_go(self, files: ModelFiles, tmp_path: Path) -> None:
        (tmp_path / "model.onnx").write_bytes(b"x")
        files.upload(tmp_path, "castings/1")
        files.upload(tmp_path, "castings/10")
        files.delete("castings/1")
        files.delete("castings/1")
        left = files.stored if isinstance(files, memory.MemoryModelFiles) else _keys()
        assert [key.removesuffix("/model.onnx") for key in left] == ["castings/10"]


def _keys() -> list[str]:
    answer = boto3.client("s3").list_objects_v2(Bucket="models")
    return [found["Key"] for found in answer["Contents"]]
