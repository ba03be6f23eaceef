"""Alarms on what the pipeline must not do silently."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import ResourceOptions

from infra.components.alerts import Alerts
from infra.components.control import Control
from infra.components.daily import Daily
from infra.components.function import Function
from infra.components.lake import Lake
from infra.components.machine import Machine
from infra.components.queue import ParkedQueue
from infra.components.stream import Stream
from infra.components.trigger import UploadTrigger
from infra.components.wakeup import Wakeup
from infra.components.watch import Watch
from infra.components.workflow import Workflow
from infra.settings import StackSettings

PERIOD_SECONDS = 300


@dataclass(frozen=True)
class AlarmsArgs:
    """What is watched, and where alarms go; None is what this environment does not have."""

    settings: StackSettings
    workflow: Workflow
    trigger: UploadTrigger
    alerts: Alerts
    stream: Stream
    lake: Lake
    control: Control | None
    cameras: Watch | None
    daily: Daily | None


@dataclass(frozen=True)
class Limit:
    """One CloudWatch metric and the value from which on it is alarming."""

    namespace: str
    metric: str
    dimensions: Mapping[str, pulumi.Input[str]]
    threshold: int
    description: str
    statistic: str = "Sum"


class Alarms(pulumi.ComponentResource):
    """One alarm for each thing that can go wrong."""

    def __init__(
        self, name: str, args: AlarmsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("sightline:alarms:Alarms", name, None, opts)
        self._args = args
        self.alarms = {watch: self._alarm(watch, what) for watch, what in self._watches().items()}
        self.register_outputs({})

    def _watches(self) -> dict[str, Limit]:
        workflow, settings = self._args.workflow, self._args.settings
        watches = {
            "parked": Limit(
                "AWS/SQS",
                "ApproximateNumberOfMessagesVisible",
                {"QueueName": workflow.parked.queue.name},
                settings.alarm_parked_messages,
                "Images could not be processed and wait on the parked queue: see `make redrive`.",
                "Maximum",
            ),
            "uploads-undelivered": Limit(
                "AWS/Events",
                "FailedInvocations",
                {"RuleName": self._args.trigger.rule.name},
                1,
                "Uploads did not start an inspection; their events are parked: see `make redrive`.",
            ),
            "alerts-undelivered": Limit(
                "AWS/SNS",
                "NumberOfNotificationsFailed",
                {"TopicName": self._args.alerts.topic.name},
                1,
                "A subscriber of the alert topic did not get what was sent: see its subscription.",
            ),
        }
        for name, machine in {
            "inspection": workflow.inspection_machine,
            "digest": workflow.digest_machine,
        }.items():
            watches |= _machine_watches(name, machine, settings)
        for name, function in workflow.functions.items():
            watches |= _function_watches(name, function, settings)
        watches |= _stream_watches(self._args.stream, settings)
        watches |= _lake_watches(self._args.lake, settings)
        if self._args.control:
            watches |= _control_watches(self._args.control, settings)
        if self._args.cameras:
            cameras, says = self._args.cameras, "Nobody looks whether cameras have fallen silent"
            watches |= _woken_watches(
                "silence", cameras.silence, cameras.missed, cameras.wakeup, says, settings
            )
        if self._args.daily:
            daily, says = self._args.daily, "Nobody is told of the day before"
            watches |= _woken_watches(
                "daily", daily.function, daily.missed, daily.wakeup, says, settings
            )
        return watches

    def _alarm(self, name: str, watch: Limit) -> aws.cloudwatch.MetricAlarm:
        return aws.cloudwatch.MetricAlarm(
            name,
            alarm_description=watch.description,
            namespace=watch.namespace,
            metric_name=watch.metric,
            dimensions=watch.dimensions,
            statistic=watch.statistic,
            period=PERIOD_SECONDS,
            evaluation_periods=1,
            threshold=watch.threshold,
            comparison_operator="GreaterThanOrEqualToThreshold",
            treat_missing_data="notBreaching",
            actions_enabled=self._args.settings.alarm_actions,
            alarm_actions=[self._args.alerts.arn],
            ok_actions=[self._args.alerts.arn],
            opts=ResourceOptions(parent=self),
        )


def _machine_watches(name: str, machine: Machine, settings: StackSettings) -> dict[str, Limit]:
    at = {"StateMachineArn": machine.arn}
    failed = settings.alarm_failed_executions
    return {
        f"{name}-failed": Limit(
            "AWS/States",
            "ExecutionsFailed",
            at,
            failed,
            f"The {name} workflow failed: its log group says at which step.",
        ),
        # A timed out execution never reached its Park state: nothing else tells of it.
        f"{name}-timed-out": Limit(
            "AWS/States",
            "ExecutionsTimedOut",
            at,
            1,
            f"The {name} workflow timed out, and its input was not parked: see its log group.",
        ),
    }


def _stream_watches(stream: Stream, settings: StackSettings) -> dict[str, Limit]:
    seconds = settings.alarm_stream_lag_seconds
    lag = Limit(
        "AWS/Lambda",
        "IteratorAge",
        {"FunctionName": stream.function.name},
        1000 * seconds,
        f"Inspections reach the lake late: changes wait for {seconds} s or more. See "
        "the log group of the stream function.",
        "Maximum",
    )
    return {
        **({"stream-lag": lag} if seconds else {}),
        "stream-failures": Limit(
            "AWS/SQS",
            "ApproximateNumberOfMessagesVisible",
            {"QueueName": stream.failures.queue.name},
            settings.alarm_parked_messages,
            "Inspections are missing from the lake; a queue has them, or says when they came: see "
            "`make replay`.",
            "Maximum",
        ),
        **_function_watches("stream", stream.function, settings),
    }


def _lake_watches(lake: Lake, settings: StackSettings) -> dict[str, Limit]:
    at = {"DeliveryStreamName": lake.delivery.name}
    # Where Firehose sorts rows into folders, a row may wait for one and a half buffers.
    late = math.ceil(1.5 * settings.lake_buffer_seconds) + settings.alarm_stream_lag_seconds
    watches = {
        "lake-refused": Limit(
            "AWS/Firehose",
            "FailedConversion.Records",
            at,
            1,
            "Rows do not fit the lake's table: Firehose keeps them under errors/ in its bucket.",
        )
    }
    if settings.alarm_stream_lag_seconds:
        # Firehose gives rows up that it cannot write for a day.
        watches["lake-late"] = Limit(
            "AWS/Firehose",
            "DeliveryToS3.DataFreshness",
            at,
            late,
            f"Firehose has not written rows to the lake for {late} s or more: see its log group.",
            "Maximum",
        )
    return watches


def _control_watches(control: Control, settings: StackSettings) -> dict[str, Limit]:
    watches = {
        "control-failures": Limit(
            "AWS/SQS",
            "ApproximateNumberOfMessagesVisible",
            {"QueueName": control.failures.queue.name},
            settings.alarm_parked_messages,
            "Jobs of model control failed unexpectedly: see its log; a queue has what was asked.",
            "Maximum",
        ),
        "control-asleep": Limit(
            "AWS/Events",
            "FailedInvocations",
            {"RuleName": control.wakeup.rule.name},
            1,
            "Model control is not woken up: jobs that were cut off do not go on.",
        ),
    }
    for name, function in control.functions.items():
        watches |= _function_watches(name, function, settings)
    return watches


def _woken_watches(
    name: str,
    function: Function,
    missed: ParkedQueue,
    wakeup: Wakeup,
    says: str,
    settings: StackSettings,
) -> dict[str, Limit]:
    waiting = {"QueueName": missed.queue.name}
    return {
        f"{name}-missed": Limit(
            "AWS/SQS",
            "ApproximateNumberOfMessagesVisible",
            waiting,
            1,
            f"{says}: the {name} function failed, and a queue has its events; see its log group.",
            "Maximum",
        ),
        f"{name}-asleep": Limit(
            "AWS/Events",
            "FailedInvocations",
            {"RuleName": wakeup.rule.name},
            1,
            f"{says}: look at the rule that should call the {name} function.",
        ),
        **_function_watches(name, function, settings),
    }


def _function_watches(name: str, function: Function, settings: StackSettings) -> dict[str, Limit]:
    at = {"FunctionName": function.name}
    errors, throttles = settings.alarm_function_errors, settings.alarm_function_throttles
    return {
        f"{name}-errors": Limit(
            "AWS/Lambda",
            "Errors",
            at,
            errors,
            f"The {name} function raises errors: see its log group.",
        ),
        f"{name}-throttles": Limit(
            "AWS/Lambda",
            "Throttles",
            at,
            throttles,
            f"The {name} function may not run as often as it should: raise its concurrency.",
        ),
    }
