"""Waiting for CloudFormation, and telling what it does meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sightline.domain.errors import ConflictError, UnavailableError

_DONE = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_COMPLETE"})

Event = dict[str, Any]


@dataclass(frozen=True)
class Pace:
    """How often to ask, and how long."""

    sleep: Callable[[float], None] = time.sleep
    every_seconds: float = 3.0
    limit_seconds: float = 1800.0

    def ticks(self) -> Iterator[None]:
        """One for each time to ask."""
        for _ in range(int(self.limit_seconds / self.every_seconds)):
            yield
            self.sleep(self.every_seconds)


class Watch:
    """Follows what happens to a stack from now on. Make it before the change begins."""

    def __init__(
        self, client: Any, name: str, stack_id: str, say: Callable[[str], None], pace: Pace
    ) -> None:
        self._client, self._name, self._stack_id = client, name, stack_id
        self._say, self._pace = say, pace
        self._last = next((event["EventId"] for event in self._newest_first()), None)

    def until_done(self) -> None:
        """Tell every event; `ConflictError` names what failed first, when it ends badly."""
        failed: list[Event] = []
        for _ in self._pace.ticks():
            for event in self._fresh():
                status = event["ResourceStatus"]
                self._say(_line(event))
                if status.endswith("_FAILED"):
                    failed.append(event)
                if self._is_end(event):
                    if status in _DONE:
                        return
                    raise ConflictError(self._reason(status, failed))
        raise UnavailableError(
            f"{self._name} is still changing; CloudFormation goes on by itself. Run this again."
        )

    def _is_end(self, event: Event) -> bool:
        is_stack = event.get("PhysicalResourceId") == self._stack_id
        return is_stack and not event["ResourceStatus"].endswith("_IN_PROGRESS")

    def _reason(self, status: str, failed: list[Event]) -> str:
        # What is merely cancelled failed because of something else, which came before it.
        first = failed[0] if failed else {}
        what = first.get("LogicalResourceId", "no resource")
        why = first.get("ResourceStatusReason", "no reason was given")
        return f"{self._name} ended as {status}. First to fail: {what}: {why}"

    def _fresh(self) -> list[Event]:
        """What has happened since the last call, oldest first."""
        fresh: list[Event] = []
        for event in self._newest_first():
            if event["EventId"] == self._last:
                break
            fresh.append(event)
        if fresh:
            self._last = fresh[0]["EventId"]
        return fresh[::-1]

    def _newest_first(self) -> Iterator[Event]:
        paginator = self._client.get_paginator("describe_stack_events")
        for page in paginator.paginate(StackName=self._stack_id):
            yield from page["StackEvents"]


def _line(event: Event) -> str:
    reason = event.get("ResourceStatusReason")
    told = f"  {event['ResourceStatus']:<20} {event['LogicalResourceId']}"
    return f"{told}: {reason}" if reason else told
