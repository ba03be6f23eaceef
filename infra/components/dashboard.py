"""The dashboard of one environment: the parts first, then the machinery that looks at them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi import ResourceOptions

from infra.components.function import Function
from infra.components.lake import Lake
from infra.components.machine import Machine
from infra.components.queue import ParkedQueue
from infra.components.stream import Stream
from infra.settings import StackSettings
from sightline.domain.metrics import EVERYTHING

WIDTH = 24  # CloudWatch's grid
ALARMS_MAX = 100  # that one widget takes
_MINUTE, _FIVE_MINUTES, _DAY = 60, 300, 86_400
_RED, _BLUE, _GREY = "#d55e00", "#0072b2", "#999999"  # told apart by the colour-blind too

Metric = list[Any]
Widget = dict[str, Any]


@dataclass(frozen=True)
class DashboardArgs:
    """What is shown."""

    settings: StackSettings
    machine: Machine
    functions: Mapping[str, Function]
    parked: ParkedQueue
    stream: Stream
    lake: Lake
    topic: aws.sns.Topic
    alarms: Sequence[aws.cloudwatch.MetricAlarm]
    name: str


class Dashboard(pulumi.ComponentResource):
    """One page; its name is fixed, because a dashboard's name is all that it has."""

    def __init__(
        self, name: str, args: DashboardArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("sightline:dashboard:Dashboard", name, None, opts)
        settings = args.settings
        body = pulumi.Output.all(
            machine=args.machine.arn,
            functions={key: function.name for key, function in args.functions.items()},
            parked=args.parked.queue.name,
            stream=args.stream.function.name,
            set_aside=args.stream.failures.queue.name,
            delivery=args.lake.delivery.name,
            topic=args.topic.name,
            alarms=[alarm.arn for alarm in args.alarms],
        ).apply(lambda known: json.dumps(dashboard_body(settings, **known)))
        self.dashboard = aws.cloudwatch.Dashboard(
            name, dashboard_name=args.name, dashboard_body=body, opts=ResourceOptions(parent=self)
        )
        self.register_outputs({})


def dashboard_body(
    settings: StackSettings,
    *,
    machine: str,
    functions: Mapping[str, str],
    parked: str,
    stream: str,
    set_aside: str,
    delivery: str,
    topic: str,
    alarms: Sequence[str],
) -> dict[str, Any]:
    """The body, from the names and ARNs of what it shows."""
    page = _Page(settings.region)
    _today(page, settings.metrics_namespace)
    _lines(page, settings.metrics_namespace)
    _model(page, settings.metrics_namespace)
    _workflow(page, machine)
    _machinery(page, functions, parked, topic)
    _lake(page, settings.metrics_namespace, stream, set_aside, delivery)
    for first in range(0, len(alarms), ALARMS_MAX):
        shown = list(alarms[first : first + ALARMS_MAX])
        page.row(6, page.widget("alarm", "Alarms", alarms=shown))
    return {"widgets": page.widgets, "periodOverride": "inherit"}


@dataclass
class _Page:
    """Widgets, laid out row by row; those of a row share its width."""

    region: str
    widgets: list[Widget] = field(default_factory=list)
    height: int = 0

    def row(self, height: int, *widgets: Widget) -> None:
        """Put widgets side by side."""
        width = WIDTH // len(widgets)
        for index, widget in enumerate(widgets):
            at = {"x": index * width, "y": self.height, "width": width, "height": height}
            self.widgets.append({**widget, **at})
        self.height += height

    def widget(self, kind: str, title: str, **properties: Any) -> Widget:
        """A widget of CloudWatch's type `kind`."""
        return {"type": kind, "properties": {"title": title, **properties}}

    def graph(
        self,
        title: str,
        *metrics: Metric,
        view: str = "timeSeries",
        stat: str = "Sum",
        period: int = _FIVE_MINUTES,
        unit: str = "",
    ) -> Widget:
        """Metrics drawn over time, as numbers (`singleValue`) or as a `pie`."""
        axis = {"yAxis": {"left": {"min": 0, "label": unit, "showUnits": False}}}
        whole = {"setPeriodToTimeRange": True} if view in {"singleValue", "pie"} else axis
        return self.widget(
            "metric",
            title,
            view=view,
            region=self.region,
            stat=stat,
            period=period,
            metrics=list(metrics),
            **whole,
        )


def _today(page: _Page, namespace: str) -> None:
    images = _ours(namespace, "ProcessedImageCount", id="images", label="Images", color=_BLUE)
    defects = _ours(namespace, "DetectedAnomalyCount", id="defects", label="Defects", color=_RED)
    hidden = [[*metric[:-1], {**metric[-1], "visible": False}] for metric in (images, defects)]
    rate = _math("100 * defects / images", "Defects, %", id="rate", color=_RED)
    good = _math("images - defects", "Others", color=_BLUE)
    page.row(
        4,
        page.graph(
            "Images and what was found",
            images,
            defects,
            _ours(namespace, "InvalidImageCount", label="Not a usable picture"),
            _ours(namespace, "ErrorCount", label="Not inspected"),
            rate,
            _ours(namespace, "Time", stat="Average", label="Model's time, ms"),
            view="singleValue",
            period=_DAY,
        ),
    )
    page.row(
        7,
        page.graph("Images and defects", images, defects, period=_MINUTE, unit="a minute"),
        page.graph(
            "Share of defects",
            *hidden,
            rate,
            _math("ANOMALY_DETECTION_BAND(rate, 3)", "Usual", color=_GREY),
            unit="%",
        ),
        page.graph(
            "Defects and others",
            [*images[:-1], {**images[-1], "visible": False}],
            defects,
            good,
            view="pie",
            period=_DAY,
        ),
    )


def _lines(page: _Page, namespace: str) -> None:
    def by_line(metric: str, statistic: str = "Sum") -> Metric:
        search = f'{{"{namespace}",Project,Line}} MetricName="{metric}"'
        return _math(f"SEARCH('{search}', '{statistic}', {_FIVE_MINUTES})", "")

    cameras = f'{{"{namespace}",Camera}} MetricName="SilentCameraCount"'
    page.row(
        7,
        page.graph("Defects by line", by_line("DetectedAnomalyCount"), unit="in 5 minutes"),
        page.graph("Images by line", by_line("ProcessedImageCount"), unit="in 5 minutes"),
        page.graph(
            "Silent cameras",
            _math(f"SEARCH('{cameras}', 'Maximum', {_FIVE_MINUTES})", ""),
            unit="1: silent",
        ),
    )


def _model(page: _Page, namespace: str) -> None:
    def spread(metric: str, *statistics: str) -> list[Metric]:
        return [_ours(namespace, metric, stat=each, label=each) for each in statistics]

    idle = f'{{"{namespace}",Project,ModelVersion}} MetricName="ModelIdleMinutes"'
    page.row(
        6,
        page.graph("Confidence", *spread("Confidence", "p10", "p50", "p90"), unit="0 to 1"),
        page.graph("Model's time", *spread("Time", "p50", "p99"), unit="ms"),
        page.graph("Capture to verdict", *spread("CaptureToRecord", "p50", "p99"), unit="s"),
        page.graph(
            "Models that run and are asked nothing",
            _math(f"SEARCH('{idle}', 'Maximum', {_FIVE_MINUTES})", ""),
            unit="minutes",
        ),
    )


def _workflow(page: _Page, machine: str) -> None:
    def of_machine(metric: str, **options: Any) -> Metric:
        return ["AWS/States", metric, "StateMachineArn", machine, options]

    page.row(
        6,
        page.graph(
            "Workflow: executions",
            *(
                of_machine(f"Executions{end}", label=end)
                for end in ("Started", "Succeeded", "Failed", "TimedOut", "Aborted")
            ),
        ),
        page.graph(
            "Workflow: how long",
            *(of_machine("ExecutionTime", stat=each, label=each) for each in ("p50", "p99")),
            unit="ms",
        ),
        page.graph(
            "Workflow: what is billed",
            of_machine("ExpressExecutionBilledDuration", label="Duration, ms"),
            of_machine("ExpressExecutionBilledMemory", label="Memory, MB"),
            stat="Average",
        ),
    )


def _machinery(page: _Page, functions: Mapping[str, str], parked: str, topic: str) -> None:
    def of_functions(metric: str) -> list[Metric]:
        return [
            ["AWS/Lambda", metric, "FunctionName", name, {"label": f"{key} {metric.lower()}"}]
            for key, name in functions.items()
        ]

    def of_topic(metric: str, label: str) -> Metric:
        return ["AWS/SNS", metric, "TopicName", topic, {"label": label}]

    waiting = ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", parked]
    page.row(
        6,
        page.graph("Functions", *of_functions("Errors"), *of_functions("Throttles")),
        page.graph("Functions: at once", *of_functions("ConcurrentExecutions"), stat="Maximum"),
        page.graph("Parked images", [*waiting, {"label": "Parked"}], stat="Maximum"),
        page.graph(
            "Alerts",
            of_topic("NumberOfMessagesPublished", "Published"),
            of_topic("NumberOfNotificationsDelivered", "Delivered"),
            of_topic("NumberOfNotificationsFailed", "Failed"),
        ),
    )


def _lake(page: _Page, namespace: str, stream: str, set_aside: str, delivery: str) -> None:
    def of_delivery(metric: str, label: str, statistic: str) -> Metric:
        at = ["AWS/Firehose", metric, "DeliveryStreamName", delivery]
        return [*at, {"label": label, "stat": statistic}]

    waiting = ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", set_aside]
    page.row(
        6,
        page.graph(
            "On the way to the lake",
            _ours(namespace, "StreamedRecordCount", label="Handed over"),
            _ours(namespace, "DelayedRecordCount", label="Come again"),
            _ours(namespace, "BadRecordCount", label="Unreadable", color=_RED),
            [*waiting, {"label": "Set aside", "stat": "Maximum"}],
        ),
        page.graph(
            "How long changes wait",
            ["AWS/Lambda", "IteratorAge", "FunctionName", stream, {"label": "For the function"}],
            stat="Maximum",
            unit="ms",
        ),
        page.graph(
            "Firehose",
            of_delivery("DeliveryToS3.DataFreshness", "Oldest row not yet written, s", "Maximum"),
            of_delivery("ThrottledRecords", "Throttled", "Sum"),
            of_delivery("FailedConversion.Records", "Not converted", "Sum"),
        ),
    )


def _ours(namespace: str, metric: str, **options: Any) -> Metric:
    [(name, value)] = EVERYTHING.items()
    return [namespace, metric, name, value, options]


def _math(expression: str, label: str, **options: Any) -> Metric:
    return [{"expression": expression, "label": label, **options}]
