"""What the stacks of a test session did: what roles asked for and were allowed, and all logs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sightline.local.iam import permissions
from sightline.local.iam.credentials import ACCOUNT_ID
from sightline.local.stack import LocalStack
from tests.e2e.grants import SUFFIX, Grant, granted, needed


@dataclass
class Observed:
    """All that was granted in any stack so far, what was needed of it, and the lines of logs."""

    granted: set[Grant] = field(default_factory=set)
    needed: set[Grant] = field(default_factory=set)
    lines: list[str] = field(default_factory=list)

    @contextmanager
    def stack(self, **options: Any) -> Iterator[LocalStack]:
        """A stack that is up, and is looked at before it goes down."""
        with LocalStack(**options) as stack:
            try:
                yield stack
            finally:
                self._look_at_roles(stack)
                self.lines += logged(stack.client("logs"))

    def _look_at_roles(self, stack: LocalStack) -> None:
        calls = permissions.calls()
        for page in stack.client("iam").get_paginator("list_roles").paginate():
            for role in page["Roles"]:
                policies = permissions.role_policies(ACCOUNT_ID, role["Arn"])
                grants = granted(role["RoleName"][:-SUFFIX], policies)
                self.granted.update(grants)
                self.needed |= needed(grants, (c for c in calls if c.role == role["Arn"]))


def logged(logs: Any) -> list[str]:
    """All that is in CloudWatch Logs, with the names of the groups."""
    groups = [
        group["logGroupName"]
        for page in logs.get_paginator("describe_log_groups").paginate()
        for group in page["logGroups"]
    ]
    return [
        f"{group}: {event['message']}"
        for group in groups
        for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group)
        for event in page["events"]
    ]
