"""What the local runtime is asked to run and what it answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import Any

from sightline.local.iam.credentials import ACCOUNT_ID, REGION


@dataclass(frozen=True)
class FunctionSpec:
    """One function as it would be configured on Lambda.

    `code` is a folder or a zip file. Its calls to AWS are made as `role_arn`, without one as the
    owner of the local system. Equal specs share their workers.
    """

    name: str
    handler: str
    code: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    timeout_seconds: float = 30.0
    memory_mb: int = 128
    arn: str = ""
    version: str = "$LATEST"
    log_group: str = ""
    role_arn: str = ""

    @property
    def function_arn(self) -> str:
        """The given ARN, or the one that Lambda would give a function of this name."""
        return self.arn or f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:{self.name}"

    @property
    def function_log_group(self) -> str:
        """The given log group, or Lambda's default."""
        return self.log_group or f"/aws/lambda/{self.name}"

    @property
    def key(self) -> tuple[object, ...]:
        """Equal for equal specs, and hashable."""
        return (*(getattr(self, name) for name in _SCALARS), *sorted(self.environment.items()))


_SCALARS = [entry.name for entry in fields(FunctionSpec) if entry.name != "environment"]


class Outcome(StrEnum):
    """How an invocation ended."""

    OK = "ok"
    ERROR = "error"
    """The handler raised; the payload is its type, message and trace."""
    CRASH = "crash"
    """The process ended in the middle."""
    TIMEOUT = "timeout"
    INIT_ERROR = "init_error"
    """The handler could not be loaded."""


@dataclass(frozen=True)
class InvokeResult:
    """An invocation's answer: the handler's JSON, or an error object as Lambda would give it."""

    outcome: Outcome
    payload: bytes
    logs: str = ""
    request_id: str = ""
    worker: str = ""

    @property
    def failed(self) -> bool:
        return self.outcome is not Outcome.OK

    def json(self) -> Any:
        """The payload, parsed."""
        return json.loads(self.payload)
