"""Lambda's own queue: an invocation as an event is accepted at once and runs afterwards.

moto lets the caller wait for it, forgets that it failed, and knows no destinations.
"""

from __future__ import annotations

import json
import logging
import time
import uuid
from collections.abc import Mapping
from functools import partial
from typing import Any

from moto.awslambda.models import LambdaFunction
from moto.sqs.models import sqs_backends
from moto.utilities.arns import parse_arn

from sightline.local.events.objects import iso_seconds
from sightline.local.iam.permissions import NotAllowedError, check_role
from sightline.local.seams import Seams
from sightline.local.timed_pool import TimedPool

logger = logging.getLogger(__name__)

RETRIES = 2  # unless the function's configuration says otherwise
RETRY_SECONDS = 1.0  # a minute and more on AWS
_LAMBDA = "lambda.amazonaws.com"


class FunctionQueue:
    """The wire in place: wait for what is under way, take it out."""

    def __init__(self, *, workers: int = 4, retry_seconds: float = RETRY_SECONDS) -> None:
        self._pool = TimedPool(workers, name="function-queue")
        self._retry_seconds = retry_seconds
        self._seams = Seams()

        def invoke(function: Any, body: str, asked: Any, answered: Any) -> str | bytes:
            if asked.get("x-amz-invocation-type") != "Event":
                at_once: str | bytes = before(function, body, asked, answered)
                return at_once
            event = json.loads(body) if body else {}
            self._pool.after(0, partial(self._attempt, function, event, 1))
            return ""

        before = self._seams.replace(LambdaFunction, "invoke", invoke)

    @property
    def unfinished(self) -> int:
        """Invocations that wait or run."""
        return self._pool.unfinished

    def drain(self, timeout: float) -> bool:
        """Wait until nothing waits or runs; False when `timeout` seconds were not enough."""
        return self._pool.drain(timeout)

    def close(self) -> None:
        """Put moto's own method back and forget what waits."""
        self._seams.restore()
        self._pool.close()

    def _attempt(self, function: Any, event: Any, number: int) -> None:
        answer, failed, _ = function._invoke_lambda(event=event)
        if not failed:
            return
        config = function.event_invoke_config[-1].config if function.event_invoke_config else {}
        if number <= config.get("MaximumRetryAttempts", RETRIES):
            again = partial(self._attempt, function, event, number + 1)
            self._pool.after(self._retry_seconds * number, again)
            return
        logger.warning("%s failed %d times on an event", function.function_name, number)
        _tell(function, config, _failure(function, event, answer, number))


def _tell(function: Any, config: Mapping[str, Any], record: Mapping[str, Any]) -> None:
    """Send to the queue that is the destination of failures, if there is one, as the function."""
    destination = config.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
    if destination:
        arn = parse_arn(destination)
        try:
            check_role(function.account_id, function.role, _LAMBDA, "sqs:SendMessage", destination)
        except NotAllowedError as error:
            logger.error("a failed event is lost: %s", error)
            return
        sqs_backends[function.account_id][arn.region].send_message(
            queue_name=arn.resource_id, message_body=json.dumps(record, ensure_ascii=False)
        )


def _failure(function: Any, event: Any, answer: str, attempts: int) -> dict[str, Any]:
    """https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html"""
    return {
        "version": "1.0",
        "timestamp": iso_seconds(time.time()),
        "requestContext": {
            "requestId": str(uuid.uuid4()),
            "functionArn": function.function_arn,
            "condition": "RetriesExhausted",
            "approximateInvokeCount": attempts,
        },
        "requestPayload": event,
        "responseContext": {"statusCode": 200, "functionError": "Unhandled"},
        "responsePayload": json.loads(answer),
    }
