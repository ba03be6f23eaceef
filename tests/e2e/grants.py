"""What roles were granted, and what of it was needed: without it, something would be refused."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from sightline.local.iam.permissions import Call
from sightline.local.iam.policies import allows, listed


class Grant(NamedTuple):
    """One action on one resource, as a statement of a role's policy says it; both may be patterns.

    `role` is the role's name without the suffix that Pulumi gives; `statement` counts from 0.
    """

    role: str
    statement: int
    action: str
    resource: str

    def __str__(self) -> str:
        return f"{self.role}: {self.action} on {self.resource} (statement {self.statement})"


SUFFIX = 8  # a dash and seven digits, which end the names of roles
# What AWS makes up when it makes a resource, and so differs between stacks.
_MADE_UP = re.compile(r"(?<=:key/)[0-9a-f-]{36}|(?<=/stream/).+|(?<=:userpool/).+")


def granted(role: str, policies: Iterable[Mapping[str, Any]]) -> list[Grant]:
    """Everything that a role's policies allow; `ValueError` for what they say in another way.

    The same program gives the same grants, whichever stack it made.
    """
    statements = [s for policy in policies for s in listed(policy["Statement"])]
    for statement in statements:
        if statement["Effect"] != "Allow" or statement.keys() & {"NotAction", "NotResource"}:
            raise ValueError(f"{role}: {statement} does not allow something by name")
    return [
        Grant(role, number, action, _MADE_UP.sub("*", resource))
        for number, statement in enumerate(statements)
        for action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    ]


def needed(grants: Sequence[Grant], calls: Iterable[Call]) -> set[Grant]:
    """The grants that alone allowed a call: taking one of them out, that call is refused."""
    found = set[Grant]()
    for call in {(call.action, call.resource) for call in calls}:
        allowing = [grant for grant in grants if _allows(grant, *call)]
        if len(allowing) == 1:
            found.update(allowing)
    return found


def _allows(grant: Grant, action: str, resource: str) -> bool:
    statement = {"Effect": "Allow", "Action": grant.action, "Resource": grant.resource}
    return allows([{"Statement": [statement]}], action, resource)


@contextmanager
def without(iam: Any, role: str, action: str) -> Iterator[None]:
    """One action is taken out of a role, wherever it is granted; `iam` is a client."""
    names = [found["RoleName"] for found in iam.list_roles()["Roles"]]
    (name,) = [found for found in names if found[:-SUFFIX] == role]
    (policy,) = iam.list_role_policies(RoleName=name)["PolicyNames"]
    document = iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
    statements = [left for one in document["Statement"] if (left := _less(one, action))]
    assert statements != document["Statement"], f"{role} may not {action} anyway"
    change = {"RoleName": name, "PolicyName": policy}
    if statements:
        lesser = json.dumps({**document, "Statement": statements})
        iam.put_role_policy(**change, PolicyDocument=lesser)
    else:
        iam.delete_role_policy(**change)
    try:
        yield
    finally:
        iam.put_role_policy(**change, PolicyDocument=json.dumps(document))


def _less(statement: Mapping[str, Any], action: str) -> dict[str, Any] | None:
    actions = [one for one in statement["Action"] if one != action]
    return {**statement, "Action": actions} if actions else None
