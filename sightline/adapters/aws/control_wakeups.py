"""The wake-ups of model control: an EventBridge rule that is switched on and off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sightline.adapters.aws.errors import translated

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient


class RuleWakeups:
    """`Wakeups` by a scheduled rule of the default bus."""

    def __init__(self, rule: str, client: EventBridgeClient) -> None:
        self._rule = rule
        self._client = client

    def begin(self) -> None:
        with translated(f"Switching rule {self._rule} on"):
            self._client.enable_rule(Name=self._rule)

    def end(self) -> None:
        with translated(f"Switching rule {self._rule} off"):
            self._client.disable_rule(Name=self._rule)
