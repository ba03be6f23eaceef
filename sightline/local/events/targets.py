"""Handing an event over to the target of a rule, inside moto."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from moto.core.exceptions import ServiceException
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends
from moto.stepfunctions.responses import get_backend as state_machines
from moto.utilities.arns import parse_arn
from werkzeug.exceptions import HTTPException

from sightline.local.functions import invocations
from sightline.local.iam.permissions import NotAllowedError, check_queue, check_role

logger = logging.getLogger(__name__)


PRINCIPAL = "events.amazonaws.com"
SERVICES = ("states", "lambda", "sqs", "sns")
LAMBDA_ATTEMPTS = 3  # what Lambda does with an event of its own queue: once, and two retries


def send(account: str, target: Mapping[str, Any], event_id: str, text: str) -> None:
    """Hand `text` over to the target; raises what moto raises when it does not take it."""
    arn = parse_arn(target["Arn"])
    if arn.service == "states":
        role = str(target.get("RoleArn"))
        check_role(account, role, PRINCIPAL, "states:StartExecution", target["Arn"])
        backend = state_machines(account, arn.region)
        backend.start_execution(target["Arn"], f"{event_id}_{uuid4().hex}", text)
    elif arn.service == "lambda":
        _invoke(account, arn.region, target["Arn"], text)
    elif arn.service == "sqs":
        group = (target.get("SqsParameters") or {}).get("MessageGroupId")
        queues = sqs_backends[account][arn.region]
        check_queue(queues.get_queue(arn.resource_id), PRINCIPAL)
        queues.send_message(queue_name=arn.resource_id, message_body=text, group_id=group)
    else:
        sns_backends[account][arn.region].publish(text, arn=target["Arn"])


def park(
    account: str, queue_arn: str, event: Mapping[str, Any], reasons: Mapping[str, str]
) -> bool:
    """Put an event that a target did not take on a dead-letter queue, as EventBridge does.

    False, and a line in the log, when the queue is missing or its policy does not let EventBridge
    send to it: AWS would lose the event just so.
    """
    arn = parse_arn(queue_arn)
    queues = sqs_backends[account][arn.region]
    try:
        check_queue(queues.get_queue(arn.resource_id), PRINCIPAL)
        queues.send_message(
            queue_name=arn.resource_id,
            message_body=json.dumps(event, ensure_ascii=False),
            message_attributes={
                name: {"DataType": "String", "StringValue": value}
                for name, value in reasons.items()
            },
        )
    except (NotAllowedError, HTTPException, ServiceException) as error:
        logger.error("an event is lost: %s", error)
        return False
    return True


def _invoke(account: str, region: str, function: str, text: str) -> None:
    for _ in range(LAMBDA_ATTEMPTS):
        if not invocations.invoke(account, region, function, text).error:
            return
    # EventBridge has done its part: the event was accepted, and Lambda then gave up on it.
