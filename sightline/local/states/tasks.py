"""What the tasks of a state machine call: functions in this process, all else over HTTP."""

from __future__ import annotations

import json
import threading
from importlib import import_module
from typing import Any
from uuid import uuid4

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service,
)

from sightline.local.functions import invocations
from sightline.local.iam.credentials import keys_of
from sightline.local.iam.permissions import NotAllowedError, check_task
from sightline.local.seams import Seams

# Modules of moto that import `boto_client_for` by name.
_STATE = "moto.stepfunctions.parser.asl.component.state.exec"
_CALLERS = (
    f"{_STATE}.state_map.item_reader.eval.resource_eval_s3",
    f"{_STATE}.state_map.result_writer.resource_eval.resource_eval_s3",
    f"{_STATE}.state_task.lambda_eval_utils",
    *(
        f"{_STATE}.state_task.service.state_task_service_{service}"
        for service in ("aws_sdk", "batch", "dynamodb", "ecs", "events", "glue", "sfn", "sns")
    ),
    f"{_STATE}.state_task.service.state_task_service_sqs",
    f"{_STATE}.state_task.service.state_task_service_unsupported",
)
TASK_SECONDS = 300


class Clients:
    """boto3 clients against moto, one per service, region and role, with kept connections."""

    def __init__(self, endpoint_url: str) -> None:
        self._endpoint_url = endpoint_url
        self._clients: dict[tuple[str, str, str], Any] = {}
        self._lock = threading.Lock()

    def get(self, region: str, service: str, state_credentials: Any = None) -> Any:
        """The client; the signature is that of moto's `boto_client_for`."""
        role = str(state_credentials.role_arn) if state_credentials else ""
        with self._lock:
            key = (region, service, role)
            if key not in self._clients:
                self._clients[key] = self._make(*key)
            return self._clients[key]

    def _make(self, region: str, service: str, role: str) -> Any:
        keys = keys_of(role)
        session = boto3.session.Session()
        return session.client(
            service,  # type: ignore[call-overload]
            region_name=region,
            endpoint_url=self._endpoint_url,
            aws_access_key_id=keys.access_key_id,
            aws_secret_access_key=keys.secret_access_key,
            aws_session_token=keys.session_token,
            config=Config(
                parameter_validation=False,
                retries={"total_max_attempts": 1},
                read_timeout=TASK_SECONDS,
                max_pool_connections=32,
                tcp_keepalive=True,
                inject_host_prefix=False,
            ),
        )


def install(seams: Seams, endpoint_url: str) -> None:
    """Let tasks invoke functions directly, and other services over kept connections."""
    clients = Clients(endpoint_url)
    for name in _CALLERS:
        seams.replace(import_module(name), "boto_client_for", clients.get)

    def integrate(
        env: Any, parameters: dict[str, Any], region: str, state_credentials: Any
    ) -> None:
        if env.is_mocked_mode():
            before(env, parameters, region, state_credentials)
        else:
            env.stack.append(_invoke(env.aws_execution_details.account, region, parameters))

    def begin(task: Any, env: Any, **details: Any) -> None:
        begin_before(task, env=env, **details)
        execution, region = env.aws_execution_details, details["resource_runtime_part"].region
        call = (task.resource.api_name, task.resource.api_action)
        parameters = details["raw_parameters"]
        try:
            check_task(execution.account, region, execution.role_arn, call, parameters)
        except NotAllowedError as error:
            raise _access_denied(error) from error

    service = state_task_service.StateTaskService
    begin_before = seams.replace(service, "_before_eval_execution", begin)
    before = seams.replace(lambda_eval_utils, "execute_lambda_function_integration", integrate)


def _access_denied(error: NotAllowedError) -> ClientError:
    return ClientError(
        {
            "Error": {"Code": "AccessDeniedException", "Message": str(error)},
            "ResponseMetadata": {"HTTPStatusCode": 403, "RequestId": str(uuid4())},  # type: ignore[typeddict-item]
        },
        "Task",
    )


def _invoke(account: str, region: str, parameters: dict[str, Any]) -> dict[str, Any]:
    payload = parameters.get("Payload", b"{}")
    qualifier = parameters.get("Qualifier")
    function = str(parameters["FunctionName"])
    answer = invocations.invoke(account, region, function, payload.decode(), qualifier)
    if answer.error:
        raise lambda_eval_utils.LambdaFunctionErrorException(answer.error, answer.payload)
    return {
        "ExecutedVersion": qualifier or "$LATEST",
        "Payload": json.loads(answer.payload) if answer.payload else None,
        "SdkResponseMetadata": {"RequestId": str(uuid4())},
        "StatusCode": 200,
    }
