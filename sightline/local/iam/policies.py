"""Enough of IAM's evaluation to notice a permission that was forgotten.

Statements are matched by effect, principal, action and resource; their conditions are taken as met,
but for the one that there is no TLS: AWS's services have it among themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

Policy = Mapping[str, Any]


def allows(
    policies: Iterable[Policy], action: str, resource: str, *, service: str | None = None
) -> bool:
    """Whether `action` on `resource` is allowed somewhere and denied nowhere.

    `service` is who asks, for the policies of a resource or of a role's trust; statements of other
    principals say nothing about it.
    """
    allowed = False
    for policy in policies:
        for statement in listed(policy.get("Statement")):
            if _concerns(statement, action, resource, service):
                if statement.get("Effect") == "Deny":
                    return False
                allowed = allowed or statement.get("Effect") == "Allow"
    return allowed


def listed(value: Any) -> list[Any]:
    """A value that policies may give alone or in a list, as a list."""
    return value if isinstance(value, list) else [] if value is None else [value]


def _concerns(statement: Policy, action: str, resource: str, service: str | None) -> bool:
    if _secure_transport(statement) == "false":
        return False
    if service is not None and not _is_principal(statement.get("Principal"), service):
        return False
    if "NotAction" in statement:
        acts = not _any(statement["NotAction"], action, fold=True)
    else:
        acts = _any(statement.get("Action"), action, fold=True)
    if "NotResource" in statement:
        return acts and not _any(statement["NotResource"], resource)
    # The trust of a role names no resource: it is about the role itself.
    return acts and ("Resource" not in statement or _any(statement["Resource"], resource))


def _secure_transport(statement: Policy) -> Any:
    return statement.get("Condition", {}).get("Bool", {}).get("aws:SecureTransport")


def _is_principal(principal: Any, service: str) -> bool:
    named = listed(principal.get("Service") if isinstance(principal, Mapping) else principal)
    return service in named or "*" in named


def _any(patterns: Any, text: str, *, fold: bool = False) -> bool:
    return any(_pattern(str(p), fold).fullmatch(text) is not None for p in listed(patterns))


@lru_cache(maxsize=2048)
def _pattern(text: str, fold: bool) -> re.Pattern[str]:
    expression = re.escape(text).replace(r"\*", ".*").replace(r"\?", ".")
    return re.compile(expression, re.DOTALL | (re.IGNORECASE if fold else 0))
