"""The calls that the code makes are the calls that its role may make.

The emulated AWS refuses nobody, so permissions are compared by name with what was called.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from infra.policies.resource import of
from sightline import bootstrap
from sightline.adapters.aws.models import S3ArtifactStore
from sightline.domain.alerts import Alert, AlertState
from sightline.domain.errors import UnavailableError
from sightline.domain.images import UploadRequest
from sightline.domain.models import ModelRecord
from sightline.workflow.authenticate import authenticate
from sightline.workflow.detect import ObjectCreated, detect
from sightline.workflow.digest import digest
from sightline.workflow.notify import notify
from sightline.workflow.ports import HostedResult
from sightline.workflow.record import record
from sightline.workflow.upload import upload
from tests.examples import KEY, NOON, REF, camera, hosted, inspection, model, recorded
from tests.infra.conftest import environment
from tests.infra.recorder import REGION, Recording
from tests.infra.test_grants import GRANTS

# Operations whose permission has another name.
PERMISSIONS = {
    "s3:HeadObject": {"s3:GetObject"},
    "dynamodb:TransactWriteItems": {"dynamodb:ConditionCheckItem", "dynamodb:PutItem"},
}
# Permissions that are needed without a call of that name.
IMPLIED = {
    "detect": {"s3:GetObjectVersion", "s3:ListBucket"},
    "record": set[str](),
    "notify": {"kms:Decrypt", "kms:GenerateDataKey*"},
    "digest": {"kms:Decrypt", "kms:GenerateDataKey*"},
    "ingest": {"s3:PutObject", "logs:CreateLogGroup"},
}


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

    def note(model: Any, **_: Any) -> None:
        service = {"stepfunctions": "states"}.get(model.service_model.service_name)
        name = f"{service or model.service_model.service_name}:{model.name}"
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
        dynamodb.create_table(
            TableName=table.outputs["name"],
            BillingMode="PAY_PER_REQUEST",
            KeySchema=schema,  # type: ignore[arg-type]
            AttributeDefinitions=[
                {"AttributeName": key["AttributeName"], "AttributeType": "S"} for key in schema
            ],
        )
    for bucket in of(prod.resources, "s3.Bucket"):
        s3.create_bucket(Bucket=bucket.id, CreateBucketConfiguration={"LocationConstraint": REGION})
    session.client("sns").create_topic(Name=prod.outputs["alertTopicArn"].rpartition(":")[2])
    session.client("stepfunctions").create_state_machine(
        name=prod.outputs["digestStateMachineArn"].rpartition(":")[2],
        definition=json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}),
        roleArn="arn:aws:iam::123456789012:role/digest",
    )


def run_detect(env: Mapping[str, str], tmp_path: Path) -> None:
    session = boto3.Session(region_name=REGION)
    registered, _ = camera()
    bootstrap.DynamoCameraRegistry(env["CAMERAS_TABLE"], session.client("dynamodb")).add(registered)
    bootstrap.DynamoModelRegistry(env["MODELS_TABLE"], session.client("dynamodb")).put(model())
    s3 = session.client("s3")
    for name in ("model.onnx", "manifest.json"):
        s3.put_object(Bucket=env["MODELS_BUCKET"], Key=f"{model().artifact}/{name}", Body=b"x")
    bucket = env["MODELS_BUCKET"].replace("models", "images")
    s3.put_object(Bucket=bucket, Key=KEY, Body=b"x")
    store = S3ArtifactStore(env["MODELS_BUCKET"], bootstrap.s3(), cache=tmp_path)
    deps = replace(bootstrap.detect(env), host=FetchingHost(store), uncertain_below=1.0)
    assert detect(ObjectCreated(bucket, KEY, None, 1, NOON), deps).map_key


def run_record(env: Mapping[str, str], tmp_path: Path) -> None:
    deps = bootstrap.record(env)
    assert record(inspection(), deps) == record(inspection(), deps)


def run_notify(env: Mapping[str, str], tmp_path: Path) -> None:
    class Silent:
        def publish(self, notification: object) -> None:
            raise UnavailableError("Nobody is there.")

    deps = replace(bootstrap.notify(env), alerts_per_minute=2, clock=lambda: NOON)
    with pytest.raises(UnavailableError):
        notify(recorded(), replace(deps, topic=Silent()))
    first, second = notify(recorded(), deps), notify(recorded(), deps)
    assert first == second
    other = recorded(ref=replace(REF, image_id="another"))
    notify(other, deps)


def run_digest(env: Mapping[str, str], tmp_path: Path) -> None:
    session = boto3.Session(region_name=REGION)
    table = bootstrap.DynamoAlertTable(env["ALERTS_TABLE"], session.client("dynamodb"))
    fold_one(table)
    deps = bootstrap.digest(env)
    assert digest(recorded().line_minute, deps) == 1
    assert digest(recorded().line_minute, deps) == 0


def fold_one(table: Any) -> None:
    alert = Alert(REF, recorded().line_minute, AlertState.CLAIMED, NOON, recorded().severity)
    table.claim(alert)
    assert table.fold(alert)


def run_ingest(env: Mapping[str, str], tmp_path: Path) -> None:
    session = boto3.Session(region_name=REGION)
    registered, token = camera()
    bootstrap.DynamoCameraRegistry(env["CAMERAS_TABLE"], session.client("dynamodb")).add(registered)
    deps = replace(bootstrap.ingest(env), clock=lambda: NOON + timedelta(minutes=5))
    known = authenticate(token, deps.cameras)
    request = UploadRequest("a", "image/jpeg", 10, NOON)
    assert (
        upload([request], known, deps)[0].reservation
        == upload([request], known, deps)[0].reservation
    )


RUNS: dict[str, Callable[[Mapping[str, str], Path], None]] = {
    "detect": run_detect,
    "record": run_record,
    "notify": run_notify,
    "digest": run_digest,
    "ingest": run_ingest,
}


@pytest.mark.parametrize("role", RUNS)
def test_a_role_may_do_what_its_code_calls_and_no_more(
    role: str, prod: Recording, called: set[str], tmp_path: Path
) -> None:
    env = prod.outputs["ingestEnvironment"] if role == "ingest" else environment(prod, role)
    RUNS[role](env, tmp_path)
    assert called | IMPLIED[role] == {action for action, _ in GRANTS[role]}
