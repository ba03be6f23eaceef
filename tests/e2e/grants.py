"""What roles were granted, and what of it was needed: without it, something would be refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sightline.local.permissions import Call
from sightline.local.policies import allows, listed


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


def granted(role: str, policies: Iterable[Mapping[str, Any]]) -> list[Grant]:
    """Everything that a role's policies allow; `ValueError` for what they say in another way."""
    statements = [s for policy in policies for s in listed(policy["Statement"])]
    for statement in statements:
        if statement["Effect"] != "Allow" or statement.keys() & {"NotAction", "NotResource"}:
            raise ValueError(f"{role}: {statement} does not allow something by name")
    return [
        Grant(role, number, action, resource)
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
