"""moto's Lambda functions run for real, in the worker processes of a `Pool`."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable
from typing import Any

from moto.awslambda.models import LambdaFunction, lambda_backends

from sightline.domain.errors import ConflictError
from sightline.local.function_logs import keep_logs
from sightline.local.functions.contract import FunctionSpec, InvokeResult
from sightline.local.functions.runtime import Pool
from sightline.local.iam.credentials import ACCOUNT_ID
from sightline.local.seams import Seams

_LOG_RESULT_BYTES = 4096


Observe = Callable[[str, InvokeResult], None]
"""Is told of every invocation, by the function's name."""


def install_lambda(pool: Pool, observe: Observe | None = None) -> Seams:
    """Replace moto's one method that runs a function; `restore()` puts it back.

    Also kept now, where moto drops it: a function's own log group and log format.
    """
    seams = Seams()

    def run(function: Any, event: Any = None) -> tuple[str, bool, str]:
        spec = function_spec(function, pool)
        result = pool.invoke(spec, json.dumps(event or {}).encode())
        keep_logs(spec, result)
        if observe:
            observe(function.function_name, result)
        tail = result.logs.encode()[-_LOG_RESULT_BYTES:].decode("utf-8", "replace")
        return result.payload.decode(), result.failed, tail

    def create(
        function: Any, account_id: str, spec: dict[str, Any], *args: Any, **kwargs: Any
    ) -> None:
        create_before(function, account_id, spec, *args, **kwargs)
        logging = spec.get("LoggingConfig") or {}
        function.logs_group_name = logging.get("LogGroup") or function.logs_group_name
        function.log_format = logging.get("LogFormat", "Text")

    seams.replace(LambdaFunction, "_invoke_lambda", run)
    create_before: Callable[..., None] = seams.replace(LambdaFunction, "__init__", create)
    return seams


def warm_functions(pool: Pool, region: str) -> None:
    """Have a worker ready for every function, so that the first events find no cold ones.

    Functions with an alias are left alone: somebody else keeps instances of those. Problems are
    left to the first invocation, which reports them.
    """
    backend = lambda_backends[ACCOUNT_ID][region]
    for function in list(backend.list_functions()):
        if not backend.list_aliases(function.function_name):
            pool.warm(function_spec(function, pool))


class Warmer:
    """Starts a worker for a function while nobody waits, once there is a pool."""

    pool: Pool | None = None

    def __call__(self, function: Any) -> None:
        if self.pool is not None:
            threading.Thread(target=self._warm, args=(function, self.pool), daemon=True).start()

    def _warm(self, function: Any, pool: Pool) -> None:
        with contextlib.suppress(ConflictError):  # everything may go down meanwhile
            pool.warm(function_spec(function, pool))


def function_spec(function: Any, pool: Pool) -> FunctionSpec:
    """What a function of moto's is, for the pool."""
    variables = {name: str(value) for name, value in function.environment_vars.items()}
    if function.log_format == "JSON":
        variables["AWS_LAMBDA_LOG_FORMAT"] = "JSON"
    return FunctionSpec(
        name=function.function_name,
        handler=function.handler,
        code=pool.code.unpack(function.code_sha_256, function.code_bytes),
        environment=variables,
        timeout_seconds=float(function.timeout),
        memory_mb=int(function.memory_size),
        arn=function.function_arn,
        version=str(function.version),
        log_group=function.logs_group_name,
        role_arn=str(function.role or ""),
    )
