"""Calling Lambda functions in moto without going through HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from botocore.exceptions import ClientError
from moto.awslambda.exceptions import LambdaClientError
from moto.awslambda.utils import get_backend


@dataclass(frozen=True)
class Answer:
    """What a function returned: JSON text, and `error` set when it failed (`FunctionError`)."""

    payload: str
    error: str | None


def invoke(
    account: str, region: str, function: str, payload: str, qualifier: str | None = None
) -> Answer:
    """Invoke a function by name or ARN and wait for its answer.

    `ClientError` as boto3 raises it when there is no such function.
    """
    headers: dict[str, str] = {}
    try:
        answer = get_backend(account, region).invoke(
            function,
            qualifier,
            payload,
            {"x-amz-invocation-type": "RequestResponse"},
            headers,
        )
    except LambdaClientError as error:
        raise _client_error(error) from error
    text = answer.decode() if isinstance(answer, bytes) else str(answer)
    return Answer(payload=text, error=headers.get("x-amz-function-error"))


def _client_error(error: LambdaClientError) -> ClientError:
    return ClientError(
        {
            "Error": {"Code": str(error.error_type), "Message": str(error.message)},
            "ResponseMetadata": {
                "HTTPStatusCode": int(error.code),
                "RequestId": str(uuid4()),
                "HTTPHeaders": {},
                "HostId": "",
                "RetryAttempts": 0,
            },
        },
        "Invoke",
    )
