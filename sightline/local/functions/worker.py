"""One worker process: AWS's own runtime client running one function, like one Lambda sandbox."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Sequence
from pathlib import Path

from sightline.local.functions.contract import FunctionSpec, InvokeResult, Outcome
from sightline.local.functions.runtime_api import Request, RuntimeApi, WorkerExitedError, response
from sightline.local.iam.credentials import REGION, keys_of

INIT_SECONDS = 30.0
_NEXT_SECONDS = 2.0
_ACCEPTED = response("202 Accepted", {}, b"")
_ERROR_TYPES = {
    Outcome.CRASH: "Runtime.ExitError",
    Outcome.TIMEOUT: "Sandbox.Timedout",
    Outcome.INIT_ERROR: "Sandbox.Timedout",
}
_DEAD_PROXY = "http://127.0.0.1:9"
_HERE = "127.0.0.1,localhost"
_FIXED = {
    "PATH": os.defpath,
    "LANG": "en_US.UTF-8",
    "TZ": ":UTC",
    "PYTHONNOUSERSITE": "1",
    "OMP_NUM_THREADS": "1",
    **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), _DEAD_PROXY),
    **dict.fromkeys(("NO_PROXY", "no_proxy"), _HERE),
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_EXECUTION_ENV": "AWS_Lambda_python",
    "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
    "AWS_LAMBDA_LOG_STREAM_NAME": "local",
}
# What starts AWS's runtime client; the handler's name is its last argument.
_RUNTIME = (sys.executable, "-P", str(Path(__file__).with_name("worker_main.py")))


def worker_environment(
    spec: FunctionSpec, *, code: Path, runtime_api: str, endpoint: str | None, scratch: Path
) -> dict[str, str]:
    """The whole environment of a worker: nothing is inherited from this process.

    The function's own code comes first on the path, third-party packages come from the running
    environment. A proxy that refuses every connection keeps HTTP clients on this machine.
    """
    environment = {
        **spec.environment,
        **_FIXED,
        **keys_of(spec.role_arn).environment(),
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        "PYTHONPATH": str(code),
        "AWS_LAMBDA_RUNTIME_API": runtime_api,
        "AWS_LAMBDA_FUNCTION_NAME": spec.name,
        "AWS_LAMBDA_FUNCTION_VERSION": spec.version,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(spec.memory_mb),
        "AWS_LAMBDA_LOG_GROUP_NAME": spec.function_log_group,
        "LAMBDA_TASK_ROOT": str(code),
        "_HANDLER": spec.handler,
    }
    if endpoint:
        environment["AWS_ENDPOINT_URL"] = endpoint
    return environment


class Worker:
    """A process that serves one function. Used by one thread at a time."""

    def __init__(
        self,
        spec: FunctionSpec,
        *,
        code: Path,
        endpoint: str | None,
        scratch: Path,
        runtime: Sequence[str] = _RUNTIME,
    ) -> None:
        self.id = uuid.uuid4().hex
        self._spec = spec
        self._api = RuntimeApi()
        self._question: Request | None = None
        environment = worker_environment(
            spec, code=code, runtime_api=self._api.address, endpoint=endpoint, scratch=scratch
        )
        # stdin stays open for as long as this process lives: its end tells the worker to go.
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and script
            [*runtime, spec.handler],
            cwd=code,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        assert self._process.stdout is not None  # noqa: S101 - for the type checker
        self._api.watch(self._process.stdout.fileno(), self.is_alive)

    @property
    def pid(self) -> int:
        return self._process.pid

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def start(self, request_id: str) -> InvokeResult | None:
        """Wait until the handler is loaded. None when it is, otherwise why it is not."""
        try:
            request = self._api.receive(time.monotonic() + INIT_SECONDS)
        except TimeoutError:
            return self._platform_failure(
                Outcome.INIT_ERROR, request_id, f"loading took more than {INIT_SECONDS:.0f} seconds"
            )
        except WorkerExitedError:
            return self._platform_failure(Outcome.CRASH, request_id, self._exit_text())
        if request.asks_for_event:
            self._question = request
            return None
        self._answer(request, _ACCEPTED)
        return self._result(Outcome.INIT_ERROR, request_id, request.body)

    def invoke(self, request_id: str, payload: bytes) -> InvokeResult:
        """Run the handler once. After a crash or a timeout the worker is of no more use."""
        seconds = self._spec.timeout_seconds
        deadline = time.monotonic() + seconds
        try:
            self._send_event(request_id, payload, time.time() + seconds)
            request = self._api.receive(deadline)
        except TimeoutError:
            return self._platform_failure(
                Outcome.TIMEOUT, request_id, f"Task timed out after {seconds:.2f} seconds"
            )
        except (WorkerExitedError, OSError):
            return self._platform_failure(Outcome.CRASH, request_id, self._exit_text())
        self._answer(request, _ACCEPTED)
        self._await_question()
        outcome = Outcome.OK if request.path.endswith("/response") else Outcome.ERROR
        return self._result(outcome, request_id, request.body)

    @property
    def is_ready(self) -> bool:
        """Whether the worker waits for an event."""
        return self._question is not None and self.is_alive()

    def cpu_seconds(self) -> float | None:
        """Processor time that the process has used; None where the system does not tell."""
        try:
            # Linux names a process's CPU clock by this number, see clock_getcpuclockid(3).
            return time.clock_gettime((~self.pid << 3) | 2)
        except (OSError, OverflowError, AttributeError):
            return None

    def kill(self) -> None:
        """End the process; whoever waits for its answer sees it end."""
        self._process.kill()

    def close(self) -> None:
        """End the process and let go of everything that belongs to it."""
        self.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()
        self._api.close()

    def _send_event(self, request_id: str, payload: bytes, deadline: float) -> None:
        if self._question is None:
            raise WorkerExitedError
        headers = {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": request_id,
            "Lambda-Runtime-Deadline-Ms": str(int(deadline * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": self._spec.function_arn,
            "Lambda-Runtime-Trace-Id": "Root=1-00000000-000000000000000000000000;Sampled=0",
        }
        question, self._question = self._question, None
        self._answer(question, response("200 OK", headers, payload))

    def _await_question(self) -> None:
        # The next question follows at once; a worker that does not ask is not used again.
        try:
            request = self._api.receive(time.monotonic() + _NEXT_SECONDS)
        except (TimeoutError, WorkerExitedError):
            return
        if request.asks_for_event:
            self._question = request

    @staticmethod
    def _answer(request: Request, message: bytes) -> None:
        request.connection.settimeout(None)
        request.connection.sendall(message)

    def _exit_text(self) -> str:
        try:
            status = self._process.wait(_NEXT_SECONDS)
        except subprocess.TimeoutExpired:
            return "Runtime stopped answering"
        if status < 0:
            return f"Runtime exited with error: signal: {signal.Signals(-status).name}"
        return f"Runtime exited with error: exit status {status}"

    def _platform_failure(self, outcome: Outcome, request_id: str, message: str) -> InvokeResult:
        body = {
            "errorType": _ERROR_TYPES[outcome],
            "errorMessage": f"RequestId: {request_id} Error: {message}",
        }
        return self._result(outcome, request_id, json.dumps(body).encode())

    def _result(self, outcome: Outcome, request_id: str, payload: bytes) -> InvokeResult:
        return InvokeResult(outcome, payload, self._api.output.take(), request_id, self.id)
