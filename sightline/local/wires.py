"""The wires between moto's services that moto lacks, put in and taken out together."""

from __future__ import annotations

import contextlib
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from moto.stepfunctions.models import stepfunctions_backends
from moto.stepfunctions.parser.api import ExecutionStatus

from sightline.local import mail
from sightline.local.athena.wire import Athena
from sightline.local.clients import Clients
from sightline.local.cloudwatch.alarms import Alarms
from sightline.local.cloudwatch.measurements import Measurements
from sightline.local.cloudwatch.service_metrics import (
    ExecutionSample,
    measure_invocation,
    sample_queues,
)
from sightline.local.events import wire as events
from sightline.local.events.schedules import Schedules
from sightline.local.firehose.wire import Firehose, Refuses
from sightline.local.functions import concurrency
from sightline.local.functions.contract import InvokeResult
from sightline.local.functions.queue import FunctionQueue
from sightline.local.functions.runtime import Pool
from sightline.local.functions.wire import install_lambda
from sightline.local.states import state_machines
from sightline.local.streams.wire import Streams

if TYPE_CHECKING:
    from sightline.local.events.delivery import Delivery

_ENDING_SECONDS = 2.0


@dataclass(frozen=True)
class Wires:
    """What carries work from one service to another."""

    machines: state_machines.StateMachines
    events: events.EventBridge
    queue: FunctionQueue
    streams: Streams
    firehose: Firehose
    alarms: Alarms
    """Not started yet: they are to find everything provisioned."""

    @property
    def figures(self) -> dict[str, object]:
        """How much of what is under way."""
        return {
            "Events under way": self.events.unfinished,
            "Executions under way": self.machines.unfinished,
            "Jobs under way": self.queue.unfinished,
            "Changes under way": self.streams.unfinished,
            "Rows under way": self.firehose.unfinished,
        }

    def drain(self, timeout: float) -> bool:
        """Wait until nothing is under way; False when that takes too long.

        Each wire hands on to those behind it; what is buffered for the lake is written at once.
        """
        deadline = time.monotonic() + timeout
        wires = (self.events, self.machines, self.queue, self.streams, self.firehose)
        while any(wire.unfinished for wire in wires):
            if deadline <= time.monotonic():
                return False
            for wire in wires:
                wire.drain(max(0.0, deadline - time.monotonic()))
        return True

    def fill_lake(self, timeout: float) -> bool:
        """Wait until all that is in the tables is in the lake; False when that takes too long."""
        deadline = time.monotonic() + timeout
        streamed = self.streams.drain(timeout)
        return self.firehose.drain(max(0.0, deadline - time.monotonic())) and streamed


def install(
    exits: contextlib.ExitStack,
    *,
    endpoint: str,
    pool: Pool,
    mailbox: mail.Mailbox,
    delivery: Delivery | None,
    refuses: Refuses | None = None,
) -> Wires:
    """Put all wires in; `exits` takes them out again."""
    measured = Measurements()

    def observe(function: str, result: InvokeResult) -> None:
        measure_invocation(measured, function, result, time.time())

    exits.callback(install_lambda(pool, observe).restore)
    exits.callback(concurrency.install().restore)
    queue = FunctionQueue()
    exits.callback(queue.close)
    firehose = Firehose(refuses=refuses)
    exits.callback(firehose.close)
    streams = Streams()
    exits.callback(streams.close)
    exits.callback(mail.install(mailbox).close)
    copies = Path(exits.enter_context(tempfile.TemporaryDirectory(prefix="sightline-lake-")))
    exits.callback(Athena(copies, partial(Clients(endpoint).get, "s3")).close)
    machines = state_machines.install(endpoint_url=endpoint)
    exits.callback(_end_executions, machines)
    bus = events.install(delivery=delivery)
    exits.callback(bus.close)
    schedules = Schedules(bus.fire)
    exits.callback(schedules.close)
    schedules.start()
    alarms = Alarms(measured, [sample_queues, ExecutionSample(), streams.sample, firehose.sample])
    exits.callback(alarms.close)
    return Wires(machines, bus, queue, streams, firehose, alarms)


def _end_executions(machines: state_machines.StateMachines) -> None:
    """Stop what still runs or waits, which would find everything gone when it went on."""
    for regions in stepfunctions_backends.values():
        for backend in regions.values():
            for machine in backend.state_machines:
                for execution in list(machine.executions):
                    if execution.exec_status is ExecutionStatus.RUNNING:
                        execution.stop(datetime.now(UTC), "States.Stopped", "The system ends.")
    machines.drain(_ENDING_SECONDS)
    machines.close()
