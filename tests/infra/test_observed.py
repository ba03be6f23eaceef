"""Alarms and the dashboard look only at what is measured, and all that is measured is looked at."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from infra.policies.resource import of
from tests.infra.conftest import ROOT, settings_of
from tests.infra.recorder import Recording, one
from tests.measured import emitted

NAMESPACE = "Sightline/prod"

# What AWS's own services measure, from their documentation, as far as it is looked at here.
OF_AWS: dict[str, dict[str, set[str]]] = {
    "AWS/SQS": {"QueueName": {"ApproximateNumberOfMessagesVisible"}},
    "AWS/Events": {"RuleName": {"FailedInvocations"}},
    "AWS/SNS": {
        "TopicName": {
            "NumberOfMessagesPublished",
            "NumberOfNotificationsDelivered",
            "NumberOfNotificationsFailed",
        }
    },
    "AWS/Lambda": {"FunctionName": {"Errors", "Throttles", "ConcurrentExecutions", "IteratorAge"}},
    "AWS/Firehose": {
        "DeliveryStreamName": {
            "DeliveryToS3.DataFreshness",
            "FailedConversion.Records",
            "ThrottledRecords",
        }
    },
    "AWS/States": {
        "StateMachineArn": {
            *(f"Executions{e}" for e in ("Started", "Succeeded", "Failed", "TimedOut", "Aborted")),
            *("ExecutionTime", "ExpressExecutionBilledDuration", "ExpressExecutionBilledMemory"),
        }
    },
}


def alarmed(recording: Recording) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Namespace, metric and dimensions of everything that an alarm looks at."""
    for alarm in of(recording.resources, "cloudwatch.MetricAlarm"):
        queries = [q["metric"] for q in alarm.inputs.get("metricQueries", []) if "metric" in q]
        for metric in queries or [alarm.inputs]:
            yield metric["namespace"], metric["metricName"], metric["dimensions"]


def shown(recording: Recording) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The same of everything on the dashboard, searches included."""
    for widget in body(recording)["widgets"]:
        for metric in widget["properties"].get("metrics", []):
            if isinstance(metric[0], str):
                namespace, name, *rest = metric
                yield namespace, name, dict(zip(rest[:-1:2], rest[1::2], strict=True))
            searched = str(metric[-1].get("expression", ""))
            for at, name in re.findall(r"\{(.+?)\} MetricName=\"(\w+)\"", searched):
                namespace, *dimensions = at.split(",")
                # A hyphen in a name would be something else without them.
                assert re.fullmatch(r'".+"', namespace)
                yield namespace.strip('"'), name, dict.fromkeys(dimensions)


def body(recording: Recording) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        one(recording, "cloudwatch.Dashboard", "dashboard").inputs["dashboardBody"]
    )
    return found


@pytest.mark.parametrize("looked_at", [alarmed, shown])
def test_nothing_is_looked_at_that_nobody_measures(looked_at: Any, prod: Recording) -> None:
    known = emitted()
    for namespace, name, dimensions in looked_at(prod):
        if namespace == NAMESPACE:
            assert (name, frozenset(dimensions)) in known
        else:
            [dimension] = dimensions
            assert name in OF_AWS[namespace][dimension]


def test_all_that_is_measured_is_shown(prod: Recording) -> None:
    names = {name for namespace, name, _ in shown(prod) if namespace == NAMESPACE}
    assert names == {name for name, _ in emitted()}


def test_expressions_name_only_what_their_alarm_or_graph_has(prod: Recording) -> None:
    for alarm in of(prod.resources, "cloudwatch.MetricAlarm"):
        known: set[str] = set()
        for query in alarm.inputs.get("metricQueries", []):
            assert names_in(query.get("expression", "")) <= known, alarm
            known.add(query["id"])
    for widget in body(prod)["widgets"]:
        metrics = widget["properties"].get("metrics", [])
        ids = {metric[-1].get("id") for metric in metrics}
        for metric in metrics:
            assert names_in(metric[-1].get("expression", "")) <= ids, widget


def names_in(expression: str) -> set[str]:
    """The metrics that an expression of metric math names: lower case, outside of texts."""
    return set(re.findall(r"\b[a-z]\w*", re.sub(r"'[^']*'", "", expression)))


def test_every_alarm_is_on_the_dashboard(prod: Recording) -> None:
    [listed] = [w["properties"]["alarms"] for w in body(prod)["widgets"] if w["type"] == "alarm"]
    assert sorted(listed) == sorted(
        alarm.arn for alarm in of(prod.resources, "cloudwatch.MetricAlarm")
    )


def test_no_widget_lists_more_alarms_than_it_can(run: Any) -> None:
    lines = [f"castings/press-{number}" for number in range(100)]
    recording = run(settings_of("prod", alarmLines=lines))
    listed = [w["properties"]["alarms"] for w in body(recording)["widgets"] if w["type"] == "alarm"]
    assert all(len(alarms) <= 100 for alarms in listed)
    declared = of(recording.resources, "cloudwatch.MetricAlarm")
    assert sorted(arn for alarms in listed for arn in alarms) == sorted(a.arn for a in declared)


def test_widgets_fill_the_width_and_do_not_overlap(prod: Recording) -> None:
    taken: set[tuple[int, int]] = set()
    for widget in body(prod)["widgets"]:
        cells = {
            (x, y)
            for x in range(widget["x"], widget["x"] + widget["width"])
            for y in range(widget["y"], widget["y"] + widget["height"])
        }
        assert not cells & taken
        taken |= cells
    assert {x for x, _ in taken} == set(range(24))


def test_a_threshold_of_zero_leaves_its_alarm_out(run: Any) -> None:
    off = {
        "alarmDefects": 0,
        "alarmDefectPercent": 0,
        "alarmDefectBand": 0,
        "alarmLatencySeconds": 0,
        "alarmStreamLagSeconds": 0,
        "alarmIdleMinutes": 0,
        "silentAfterMinutes": 0,
    }
    declared = run(settings_of("prod", **off)).resources
    alarms = of(declared, "cloudwatch.MetricAlarm")
    assert not [alarm for alarm in alarms if "metricQueries" in alarm.inputs]
    assert not [found for found in declared if "silence" in found.name]
    assert not {"stream-lag", "lake-late"} & {alarm.name for alarm in alarms}


def test_a_watched_line_has_an_alarm_of_its_own(run: Any) -> None:
    recording = run(settings_of("prod", alarmLines=["castings/press-1"]))
    alarm = one(recording, "cloudwatch.MetricAlarm", "defect-rate-castings-press-1")
    assert "on castings/press-1" in alarm.inputs["alarmDescription"]
    assert alarm.inputs["metricQueries"][0]["metric"]["dimensions"] == {
        "Project": "castings",
        "Line": "press-1",
    }


def test_changes_that_wait_too_long_for_the_lake_have_an_alarm(run: Any) -> None:
    recording = run(settings_of("prod", alarmStreamLagSeconds=120))
    alarm = one(recording, "cloudwatch.MetricAlarm", "stream-lag")
    assert alarm.inputs["threshold"] == 120_000  # IteratorAge is in milliseconds
    late = one(recording, "cloudwatch.MetricAlarm", "lake-late")
    # What Firehose gathers first does not count, nor that it may take half as long again.
    assert late.inputs["threshold"] == 450 + 120
    assert "wait for 120 s or more" in alarm.inputs["alarmDescription"]


def test_every_alarm_says_what_to_do_and_the_pages_that_it_names_exist(prod: Recording) -> None:
    pages = {f"{path.stem}.html" for path in (ROOT / "services/control/site/pages").glob("*.js")}
    for alarm in of(prod.resources, "cloudwatch.MetricAlarm"):
        says = alarm.inputs["alarmDescription"]
        assert re.search(r": |\. See ", says), says
        for page in re.findall(r"https://\S+/(\S+)$", says):
            assert page in pages
