"""Alarms of an emulated CloudWatch: when they go off, when they are over, whom they tell."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest

from sightline.local.cloudwatch.alarms import Alarms
from sightline.local.cloudwatch.measurements import Measurements, metric
from sightline.local.cloudwatch.service_metrics import sample_queues
from sightline.local.iam.permissions import NotAllowedError

from .conftest import Aws, policy

NOW = 1_800_000_000.0
EVERYTHING = {"Scope": "all"}
MAY_PUBLISH = {
    "Effect": "Allow",
    "Principal": {"Service": "cloudwatch.amazonaws.com"},
    "Action": "sns:Publish",
    "Resource": "*",
}


@pytest.fixture
def measured() -> Measurements:
    return Measurements()


@pytest.fixture
def alarms(measured: Measurements) -> Alarms:
    return Alarms(measured)


Topic = tuple[str, Callable[[], list[dict[str, Any]]]]


@pytest.fixture
def topic(aws: Aws) -> Topic:
    """A topic that alarms may publish to, and what its subscriber has got."""
    sns = aws.client("sns")
    arn = sns.create_topic(Name="alerts", Attributes={"Policy": policy(MAY_PUBLISH)})["TopicArn"]
    url, queue = aws.queue("told")
    raw = {"RawMessageDelivery": "true"}
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue, Attributes=raw)

    def told() -> list[dict[str, Any]]:
        return [json.loads(message["Body"]) for message in aws.received(url)]

    return arn, told


def query(name: str, measure: str, *, seconds: int = 60, stat: str = "Sum") -> dict[str, Any]:
    dimensions = [{"Name": "Scope", "Value": "all"}]
    named = {"Namespace": "Sightline/dev", "MetricName": measure, "Dimensions": dimensions}
    return {
        "Id": name,
        "MetricStat": {"Metric": named, "Period": seconds, "Stat": stat},
        "ReturnData": False,
    }


def put_alarm(aws: Aws, topic: str, *queries: dict[str, Any], **options: Any) -> None:
    aws.client("cloudwatch").put_metric_alarm(
        AlarmName="watched",
        AlarmDescription="Stop and look at the line.",
        EvaluationPeriods=1,
        AlarmActions=[topic],
        OKActions=[topic],
        TreatMissingData="notBreaching",
        **{"ComparisonOperator": "GreaterThanOrEqualToThreshold", **options},
        **({"Metrics": list(queries)} if queries else {}),
    )


def measure(measured: Measurements, name: str, value: float, at: float = NOW) -> None:
    measured.put(metric("Sightline/dev", name, EVERYTHING), value, at)


def test_an_alarm_goes_off_once_and_is_over_when_its_period_is(
    aws: Aws, topic: Topic, measured: Measurements, alarms: Alarms
) -> None:
    arn, told = topic
    put_alarm(aws, arn, {**query("defects", "Defects"), "ReturnData": True}, Threshold=3.0)
    measure(measured, "Defects", 2)
    alarms.tick(NOW)
    assert told() == []
    measure(measured, "Defects", 1)
    alarms.tick(NOW)
    alarms.tick(NOW + 1)
    [message] = told()
    assert message["NewStateValue"] == "ALARM"
    assert message["AlarmDescription"] == "Stop and look at the line."
    assert message["NewStateReason"] == "3 against a threshold of 3"
    alarms.tick(NOW + 61)
    [message] = told()
    assert (message["OldStateValue"], message["NewStateValue"]) == ("ALARM", "OK")


def test_too_few_images_say_nothing_of_a_rate(
    aws: Aws, topic: Topic, measured: Measurements, alarms: Alarms
) -> None:
    arn, told = topic
    rate = {"Id": "rate", "Expression": "IF(images >= 50, 100 * defects / images, 0)"}
    counts = [query("images", "Images"), query("defects", "Defects")]
    put_alarm(aws, arn, *counts, {**rate, "ReturnData": True}, Threshold=20.0)
    measure(measured, "Images", 49)
    measure(measured, "Defects", 30)
    alarms.tick(NOW)
    assert told() == []
    measure(measured, "Images", 1)
    alarms.tick(NOW)
    assert told()[0]["NewStateReason"] == "60 against a threshold of 20"


def test_a_percentile_has_an_alarm_too(
    aws: Aws, topic: Topic, measured: Measurements, alarms: Alarms
) -> None:
    arn, told = topic
    latency = query("latency", "Latency", stat="p99")
    put_alarm(aws, arn, {**latency, "ReturnData": True}, Threshold=60.0)
    for _ in range(99):
        measure(measured, "Latency", 1)
    measure(measured, "Latency", 90)
    alarms.tick(NOW)
    assert told() == []
    measure(measured, "Latency", 90)
    alarms.tick(NOW)
    assert len(told()) == 1


def test_a_rate_that_is_unusual_goes_off_when_it_is_known_what_is_usual(
    aws: Aws, topic: Topic, measured: Measurements, alarms: Alarms
) -> None:
    arn, told = topic
    rate = {**query("rate", "Rate"), "ReturnData": True}
    usual = {"Id": "band", "Expression": "ANOMALY_DETECTION_BAND(rate, 3)", "ReturnData": True}
    comparison = "GreaterThanUpperThreshold"
    put_alarm(aws, arn, rate, usual, ThresholdMetricId="band", ComparisonOperator=comparison)
    measure(measured, "Rate", 50)
    alarms.tick(NOW)
    assert told() == []
    for minutes, value in enumerate((4, 5, 6, 5, 4, 6), start=1):
        measure(measured, "Rate", value, NOW - 60 * minutes)
    alarms.tick(NOW)
    assert told()[0]["NewStateReason"].startswith("50 against a threshold of 7.4")


def test_messages_on_a_queue_are_a_metric_of_the_queue(
    aws: Aws, topic: Topic, measured: Measurements
) -> None:
    arn, told = topic
    url, _ = aws.queue("parked")
    put_alarm(
        aws,
        arn,
        Namespace="AWS/SQS",
        MetricName="ApproximateNumberOfMessagesVisible",
        Dimensions=[{"Name": "QueueName", "Value": "parked"}],
        Period=300,
        Statistic="Maximum",
        Threshold=1.0,
    )
    aws.client("sqs").send_message(QueueUrl=url, MessageBody="{}")
    Alarms(measured, [sample_queues]).tick(NOW)
    assert told()[0]["AlarmName"] == "watched"


def test_a_topic_that_does_not_let_alarms_in_is_noticed(
    aws: Aws, measured: Measurements, alarms: Alarms, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    stranger = policy({**MAY_PUBLISH, "Principal": {"Service": "events.amazonaws.com"}})
    arn = aws.client("sns").create_topic(Name="shut", Attributes={"Policy": stranger})["TopicArn"]
    put_alarm(aws, arn, {**query("defects", "Defects"), "ReturnData": True}, Threshold=1.0)
    measure(measured, "Defects", 1)
    with pytest.raises(NotAllowedError, match=r"shut does not let cloudwatch\.amazonaws\.com"):
        alarms.tick(NOW)


def test_an_alarm_that_is_switched_off_changes_in_silence(
    aws: Aws, topic: Topic, measured: Measurements, alarms: Alarms
) -> None:
    arn, told = topic
    defects = {**query("defects", "Defects"), "ReturnData": True}
    put_alarm(aws, arn, defects, Threshold=1.0, ActionsEnabled=False)
    measure(measured, "Defects", 1)
    alarms.tick(NOW)
    assert told() == []
    [alarm] = aws.client("cloudwatch").describe_alarms()["MetricAlarms"]
    assert alarm["StateValue"] == "ALARM"
