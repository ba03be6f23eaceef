"""Whether the program gave its roles, and AWS's services, the permissions that they need.

moto lets everything happen; on AWS the same program would fail for a role that may not read a
table, start a state machine, or for a queue that lets nobody in. Everything that a role asks for
goes through `check`, which remembers it: so it is known which grants are used, and how often.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

from moto.core.exceptions import JsonRESTError
from moto.iam.exceptions import NotFoundException
from moto.iam.models import iam_backends
from moto.kms.models import kms_backends
from moto.sns.models import sns_backends

from sightline.local.iam.policies import Policy, allows

# What a task of a state machine needs, and which of its parameters names the resource.
_TASKS: Mapping[tuple[str, str], tuple[str, str]] = {
    ("lambda", "invoke"): ("lambda:InvokeFunction", "FunctionName"),
    ("sqs", "sendMessage"): ("sqs:SendMessage", "QueueUrl"),
    ("sns", "publish"): ("sns:Publish", "TopicArn"),
    ("states", "startExecution"): ("states:StartExecution", "StateMachineArn"),
}


class NotAllowedError(Exception):
    """A role or a policy does not let a service do what it was asked to do."""


class Call(NamedTuple):
    """One thing that a role asked for: the API's operation, and what IAM was asked because of it.

    `role` and `resource` are ARNs. An operation may take several permissions, a call for each.
    """

    role: str
    operation: str
    action: str
    resource: str


_calls: Counter[Call] = Counter()
_lock = threading.Lock()


def calls() -> Counter[Call]:
    """What roles have asked for so far and were allowed, and how often."""
    with _lock:
        return _calls.copy()


def forget_calls() -> None:
    """Begin anew, as the server does with all its state."""
    with _lock:
        _calls.clear()


def check(account: str, role_arn: str, action: str, resource: str, operation: str = "") -> None:
    """`NotAllowedError` unless the role may do `action` on `resource`."""
    if not allows(role_policies(account, role_arn), action, resource):
        raise NotAllowedError(f"{role_arn} is not authorized to perform: {action} on {resource}")
    with _lock:
        _calls[Call(role_arn, operation or action, action, resource)] += 1


def check_role(account: str, role_arn: str, service: str, action: str, resource: str) -> None:
    """`NotAllowedError` unless `service` may take on the role and the role may do it."""
    trust = [_parsed(_role(account, role_arn).assume_role_policy_document)]
    if not allows(trust, "sts:AssumeRole", role_arn, service=service):
        raise NotAllowedError(f"{role_arn} does not trust {service}")
    check(account, role_arn, action, resource)


def role_policies(account: str, role_arn: str) -> list[Policy]:
    """All policies of a role; `NotAllowedError` when there is no such role."""
    role = _role(account, role_arn)
    policies = [_parsed(text) for text in role.policies.values()]
    return policies + [_parsed(policy.document) for policy in role.managed_policies.values()]


def check_queue(queue: Any, service: str) -> None:
    """`NotAllowedError` unless the queue's policy lets `service` send."""
    policy = _parsed(queue.policy)
    if not allows([policy], "sqs:SendMessage", queue.queue_arn, service=service):
        raise NotAllowedError(f"the policy of queue {queue.name} does not let {service} send")


def check_topic(account: str, topic_arn: str, service: str) -> None:
    """`NotAllowedError` unless the topic lets `service` publish, and its key lets it encrypt."""
    region = topic_arn.split(":")[3]
    topic = sns_backends[account][region].topics[topic_arn]
    if not allows([_parsed(topic.policy)], "sns:Publish", topic_arn, service=service):
        raise NotAllowedError(f"the policy of topic {topic.name} does not let {service} publish")
    if not topic.kms_master_key_id:
        return
    key = kms_backends[account][region].describe_key(topic.kms_master_key_id)
    for action in ("kms:Decrypt", "kms:GenerateDataKey"):
        if not allows([_parsed(key.policy)], action, key.arn, service=service):
            raise NotAllowedError(f"the key of topic {topic.name} does not let {service} use it")


def check_task(
    account: str, region: str, role_arn: str, call: tuple[str, str], parameters: Mapping[str, Any]
) -> None:
    """`NotAllowedError` when a state machine's role may not make a call such as lambda:invoke."""
    if call not in _TASKS:
        return
    action, parameter = _TASKS[call]
    resource = _arn(str(parameters.get(parameter, "")), call[0], region, account)
    check_role(account, role_arn, "states.amazonaws.com", action, resource)


def _role(account: str, role_arn: str) -> Any:
    try:
        return iam_backends[account]["aws"].get_role(role_arn.rpartition("/")[2])
    except (NotFoundException, JsonRESTError) as error:
        raise NotAllowedError(f"there is no role {role_arn}") from error


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
