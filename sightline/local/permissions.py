"""Whether the program gave AWS's services the permissions that they need.

moto lets everything happen; on AWS the same program would fail for a role that may not start a
state machine or a queue that lets nobody in. Checked are the roles of rules and state machines, and
the policies of queues; the roles of functions are not.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.iam.exceptions import NotFoundException
from moto.iam.models import iam_backends

from sightline.local.policies import Policy, allows

# What a task of a state machine needs, and which of its parameters names the resource.
_TASKS: Mapping[tuple[str, str], tuple[str, str]] = {
    ("lambda", "invoke"): ("lambda:InvokeFunction", "FunctionName"),
    ("sqs", "sendMessage"): ("sqs:SendMessage", "QueueUrl"),
    ("sns", "publish"): ("sns:Publish", "TopicArn"),
    ("states", "startExecution"): ("states:StartExecution", "StateMachineArn"),
}


class NotAllowedError(Exception):
    """A role or a policy does not let a service do what it was asked to do."""


def check_role(account: str, role_arn: str, service: str, action: str, resource: str) -> None:
    """`NotAllowedError` unless `service` may take on the role and the role may do it."""
    try:
        role = iam_backends[account]["aws"].get_role(role_arn.rpartition("/")[2])
    except (NotFoundException, JsonRESTError) as error:
        raise NotAllowedError(f"there is no role {role_arn}") from error
    trust = [_parsed(role.assume_role_policy_document)]
    if not allows(trust, "sts:AssumeRole", role_arn, service=service):
        raise NotAllowedError(f"{role_arn} does not trust {service}")
    policies = [_parsed(text) for text in role.policies.values()]
    policies += [_parsed(policy.document) for policy in role.managed_policies.values()]
    if not allows(policies, action, resource):
        raise NotAllowedError(f"{role_arn} is not authorized to perform: {action} on {resource}")


def check_queue(queue: Any, service: str) -> None:
    """`NotAllowedError` unless the queue's policy lets `service` send."""
    policy = _parsed(queue.policy)
    if not allows([policy], "sqs:SendMessage", queue.queue_arn, service=service):
        raise NotAllowedError(f"the policy of queue {queue.name} does not let {service} send")


def check_task(
    account: str, region: str, role_arn: str, call: tuple[str, str], parameters: Mapping[str, Any]
) -> None:
    """`NotAllowedError` when a state machine's role may not make a call such as lambda:invoke."""
    if call not in _TASKS:
        return
    action, parameter = _TASKS[call]
    resource = _arn(str(parameters.get(parameter, "")), call[0], region, account)
    check_role(account, role_arn, "states.amazonaws.com", action, resource)


def _arn(name: str, service: str, region: str, account: str) -> str:
    if name.startswith("arn:"):
        return name
    if service == "sqs":
        *_, owner, queue = name.split("/")
        return f"arn:aws:sqs:{region}:{owner}:{queue}"
    return f"arn:aws:{service}:{region}:{account}:function:{name}"


def _parsed(document: str | None) -> Policy:
    policy: Policy = json.loads(document or "{}")
    return policy
