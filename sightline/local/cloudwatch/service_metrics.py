"""What AWS's services measure of themselves, for the alarms: read off moto once a second."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from moto.sqs.models import sqs_backends
from moto.stepfunctions.models import stepfunctions_backends

from sightline.local.cloudwatch.measurements import Measurements, metric
from sightline.local.functions.contract import InvokeResult
from sightline.local.iam.credentials import ACCOUNT_ID

_ENDS = {
    "SUCCEEDED": "ExecutionsSucceeded",
    "FAILED": "ExecutionsFailed",
    "TIMED_OUT": "ExecutionsTimedOut",
    "ABORTED": "ExecutionsAborted",
}


def sample_queues(measured: Measurements, now: float) -> None:
    """How many messages wait on each queue."""
    for backend in list(sqs_backends[ACCOUNT_ID].values()):
        for queue in list(backend.queues.values()):
            what = metric(
                "AWS/SQS", "ApproximateNumberOfMessagesVisible", {"QueueName": queue.name}
            )
            measured.put(what, queue.approximate_number_of_messages, now)


class ExecutionSample:
    """How executions of state machines ended, each told once."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def __call__(self, measured: Measurements, now: float) -> None:
        still_known = set()
        for machine in _machines():
            for execution in list(machine.executions):
                if execution.stop_date is None:
                    continue
                still_known.add(execution.exec_arn)
                if execution.exec_arn not in self._told:
                    name = _ENDS.get(execution.exec_status.value, "ExecutionsFailed")
                    at = {"StateMachineArn": machine.arn}
                    measured.put(metric("AWS/States", name, at), 1, now)
        self._told = still_known


def measure_invocation(
    measured: Measurements, function: str, result: InvokeResult, now: float
) -> None:
    """What one invocation of a function says of it, and the metrics that it printed itself."""
    at = {"FunctionName": function}
    measured.put(metric("AWS/Lambda", "Invocations", at), 1, now)
    measured.put(metric("AWS/Lambda", "Errors", at), int(result.failed), now)
    measured.put_emf(result.logs.splitlines())


def _machines() -> Iterable[Any]:
    for backend in list(stepfunctions_backends[ACCOUNT_ID].values()):
        yield from list(backend.state_machines)
