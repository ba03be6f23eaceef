"""One contract per port, run against the fake and against the AWS adapter, so fakes cannot lie."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import boto3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moto import mock_aws

from sightline.adapters import memory
from sightline.adapters.aws.alerts import DynamoAlertTable, SnsTopic, StateMachineDigestTimer
from sightline.adapters.aws.cameras import DynamoCameraRegistry
from sightline.adapters.aws.inspections import DynamoInspectionTable
from sightline.adapters.aws.items import from_item, to_item
from sightline.adapters.aws.models import DynamoModelRegistry
from sightline.adapters.aws.workflow import SqsParkingQueue
from sightline.domain.alerts import Alert, AlertState, single
from sightline.domain.errors import ConflictError
from sightline.domain.images import ImageRef
from sightline.domain.inspections import Severity, Verdict
from sightline.domain.models import HostingStatus
from sightline.workflow.ports import AlertTable, CameraRegistry, InspectionTable, ModelRegistry
from tests.examples import NOON, REF, camera, inspection, model, recorded, reservation

MINUTE = "leipzig/press-1/2026-03-14T12:00Z"


def table(
    name: str, hash_key: str, range_key: str = "", indexes: dict[str, str] | None = None
) -> Any:
    """A table as infra makes it."""
    client = boto3.client("dynamodb")
    keys = [(hash_key, "HASH")] + ([(range_key, "RANGE")] if range_key else [])
    attributes = {key for key, _ in keys} | set((indexes or {}).values())
    if indexes:
        attributes.add("captured")
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in keys],
        AttributeDefinitions=[
            {"AttributeName": a, "AttributeType": "S"} for a in sorted(attributes)
        ],
        **(
            {
                "GlobalSecondaryIndexes": [
                    {
                        "IndexName": index,
                        "KeySchema": [
                            {"AttributeName": key, "KeyType": "HASH"},
                            {"AttributeName": "captured", "KeyType": "RANGE"},
                        ],
                        "Projection": {"ProjectionType": "ALL"},
                    }
                    for index, key in indexes.items()
                ]
            }
            if indexes
            else {}
        ),
    )
    return client


@pytest.fixture(params=["memory", "aws"])
def kind(request: pytest.FixtureRequest) -> Iterator[str]:
    with mock_aws():
        yield request.param


class TestCameraRegistry:
    @pytest.fixture
    def registry(self, kind: str) -> CameraRegistry:
        if kind == "memory":
            return memory.MemoryCameraRegistry()
        return DynamoCameraRegistry("cameras", table("cameras", "camera_id"))

    def test_a_camera_reads_back_as_it_was_stored(self, registry: CameraRegistry) -> None:
        known, _ = camera(name="Oben", revoked_at=NOON, last_seen_at=NOON)
        registry.add(known)
        assert registry.get(known.camera_id) == known
        assert registry.get("nobody") is None

    def test_an_id_is_taken_once(self, registry: CameraRegistry) -> None:
        registry.add(camera()[0])
        with pytest.raises(ConflictError):
            registry.add(camera()[0])

    def test_touching_remembers_and_never_invents_a_camera(self, registry: CameraRegistry) -> None:
        registry.add(camera()[0])
        registry.touch("press-1-top", NOON)
        registry.touch("nobody", NOON)
        assert [(c.camera_id, c.last_seen_at) for c in registry.list()] == [("press-1-top", NOON)]


class TestInspectionTable:
    @pytest.fixture
    def inspections(self, kind: str) -> InspectionTable:
        if kind == "memory":
            return memory.MemoryInspectionTable()
        indexes = {"by_line": "line_day", "by_camera": "camera_day", "to_review": "review"}
        return DynamoInspectionTable("inspections", table("inspections", "image", "", indexes))

    def test_a_second_reservation_is_the_first(self, inspections: InspectionTable) -> None:
        first = inspections.reserve(reservation())
        again = inspections.reserve(reservation(key="images/elsewhere.jpg", size=1))
        assert first == again == inspections.reservation(REF) == reservation()

    def test_a_result_is_stored_once(self, inspections: InspectionTable) -> None:
        assert inspections.record(recorded()) is None
        assert inspections.record(recorded(confidence=0.1)) == recorded()
        assert inspections.recorded(REF) == recorded()

    def test_a_result_completes_its_reservation(self, inspections: InspectionTable) -> None:
        inspections.reserve(reservation())
        assert inspections.recorded(REF) is None
        inspections.record(recorded())
        assert inspections.reservation(REF) == reservation(verdict=Verdict.ANOMALOUS)

    def test_what_was_not_inspected_reads_back_too(self, inspections: InspectionTable) -> None:
        refused = recorded(
            verdict=Verdict.NOT_INSPECTED,
            reason="no_model",
            explanation="none",
            confidence=None,
            score=None,
            regions=(),
            detect_ms=None,
        )
        inspections.record(refused)
        assert inspections.recorded(REF) == refused

    def test_a_lines_day_is_found_newest_first(self, inspections: InspectionTable) -> None:
        early = recorded(ref=ImageRef("press-1-top", "1"), captured_at=NOON - timedelta(hours=1))
        late = recorded(ref=ImageRef("press-1-top", "2"))
        fine = recorded(ref=ImageRef("press-1-side", "3"), verdict=Verdict.NORMAL)
        other_day = recorded(ref=ImageRef("press-1-top", "4"), captured_at=NOON - timedelta(days=1))
        for each in (early, late, fine, other_day):
            inspections.record(each)
        day = "2026-03-14"
        tomorrow = NOON + timedelta(days=1)
        first, second, last = inspections.of_line("leipzig", "press-1", day, tomorrow)
        assert {first.inspection.ref, second.inspection.ref} == {
            late.inspection.ref,
            fine.inspection.ref,
        }
        assert last == early
        assert list(inspections.of_line("leipzig", "press-2", day, tomorrow)) == []
        assert list(inspections.of_line("leipzig", "press-1", day, NOON)) == [early]

    def test_a_reservation_alone_is_on_nobodys_list(self, inspections: InspectionTable) -> None:
        inspections.reserve(reservation())
        assert list(inspections.of_line("leipzig", "press-1", "2026-03-14", NOON)) == []


class TestAlertTable:
    @pytest.fixture
    def alerts(self, kind: str) -> AlertTable:
        if kind == "memory":
            return memory.MemoryAlertTable()
        return DynamoAlertTable("alerts", table("alerts", "line_minute", "image"))

    @staticmethod
    def alert(n: int = 1) -> Alert:
        ref = ImageRef("press-1-top", f"part {n}")
        return Alert(ref, MINUTE, AlertState.CLAIMED, NOON + timedelta(seconds=n), Severity.HIGH)

    def test_an_image_is_claimed_once_until_released(self, alerts: AlertTable) -> None:
        mine, theirs = self.alert(), replace(self.alert(), claimed_at=NOON + timedelta(minutes=1))
        assert alerts.claim(mine) is mine
        assert alerts.claim(theirs) == mine
        alerts.release(mine)
        assert alerts.claim(theirs) is theirs

    def test_a_settled_alert_stays_settled(self, alerts: AlertTable) -> None:
        sent = replace(self.alert(), state=AlertState.SENT)
        alerts.claim(self.alert())
        alerts.settle(sent)
        assert alerts.claim(self.alert()) == sent

    def test_positions_count_up_within_a_minute(self, alerts: AlertTable) -> None:
        assert [alerts.next_position(MINUTE) for _ in range(3)] == [1, 2, 3]
        assert alerts.next_position(MINUTE.replace("12:00", "12:01")) == 1

    def test_a_digest_takes_alerts_until_it_closes(self, alerts: AlertTable) -> None:
        for n in (2, 1, 3):
            alerts.claim(self.alert(n))
        assert alerts.fold(self.alert(2))
        assert alerts.fold(self.alert(1))
        assert alerts.close_digest(MINUTE)
        assert not alerts.fold(self.alert(3))
        assert [alert.ref.image_id for alert in alerts.folded(MINUTE)] == ["part 1", "part 2"]

    def test_a_closed_digest_is_unsent_until_settled(self, alerts: AlertTable) -> None:
        assert [alerts.close_digest(MINUTE), alerts.close_digest(MINUTE)] == [True, True]
        alerts.settle_digest(MINUTE)
        assert not alerts.close_digest(MINUTE)


class TestModelRegistry:
    @pytest.fixture
    def models(self, kind: str) -> ModelRegistry:
        if kind == "memory":
            return memory.MemoryModelRegistry()
        return DynamoModelRegistry("models", table("models", "project"))

    def test_a_model_reads_back_and_is_replaced(self, models: ModelRegistry) -> None:
        assert models.get("castings") is None
        models.put(model())
        models.put(model(status=HostingStatus.TRAINED))
        assert models.get("castings") == model(status=HostingStatus.TRAINED)


@mock_aws
def test_sns_gives_each_kind_of_subscriber_its_own_text() -> None:
    sns, sqs = boto3.client("sns"), boto3.client("sqs")
    topic = sns.create_topic(Name="alerts")["TopicArn"]
    queue = sqs.create_queue(QueueName="q")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn["QueueArn"])
    SnsTopic(topic, sns).publish(single(recorded(), site_url="https://s.example"))
    (message,) = sqs.receive_message(QueueUrl=queue)["Messages"]
    envelope = json.loads(message["Body"])
    assert json.loads(envelope["Message"])["image"]["imageId"] == REF.image_id
    assert envelope["MessageAttributes"]["severity"]["Value"] == "high"


@mock_aws
def test_a_digest_is_started_once_a_minute_and_line() -> None:
    sfn, iam = boto3.client("stepfunctions"), boto3.client("iam")
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    definition = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}})
    arn = sfn.create_state_machine(name="digest", definition=definition, roleArn=role)
    timer = StateMachineDigestTimer(arn["stateMachineArn"], sfn)
    for _ in range(2):
        timer.start(MINUTE, NOON)
    timer.start(MINUTE.replace("press-1", "press-2"), NOON)
    started = sfn.list_executions(stateMachineArn=arn["stateMachineArn"])["executions"]
    assert len(started) == 2
    assert all(len(execution["name"]) <= 80 for execution in started)


@mock_aws
def test_both_kinds_of_parked_messages_are_understood() -> None:
    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName="parked")["QueueUrl"]
    by_machine = {"input": {"a": 1}, "stateMachine": "arn", "error": "E", "cause": "C"}
    sqs.send_message(QueueUrl=url, MessageBody=json.dumps(by_machine))
    sqs.send_message(
        QueueUrl=url,
        MessageBody=json.dumps({"detail": {}}),
        MessageAttributes={"ERROR_CODE": {"DataType": "String", "StringValue": "THROTTLED"}},
    )
    queue = SqsParkingQueue(url, sqs)
    found = {(p.state_machine, json.dumps(p.input), p.error): p for p in queue.receive()}
    assert set(found) == {("arn", '{"a": 1}', "E"), (None, '{"detail": {}}', "THROTTLED")}
    for each in found.values():
        queue.forget(each)
    assert queue.receive() == []


finite = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e30, max_value=1e30)


@given(
    st.dictionaries(
        st.text(min_size=1, max_size=5),
        st.recursive(
            st.one_of(st.text(), st.booleans(), finite.filter(lambda x: x == 0 or abs(x) > 1e-100)),
            lambda inner: st.lists(inner, max_size=3),
            max_leaves=6,
        ),
        max_size=5,
    )
)
@settings(max_examples=50)
def test_any_finite_value_survives_the_table(values: dict[str, Any]) -> None:
    assert from_item(to_item(values)) == values


def test_ordinary_doubles_do_not_break_the_write() -> None:
    """The AWS sample's `Decimal(float)` failed for these."""
    values = {"a": 0.9378743361326908, "b": 0.87, "c": 0.1 + 0.2}
    assert from_item(to_item(values)) == values
    assert inspection().confidence == values["a"]
