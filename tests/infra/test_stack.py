"""What the program declares is what the design asks for."""

from __future__ import annotations

import json
import runpy
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pulumi
import pytest
from moto.events.models import EventPattern

from infra.components.machine import fill
from infra.policies.resource import of
from infra.settings import Subscription
from sightline.domain.errors import InvalidError
from tests.infra.conftest import ROOT, settings_of
from tests.infra.recorder import Recorder, Recording, one, record

OUTPUTS = {
    *("imagesBucket", "modelsBucket", "artifactsBucket", "camerasTable", "inspectionsTable"),
    *("modelsTable", "alertsTable", "alertTopicArn", "parkedQueueUrl", "region", "siteUrl"),
    "timeZone",
    *("inspectionStateMachineArn", "digestStateMachineArn", "ingestRoleArn", "ingestEnvironment"),
    *("lakeBucket", "glueDatabase", "glueTable", "athenaWorkgroup", "queryResultsBucket"),
    *("deliveryStream", "streamFailuresQueueUrl", "streamFunctionName"),
    *("userPoolId", "userPoolClientId", "identityPoolId"),
    *("analyticsRoleArn", "analyticsEnvironment", "analyticsStackName"),
    *("siteBucket", "siteDistributionId", "siteAddress"),
    *("ingestStackName", "ingestGateway", "analyticsGateway"),
}
CONTROL_OUTPUTS = {
    *("controlTable", "controlFailuresQueueUrl", "controlRoleArn", "controlEnvironment"),
    *("controlStackName", "controlGateway"),
}


@pytest.mark.parametrize(
    ("change", "matches"),
    [
        ({}, True),
        ({"key": "images/f/l/c/2026/11/23/ä ö.jpg"}, True),
        ({"key": "maps/f/l/c/2026/11/23/a.jpg.png"}, False),
        ({"key": "models/images/a.jpg"}, False),
        ({"bucket": "another"}, False),
        ({"type": "Object Deleted"}, False),
        ({"source": "custom.s3"}, False),
    ],
)
def test_the_rule_starts_an_inspection_for_uploads_alone(
    change: dict[str, str], matches: bool, prod: Recording
) -> None:
    event = {
        "source": change.get("source", "aws.s3"),
        "detail-type": change.get("type", "Object Created"),
        "account": "123456789012",
        "detail": {
            "bucket": {"name": change.get("bucket", prod.outputs["imagesBucket"])},
            "object": {"key": change.get("key", "images/f/l/c/2026/11/23/a.jpg"), "size": 1},
            "reason": "PutObject",
        },
    }
    pattern = one(prod, "cloudwatch.EventRule", "uploads").inputs["eventPattern"]
    assert EventPattern(pattern, json.loads(pattern)).matches_event(event) is matches  # type: ignore[arg-type]


def test_only_the_image_bucket_publishes_events_and_they_reach_the_machine(prod: Recording) -> None:
    (notification,) = of(prod.resources, "s3.BucketNotification")
    assert notification.inputs == {"bucket": prod.outputs["imagesBucket"], "eventbridge": True}
    target = one(prod, "cloudwatch.EventTarget", "uploads").inputs
    assert target["arn"] == prod.outputs["inspectionStateMachineArn"]
    queue = one(prod, "sqs.Queue", "parked")
    assert target["deadLetterConfig"]["arn"] == queue.arn
    assert prod.outputs["parkedQueueUrl"] == queue.outputs["url"]


def test_machines_are_of_the_kind_that_their_work_needs(prod: Recording) -> None:
    kinds = {m.name: m.inputs["type"] for m in of(prod.resources, "sfn.StateMachine")}
    assert kinds == {"inspection-workflow": "EXPRESS", "digest-workflow": "STANDARD"}


def test_a_definition_with_other_placeholders_is_refused() -> None:
    with pytest.raises(InvalidError, match="detect"):
        fill('{"a": "${detect}"}', {"dectect": "arn"})
    assert fill('{"a": "${detect}", "b": "$.x"}', {"detect": "arn"}) == '{"a":"arn","b":"$.x"}'


def test_tables_have_the_keys_that_the_code_asks_for(prod: Recording) -> None:
    tables = {t.name: t.inputs for t in of(prod.resources, "dynamodb.Table")}
    keys = {name: (t["hashKey"], t.get("rangeKey")) for name, t in tables.items()}
    assert keys == {
        "cameras": ("camera_id", None),
        "inspections": ("image", None),
        "models": ("project", None),
        "alerts": ("line_minute", "image"),
        "control": ("scope", "name"),
    }
    indexes = {
        index["name"]: [key["attributeName"] for key in index["keySchemas"]]
        for index in tables["inspections"]["globalSecondaryIndexes"]
    }
    assert indexes == {
        "by_line": ["line_day", "captured"],
        "by_camera": ["camera_day", "captured"],
        "to_review": ["review", "captured"],
    }
    for name in ("alerts", "control"):
        assert tables[name]["ttl"] == {"enabled": True, "attributeName": "expires"}


def test_every_declared_attribute_is_part_of_a_key(prod: Recording) -> None:
    for table in of(prod.resources, "dynamodb.Table"):
        used = {table.inputs["hashKey"], table.inputs.get("rangeKey")} - {None}
        for index in table.inputs.get("globalSecondaryIndexes", []):
            used |= {key["attributeName"] for key in index["keySchemas"]}
        assert {attribute["name"] for attribute in table.inputs["attributes"]} == used


def test_images_move_to_cheap_storage_and_expire(dev: Recording, prod: Recording) -> None:
    rules = one(prod, "s3.BucketLifecycleConfiguration", "images").inputs["rules"]
    by_prefix = {rule["filter"]["prefix"]: rule for rule in rules}
    for prefix in ("images/", "maps/"):
        assert by_prefix[prefix]["expiration"] == {"days": 730}
        assert by_prefix[prefix]["transitions"] == [{"days": 60, "storageClass": "STANDARD_IA"}]
    models = one(prod, "s3.BucketLifecycleConfiguration", "models").inputs["rules"]
    assert not [rule for rule in models if "days" in rule.get("expiration", {})]
    short = one(dev, "s3.BucketLifecycleConfiguration", "images").inputs["rules"]
    assert not [rule for rule in short if rule.get("transitions")]


def test_browsers_may_upload_from_the_named_origins_alone(
    prod: Recording, run: Callable[..., Recording]
) -> None:
    found = of(prod.resources, "s3.BucketCorsConfiguration")
    assert {cors.name for cors in found} == {"images", "models"}
    for cors in found:
        (rule,) = cors.inputs["corsRules"]
        assert rule["allowedOrigins"] == ["https://inspect.example.com"]
        assert rule["allowedMethods"] == ["PUT"]
    closed = run(settings_of("dev", corsOrigins=[]))
    assert not of(closed.resources, "s3.BucketCorsConfiguration")


def test_subscribers_get_what_they_asked_for(run: Callable[..., Recording]) -> None:
    filtered = Subscription("sqs", "arn:aws:sqs:eu-west-1:1:andon", ("high",), ("line-1", "line-2"))
    everything = Subscription("https", "https://mes.example.com/alerts")
    settings = replace(
        settings_of("dev"),
        alert_emails=("quality@example.com",),
        subscriptions=(filtered, everything),
    )
    declared = {
        s.inputs["protocol"]: s.inputs for s in of(run(settings).resources, "sns.TopicSubscription")
    }
    assert declared.keys() == {"email", "sqs", "https"}
    wanted = {"severity": ["high"], "line": ["line-1", "line-2"]}
    assert json.loads(declared["sqs"]["filterPolicy"]) == wanted
    assert declared["sqs"]["filterPolicyScope"] == "MessageAttributes"
    assert "filterPolicy" not in declared["email"]
    assert "filterPolicy" not in declared["https"]


def test_alarms_are_silent_in_development(dev: Recording, prod: Recording) -> None:
    for recording, speaking in ((dev, False), (prod, True)):
        alarms = of(recording.resources, "cloudwatch.MetricAlarm")
        assert {alarm.inputs["actionsEnabled"] for alarm in alarms} == {speaking}


def test_alarms_watch_everything_that_can_fail(prod: Recording) -> None:
    watched = {
        (alarm.inputs["metricName"], *alarm.inputs["dimensions"].values())
        for alarm in of(prod.resources, "cloudwatch.MetricAlarm")
        if "metricName" in alarm.inputs
    }
    for function in of(prod.resources, "lambda.Function"):
        assert {
            ("Errors", function.outputs["name"]),
            ("Throttles", function.outputs["name"]),
        } <= watched
    for machine in of(prod.resources, "sfn.StateMachine"):
        assert {("ExecutionsFailed", machine.arn), ("ExecutionsTimedOut", machine.arn)} <= watched
    for queue in of(prod.resources, "sqs.Queue"):
        assert ("ApproximateNumberOfMessagesVisible", queue.outputs["name"]) in watched
    for rule in of(prod.resources, "cloudwatch.EventRule"):
        assert ("FailedInvocations", rule.outputs["name"]) in watched
    topic = one(prod, "sns.Topic", "alerts").outputs["name"]
    assert ("NumberOfNotificationsFailed", topic) in watched


def test_the_outputs_are_all_there(prod: Recording) -> None:
    assert prod.outputs.keys() == OUTPUTS | CONTROL_OUTPUTS
    assert all(prod.outputs.values())
    assert prod.outputs["ingestStackName"] == "sightline-prod-ingest"
    assert prod.outputs["controlStackName"] == "sightline-prod-control"


def test_control_is_left_out_where_nobody_asked_for_it(run: Callable[..., Recording]) -> None:
    without = run(settings_of("prod", control=False))
    assert without.outputs.keys() == OUTPUTS
    assert not [r for r in without.resources if "control" in r.name]


def test_names_fit_into_what_aws_allows(prod: Recording) -> None:
    limits = {"s3.Bucket": 63, "iam.Role": 64, "lambda.Function": 64, "sqs.Queue": 80}
    limits |= {"sfn.StateMachine": 80, "cloudwatch.EventRule": 64}
    longest = "sightline-" + 16 * "x"
    for resource in of(prod.resources, *limits):
        assert len(f"{longest}-{resource.name}-0a1b2c3") <= limits[resource.type], str(resource)


def test_pulumi_runs_the_program_as_a_script(tmp_path: Path, artifacts: Path) -> None:
    (tmp_path / "infra").mkdir()
    shutil.copy(ROOT / "infra" / "__main__.py", tmp_path / "infra")
    shutil.copytree(artifacts, tmp_path / "build" / "functions")
    exported: dict[str, Any] = {}

    def program() -> dict[str, Any]:
        pulumi.runtime.set_all_config({"sightline:siteUrl": "https://inspect.example.com"})
        done = runpy.run_path(str(tmp_path / "infra"), run_name="__main__")
        exported.update(done)
        return {}

    assert of(record(program, stack="dev").resources, "sfn.StateMachine")
    assert exported["name"] in OUTPUTS | CONTROL_OUTPUTS


def test_a_wrong_setting_is_refused_before_anything_is_declared(tmp_path: Path) -> None:
    (tmp_path / "infra").mkdir()
    shutil.copy(ROOT / "infra" / "__main__.py", tmp_path / "infra")
    recorder = Recorder()

    def program() -> dict[str, Any]:
        wrong = {"sightline:siteUrl": "https://x.example.com", "sightline:quicksightDays": "0"}
        pulumi.runtime.set_all_config(wrong)
        return runpy.run_path(str(tmp_path / "infra"), run_name="__main__")

    with pytest.raises(InvalidError, match="quicksightDays: "):
        record(program, stack="dev", recorder=recorder)
    assert recorder.asked == []
