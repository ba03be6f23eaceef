"""Step Functions: what moto's interpreter lacks, and what makes it quick enough.

moto interprets the Amazon States Language itself. Replaced here: names of executions,
`StartSyncExecution`, checks of definitions, waiting (moto waits by the machine's local time, and
too short), bounded concurrency and history, parsing once, and how tasks call functions.
"""

from __future__ import annotations

import functools
import logging
import re
import time
import weakref
from datetime import UTC, datetime
from typing import Any

from moto.core.config import default_user_config
from moto.core.responses import ActionResult
from moto.stepfunctions.models import StepFunctionBackend
from moto.stepfunctions.parser.api import ExecutionStatus
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import (
    FailureEventException,
)
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.eval_component import EvalComponent
from moto.stepfunctions.parser.asl.component.program.program import Program
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.timestamp import Timestamp
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import (
    WaitFunction,
)
from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker
from moto.stepfunctions.parser.models import StepFunctionsParserBackend
from moto.stepfunctions.parser.utils import TMP_THREADS
from moto.stepfunctions.responses import StepFunctionResponse

from sightline.local.functions.slots import Slots
from sightline.local.seams import Seams
from sightline.local.states import definitions, tasks
from sightline.local.states.executions import Starts

logger = logging.getLogger(__name__)


def install(*, endpoint_url: str, concurrency: int = 8, keep: int = 500) -> StateMachines:
    """Make moto run state machines.

    `endpoint_url` is where tasks reach moto. At most `concurrency` executions run at once (those
    that wait do not count); of each machine's executions the last `keep` can be looked up.
    """
    return StateMachines(endpoint_url=endpoint_url, concurrency=concurrency, keep=keep)


class StateMachines:
    """The wire in place: wait for what it runs, or take it out."""

    def __init__(self, *, endpoint_url: str, concurrency: int, keep: int) -> None:
        self._slots = Slots(concurrency, name="execution")
        self._starts = Starts(keep)
        self._seams = Seams()
        self._config_before = default_user_config.get("stepfunctions")
        default_user_config["stepfunctions"] = {"execute_state_machine": True}
        tasks.install(self._seams, endpoint_url)
        definitions.install(self._seams)
        self._install_starting()
        self._install_running()
        self._install_waiting()

    @property
    def unfinished(self) -> int:
        """Executions that are queued, running or waiting."""
        return self._slots.unfinished

    def drain(self, timeout: float) -> bool:
        """Wait until every execution has ended; False when `timeout` seconds were not enough."""
        return self._slots.drain(timeout)

    def close(self) -> None:
        """Put moto's own methods back."""
        self._seams.restore()
        if self._config_before is None:
            default_user_config.pop("stepfunctions", None)
        else:
            default_user_config["stepfunctions"] = self._config_before

    def _install_starting(self) -> None:
        starts = self._starts

        def backend_start(
            backend: Any,
            state_machine_arn: str,
            name: str | None = None,
            execution_input: str | None = None,
            trace_header: str | None = None,
        ) -> Any:
            del trace_header
            return starts.start(backend, state_machine_arn, name, execution_input)

        def start(response: Any) -> Any:
            return ActionResult(_start(starts, response).to_start_output())

        def start_sync(response: Any) -> Any:
            output = _start(starts, response, sync=True).to_start_sync_execution_output()
            return ActionResult({key: value for key, value in output.items() if value is not None})

        self._seams.replace(StepFunctionsParserBackend, "start_execution", backend_start)
        self._seams.replace(StepFunctionResponse, "start_execution", start)
        self._seams.add(StepFunctionResponse, "start_sync_execution", start_sync)
        formats = StepFunctionBackend.accepted_exec_arn_format.pattern
        formats = formats.replace(":execution:", ":(?:execution|express):")
        self._seams.replace(StepFunctionBackend, "accepted_exec_arn_format", re.compile(formats))

    def _install_running(self) -> None:
        stopped: weakref.WeakSet[Any] = weakref.WeakSet()

        def start(worker: Any) -> None:
            self._slots.submit(functools.partial(run, worker))

        def run(worker: Any) -> None:
            if worker not in stopped:
                worker._execution_logic()
            # moto never lets go of the threads that it has started.
            TMP_THREADS[:] = [thread for thread in list(TMP_THREADS) if thread.is_alive()]

        def stop(worker: Any, stop_date: datetime, error: str | None, cause: str | None) -> None:
            if worker.env is None:  # still in the queue
                stopped.add(worker)
                execution = worker._execution_communication.execution
                execution.exec_status, execution.stop_date = ExecutionStatus.ABORTED, stop_date
            else:
                stop_before(worker, stop_date, error, cause)

        def evaluate(program: Any, env: Any) -> None:
            if program.timeout_seconds:
                evaluate_before(program, env)
            else:  # no time limit, so no second thread
                env.next_state_name = program.start_at.start_at_name
                EvalComponent.eval(program, env)

        def log(component: Any, failure: Any = None, **details: Any) -> None:
            # moto writes out the whole parsed program, at every level that an error passes.
            logger.debug("%s: %s", type(component).__name__, failure or details)

        for name in ("_log_failure_event_exception", "_log_exception"):
            self._seams.replace(EvalComponent, name, log)
        self._seams.replace(ExecutionWorker, "start", start)
        stop_before = self._seams.replace(ExecutionWorker, "stop", stop)
        evaluate_before = self._seams.replace(Program, "eval", evaluate)

    def _install_waiting(self) -> None:
        def wait(function: Any, env: Any, wait_seconds: float) -> None:
            del function
            until = time.monotonic() + wait_seconds
            with self._slots.paused():
                while env.is_running() and (left := until - time.monotonic()) > 0:
                    env.program_state_event.wait(left)

        def seconds(timestamp: Any, env: Any) -> float:
            timestamp.string.eval(env=env)
            text = env.stack.pop()
            if not timestamp._is_valid_timestamp_pattern(text):
                raise FailureEventException(timestamp._create_failure_event(env, text))
            return (datetime.fromisoformat(text) - datetime.now(tz=UTC)).total_seconds()

        self._seams.replace(WaitFunction, "_wait_interval", wait)
        self._seams.replace(Timestamp, "_get_wait_seconds", seconds)
        self._seams.replace(retrier_decl, "time", _Sleeper(self._slots))


class _Sleeper:
    """Stands in for the module `time` where the interpreter backs off before a retry."""

    def __init__(self, slots: Slots) -> None:
        self._slots = slots

    def sleep(self, seconds: float) -> None:
        with self._slots.paused():
            time.sleep(seconds)


def _start(starts: Starts, response: Any, *, sync: bool = False) -> Any:
    return starts.start(
        response.stepfunction_backend,
        response._get_param("stateMachineArn"),
        response._get_param("name"),
        response._get_param("input"),
        sync=sync,
    )
