"""The calls that the code makes are the calls that its role may make.

The emulated AWS refuses nobody, so permissions are compared by name with what was called.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.athena.models import QueryResults, athena_backends

from infra.policies.resource import of
from infra.wildcards import UNSCOPED
from sightline.adapters.aws.alerts import DynamoAlertTable
from sightline.adapters.aws.cameras import DynamoCameraRegistry
from sightline.adapters.aws.control import DynamoControlRegistry
from sightline.adapters.aws.control_objects import S3EntryStore
from sightline.adapters.aws.inspections import DynamoInspectionTable
from sightline.adapters.aws.models import DynamoModelRegistry, S3ArtifactStore
from sightline.adapters.control_hosting import RegistryHosting
from sightline.bootstrap import analytics, clients, control, pipeline
from sightline.domain.alerts import Alert, AlertState
from sightline.domain.errors import NotFoundError, SightlineError, UnavailableError
from sightline.domain.images import UploadRequest
from sightline.domain.inspections import Verdict
from sightline.domain.lookout.datasets import DatasetType
from sightline.domain.lookout.projects import Project
from sightline.domain.lookout.records import S3Object
from sightline.domain.models import ModelRecord
from sightline.domain.reviews import Opinion
from sightline.domain.subscriptions import Subscription
from sightline.workflow import cameras
from sightline.workflow.analytics import live, runs
from sightline.workflow.authenticate import authenticate
from sightline.workflow.control.entries import EntryFilter, list_dataset_entries
from sightline.workflow.control.ports import Check, JobStarter
from sightline.workflow.control.projects import create_project, delete_project
from sightline.workflow.control.wake import wake_up
from sightline.workflow.daily import daily
from sightline.workflow.detect import ObjectCreated, detect
from sightline.workflow.digest import digest
from sightline.workflow.floor.lines import list_lines
from sightline.workflow.floor.ports import FloorDeps
from sightline.workflow.floor.review import review
from sightline.workflow.floor.subscriptions import subscribe, unsubscribe
from sightline.workflow.notify import notify
from sightline.workflow.ports import HostedResult
from sightline.workflow.record import record
from sightline.workflow.silence import silence
from sightline.workflow.stream import stream
from sightline.workflow.upload import upload
from tests.control_world import ControlWorld, call
from tests.examples import KEY, NOON, REF, camera, hosted, inspection, model, recorded
from tests.infra.conftest import environment
from tests.infra.recorder import REGION, Recording
from tests.infra.test_grants import GRANTS
from tests.lake_engine import QUERIES
from tests.stream_examples import change, item

# Operations whose permission has another name.
PERMISSIONS = {
    "s3:HeadObject": {"s3:GetObject"},
    "s3:ListObjectsV2": {"s3:ListBucket"},
    "lambda:Invoke": {"lambda:InvokeFunction"},
}
# What a transaction consists of.
PARTS = {
    "ConditionCheck": "dynamodb:ConditionCheckItem",
    "Delete": "dynamodb:DeleteItem",
    "Put": "dynamodb:PutItem",
    "Update": "dynamodb:UpdateItem",
}
# Athena does this in the name of whoever asks.
OF_ATHENA = {
    *("glue:GetDatabase", "glue:GetPartitions", "glue:GetTable"),
    *("s3:AbortMultipartUpload", "s3:GetBucketLocation", "s3:GetObject", "s3:ListBucket"),
    *("s3:ListBucketMultipartUploads", "s3:ListMultipartUploadParts", "s3:PutObject"),
}
# Permissions that are needed without a call of that name.
IMPLIED = {
    "detect": {"s3:GetObjectVersion", "s3:ListBucket"},
    "record": set[str](),
    "notify": {"kms:Decrypt", "kms:GenerateDataKey*"},
    "digest": {"kms:Decrypt", "kms:GenerateDataKey*"},
    "silence": {"sqs:SendMessage"},  # Lambda does, in its name, when it failed
    "ingest": {"s3:PutObject"},
    # What reads the stream for it does so in its name.
    "stream": {
        *("dynamodb:DescribeStream", "dynamodb:GetRecords"),
        *("dynamodb:GetShardIterator", "dynamodb:ListStreams"),
    },
    "analytics": {*OF_ATHENA},
    "daily": {*OF_ATHENA, "kms:Decrypt", "kms:GenerateDataKey*", "sqs:SendMessage"},
    "control": {"s3:GetObjectVersion", "s3:ListBucket"},
    "control-job": {
        "s3:GetObjectVersion",
        "sqs:SendMessage",
        # Instances and components are somebody else's here: the emulated AWS has not all of it.
        "greengrass:CreateComponentVersion",
        "lambda:DeleteFunctionConcurrency",
        "lambda:GetFunctionConcurrency",
        "lambda:PutFunctionConcurrency",
        "lambda:DeleteProvisionedConcurrencyConfig",
        "lambda:GetProvisionedConcurrencyConfig",
        "lambda:PutProvisionedConcurrencyConfig",
    },
    "control-detect": {"s3:GetObjectVersion", "s3:ListBucket"},
}


# Calls whose permission cannot name a resource.
UNSCOPED_CALLS = {"control": set(UNSCOPED["SeeToSubscriptions"].actions)}


class FetchingHost:
    """Fetches the model as the real host does, and then makes up a result."""

    def __init__(self, store: S3ArtifactStore) -> None:
        self._store = store

    def inspect(self, served: ModelRecord, data: bytes) -> HostedResult:
        assert self._store.fetch(served).is_dir()
        return hosted()


@pytest.fixture
def called(prod: Recording, monkeypatch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    """An emulated AWS with the stack's data in it, and the permissions of what is called there."""
    permissions: set[str] = set()

    def note(model: Any, params: Any, **_: Any) -> None:
        service = {"stepfunctions": "states"}.get(model.service_model.service_name)
        name = f"{service or model.service_model.service_name}:{model.name}"
        if name == "dynamodb:TransactWriteItems":
            parts = [part for item in json.loads(params["body"])["TransactItems"] for part in item]
            permissions.update(PARTS[part] for part in parts)
        else:
            permissions.update(PERMISSIONS.get(name, {name}))

    with mock_aws():
        create(boto3.Session(region_name=REGION), prod)
        session = boto3.Session(region_name=REGION)
        session.events.register("before-call", note)
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", session)
        yield permissions


def create(session: boto3.Session, prod: Recording) -> None:
    dynamodb, s3 = session.client("dynamodb"), session.client("s3")
    for table in of(prod.resources, "dynamodb.Table"):
        keys = {"HASH": table.inputs["hashKey"], "RANGE": table.inputs.get("rangeKey")}
        schema = [{"AttributeName": k, "KeyType": t} for t, k in keys.items() if k]
        indexes = [
            {
                "IndexName": index["name"],
                "KeySchema": [
                    {"AttributeName": key["attributeName"], "KeyType": key["keyType"]}
                    for key in index["keySchemas"]
                ],
                "Projection": {"ProjectionType": index["projectionType"]},
            }
            for index in table.inputs.get("globalSecondaryIndexes", ())
        ]
        attributes = [
            {"AttributeName": found["name"], "AttributeType": found["type"]}
            for found in table.inputs["attributes"]
        ]
        dynamodb.create_table(
            TableName=table.outputs["name"],
            BillingMode="PAY_PER_REQUEST",
            KeySchema=schema,  # type: ignore[arg-type]
            AttributeDefinitions=attributes,  # type: ignore[arg-type]
            **({"GlobalSecondaryIndexes": indexes} if indexes else {}),  # type: ignore[arg-type]
        )
    for bucket in of(prod.resources, "s3.Bucket"):
        s3.create_bucket(Bucket=bucket.id, CreateBucketConfiguration={"LocationConstraint": REGION})
    for queue in of(prod.resources, "sqs.Queue"):
        session.client("sqs").create_queue(QueueName=queue.outputs["name"])
    rule = prod.outputs["controlEnvironment"]["WAKEUP_RULE"]
    session.client("events").put_rule(Name=rule, ScheduleExpression="rate(1 minute)")
    session.client("sns").create_topic(Name=prod.outputs["alertTopicArn"].rpartition(":")[2])
    session.client("stepfunctions").create_state_machine(
        name=prod.outputs["digestStateMachineArn"].rpartition(":")[2],
        definition=json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}),
        roleArn="arn:aws:iam::123456789012:role/digest",
    )


def run_detect(env: Mapping[str, str], tmp_path: Path) -> None:
    session = boto3.Session(region_name=REGION)
    registered, _ = camera()
    DynamoCameraRegistry(env["CAMERAS_TABLE"], session.client("dynamodb")).add(registered)
    DynamoModelRegistry(env["MODELS_TABLE"], session.client("dynamodb")).put(model())
    s3 = session.client("s3")
    for name in ("model.onnx", "manifest.json"):
        s3.put_object(Bucket=env["MODELS_BUCKET"], Key=f"{model().artifact}/{name}", Body=b"x")
    bucket = env["MODELS_BUCKET"].replace("models", "images")
    s3.put_object(Bucket=bucket, Key=KEY, Body=b"x")
    store = S3ArtifactStore(env["MODELS_BUCKET"], clients.s3(), cache=tmp_path)
    deps = replace(pipeline.detect(env), host=FetchingHost(store), uncertain_below=1.0)
    assert detect(ObjectCreated(bucket, KEY, None, 1, NOON), deps).map_key


def run_record(env: Mapping[str, str], tmp_path: Path) -> None:
    deps = pipeline.record(env)
    assert record(inspection(), deps) == record(inspection(), deps)


def run_notify(env: Mapping[str, str], tmp_path: Path) -> None:
    class Silent:
        def publish(self, notification: object) -> None:
            raise UnavailableError("Nobody is there.")

    deps = replace(pipeline.notify(env), alerts_per_minute=2, clock=lambda: NOON)
    with pytest.raises(UnavailableError):
        notify(recorded(), replace(deps, topic=Silent()))
    first, second = notify(recorded(), deps), notify(recorded(), deps)
    assert first == second
    other = recorded(ref=replace(REF, image_id="another"))
    notify(other, deps)


def run_digest(env: Mapping[str, str], tmp_path: Path) -> None:
    session = boto3.Session(region_name=REGION)
    table = DynamoAlertTable(env["ALERTS_TABLE"], session.client("dynamodb"))
    fold_one(table)
    deps = pipeline.digest(env)
    assert digest(recorded().line_minute, deps) == 1
    assert digest(recorded().line_minute, deps) == 0


def fold_one(table: Any) -> None:
    alert = Alert(REF, recorded().line_minute, AlertState.CLAIMED, NOON, recorded().severity)
    table.claim(alert)
    assert table.fold(alert)


def run_silence(env: Mapping[str, str], tmp_path: Path) -> None:
    assert silence(pipeline.silence(env)) == []


def run_ingest(env: Mapping[str, str], tmp_path: Path) -> None:
    session = boto3.Session(region_name=REGION)
    registered, token = camera()
    DynamoCameraRegistry(env["CAMERAS_TABLE"], session.client("dynamodb")).add(registered)
    deps = replace(pipeline.ingest(env), clock=lambda: NOON + timedelta(minutes=5))
    known = authenticate(token, deps.cameras)
    request = UploadRequest("a", "image/jpeg", 10, NOON)
    assert (
        upload([request], known, deps)[0].reservation
        == upload([request], known, deps)[0].reservation
    )


class Asking:
    """Calls the function, which is not there, and then runs the job here."""

    def __init__(self, starter: JobStarter, world: ControlWorld) -> None:
        self._starter, self._world = starter, world

    def start(self, job_id: str) -> None:
        with suppress(SightlineError):
            self._starter.start(job_id)
        self._world.starter.start(job_id)


def control_world(env: Mapping[str, str], tmp_path: Path) -> ControlWorld:
    """Control whose records and entries are in AWS; its calls are nobody's."""
    session = boto3.Session(region_name=REGION)
    known = {
        "registry": DynamoControlRegistry(env["CONTROL_TABLE"], session.client("dynamodb")),
        "entries": S3EntryStore(env["MODELS_BUCKET"], session.client("s3")),
    }
    world = ControlWorld(tmp_path)
    world.deps = replace(world.deps, **known)
    world.work_deps = replace(world.work_deps, **known)
    return world


def run_control(env: Mapping[str, str], tmp_path: Path) -> None:
    world = control_world(env, tmp_path)
    real = control.control(env)
    world.deps = replace(
        real, jobs=Asking(real.jobs, world), clock=world.deps.clock, new_id=world.deps.new_id
    )
    world.project()
    world.model()
    world.run_all()
    page = list_dataset_entries(
        "castings",
        DatasetType.TRAIN,
        EntryFilter(),
        max_results=1,
        next_token=None,
        deps=world.deps,
    )
    assert page["DatasetEntries"]
    real.entries.write("unused", ["{}"])
    real.entries.delete("unused")
    known = real.registry.get(Project, "", "castings")
    assert known
    real.registry.commit(Check(known))
    real.serving.get("castings")
    create_project("empty", call=call("CreateProject"), deps=world.deps)
    delete_project("empty", call=call("DeleteProject"), deps=world.deps)
    use_the_pages(real.floor, env)


def use_the_pages(floor: FloorDeps, env: Mapping[str, str]) -> None:
    """What people do: look, review, see to cameras and to who is told."""
    client = boto3.Session(region_name=REGION).client("dynamodb")
    DynamoInspectionTable(env["INSPECTIONS_TABLE"], client).record(recorded())
    review(REF.camera_id, REF.image_id, Opinion(Verdict.NORMAL, "lead"), floor)
    place = {"line": "press-1", "facility": "leipzig", "project": "castings"}
    cameras.register(floor.cameras, "side", **place)
    cameras.rotate(floor.cameras, "side")
    assert list_lines(floor)
    added = subscribe(Subscription("sms", "+4915112345678"), floor)
    assert added.subscription_id
    unsubscribe(added.subscription_id, floor)
    with suppress(SightlineError):  # there is no user pool here
        floor.names.name_of("6f1c0a3e-0000-4000-8000-000000000001")


def run_control_job(env: Mapping[str, str], tmp_path: Path) -> None:
    world = control_world(env, tmp_path)
    real = control.control_job(env)
    serving = RegistryHosting(DynamoModelRegistry(env["MODELS_TABLE"], clients.client("dynamodb")))
    world.work_deps = replace(
        real,
        jobs=Asking(real.jobs, world),
        objects=world.objects,
        trainer=world.trainer,
        hosting=serving,
        clock=world.work_deps.clock,
        work=tmp_path,
    )
    world.project()
    world.model()
    world.sweep()
    for step in (world.start, world.stop, world.delete_model):
        step()
        world.run_all()
        wake_up(world.work_deps)
    world.work_deps.wakeups.begin()  # when something comes in while they end


def run_control_detect(env: Mapping[str, str], tmp_path: Path) -> None:
    deps = control.control_detect(env)
    with pytest.raises(NotFoundError):
        deps.objects.read(S3Object(env["MODELS_BUCKET"], "uploads/a.png"), max_bytes=1)


def run_stream(env: Mapping[str, str], tmp_path: Path) -> None:
    poisoned = {**item(2), "captured_at": {"S": "yesterday"}}
    deps = replace(pipeline.stream(env), wait=lambda _: None)
    # The emulated AWS has no such delivery stream here: what is not taken comes again.
    assert len(stream([change(1, item(1)), change(2, poisoned)], deps)) == 1


def run_analytics(env: Mapping[str, str], tmp_path: Path) -> None:
    session = boto3.Session(region_name=REGION)
    session.client("athena").create_work_group(Name=env["ATHENA_WORKGROUP"])
    registered, _ = camera()
    DynamoCameraRegistry(env["CAMERAS_TABLE"], session.client("dynamodb")).add(registered)
    deps = replace(analytics.analytics(env, QUERIES), sleep=lambda _: None)
    asked = [runs.ask("by_line", {}, deps)]
    asked.append(runs.ask_for_day("2026-03-14", "parquet", "UTC", {}, deps))
    rows, day = runs.look(asked, deps, seconds=5)
    assert (rows.rows, day.files) == ([], [])  # the emulated Athena has no answers here
    deps.engine.stop(rows.id)
    live.live(5, "UTC", {}, deps)


def run_daily(env: Mapping[str, str], tmp_path: Path) -> None:
    boto3.Session(region_name=REGION).client("athena").create_work_group(
        Name=env["ATHENA_WORKGROUP"]
    )
    real = analytics.daily(env, QUERIES)
    deps = replace(real, asking=replace(real.asking, sleep=lambda _: None), hour=0)
    columns = [column.name for column in real.asking.queries["by_line"].selected]
    data = [{"VarCharValue": "1"} for _ in columns]
    rows = [{"Data": [{"VarCharValue": name} for name in columns]}, {"Data": data}]
    answer = QueryResults(rows, [{"Name": name} for name in columns])
    athena_backends["123456789012"][REGION].query_results_queue += [answer, answer]
    assert daily(deps)
    assert not daily(deps)  # people were told already
    deps.asking.engine.stop(runs.ask("totals", {}, deps.asking))


RUNS: dict[str, Callable[[Mapping[str, str], Path], None]] = {
    "detect": run_detect,
    "record": run_record,
    "notify": run_notify,
    "digest": run_digest,
    "silence": run_silence,
    "ingest": run_ingest,
    "stream": run_stream,
    "analytics": run_analytics,
    "daily": run_daily,
    "control": run_control,
    "control-job": run_control_job,
    "control-detect": run_control_detect,
}


@pytest.mark.parametrize("role", RUNS)
def test_a_role_may_do_what_its_code_calls_and_no_more(
    role: str, prod: Recording, called: set[str], tmp_path: Path
) -> None:
    service = prod.outputs.get(f"{role}Environment")
    env = service or environment(prod, role)
    RUNS[role](env, tmp_path)
    granted = {action for action, _ in GRANTS[role]}
    assert called | IMPLIED[role] == granted | UNSCOPED_CALLS.get(role, set())
