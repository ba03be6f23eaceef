"""Starting executions: their names, their ARNs, and how many are remembered."""

from __future__ import annotations

import copy
import json
import weakref
from collections import OrderedDict
from datetime import UTC, datetime
from threading import Lock
from typing import Any
from uuid import uuid4

from moto.stepfunctions import exceptions
from moto.stepfunctions.parser.backend.execution import Execution, SyncExecution

NAMES_KEPT = 100_000  # AWS remembers the names of closed executions for 90 days


class Starts:
    """Starts executions of moto's state machines and keeps the last `keep` of each machine."""

    def __init__(self, keep: int) -> None:
        self._keep = keep
        self._lock = Lock()
        self._names: weakref.WeakKeyDictionary[Any, OrderedDict[str, None]]
        self._names = weakref.WeakKeyDictionary()

    def start(
        self,
        backend: Any,
        machine_arn: str,
        name: str | None = None,
        text: str | None = None,
        *,
        sync: bool = False,
    ) -> Any:
        """Start an execution and return it; with `sync`, return only when it has ended.

        A STANDARD machine's names are unique: the same name with the same input is the same
        execution while it runs, else `ExecutionAlreadyExists`. EXPRESS machines take any name.
        """
        machine = backend.describe_state_machine(machine_arn)
        text = "{}" if text is None else text
        _check_input(text)
        if name:
            backend._validate_name(name)
        name = name or str(uuid4())
        with self._lock:
            if machine.type == "STANDARD":
                running = machine._handle_name_input_idempotency(name, text)
                if running is not None:
                    return running
                self._claim(machine, name)
            execution = _execution(backend, machine, name, text, sync=sync)
            machine.executions.append(execution)
            self._forget(machine.executions)
        execution.start()
        return execution

    def _claim(self, machine: Any, name: str) -> None:
        names = self._names.setdefault(machine, OrderedDict())
        if name in names:
            raise exceptions.ExecutionAlreadyExists(f"Execution Already Exists: '{name}'")
        names[name] = None
        if len(names) > NAMES_KEPT:
            names.popitem(last=False)

    def _forget(self, executions: list[Any]) -> None:
        excess = len(executions) - self._keep
        if excess > 0:
            ended = [e for e in executions if e.stop_date is not None][:excess]
            gone = {id(execution) for execution in ended}
            executions[:] = [e for e in executions if id(e) not in gone]


def _check_input(text: str) -> None:
    try:
        json.loads(text)
    except ValueError as error:
        raise exceptions.InvalidExecutionInput(
            f"Invalid State Machine Execution Input: '{error}'"
        ) from error


def _execution(backend: Any, machine: Any, name: str, text: str, *, sync: bool) -> Any:
    prefix = ":".join(machine.arn.split(":")[:5])
    if machine.type == "EXPRESS":
        arn = f"{prefix}:express:{machine.name}:{name}:{uuid4()}"
    else:
        arn = f"{prefix}:execution:{machine.name}:{name}"
    return (SyncExecution if sync else Execution)(
        name=name,
        sm_type=machine.type,
        role_arn=machine.roleArn,
        exec_arn=arn,
        account_id=backend.account_id,
        region_name=backend.region_name,
        state_machine=_snapshot(machine),
        start_date=datetime.now(tz=UTC),
        cloud_watch_logging_session=None,
        input_data=text,
        activity_store={},
    )


def _snapshot(machine: Any) -> Any:
    """The machine as it is now; an update rebinds its attributes and leaves these alone."""
    snapshot = copy.copy(machine)
    snapshot.executions = []
    snapshot.sm_type = machine.type
    return snapshot
