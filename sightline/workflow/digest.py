"""Digest: the alerts that a storm folded on one line become one message a minute."""

from __future__ import annotations

from dataclasses import dataclass

from sightline.domain import alerts
from sightline.workflow.ports import AlertTable, Topic


@dataclass(frozen=True)
class DigestDeps:
    """What the digest needs."""

    alerts: AlertTable
    topic: Topic
    site_url: str


def digest(line_minute: str, deps: DigestDeps) -> int:
    """Send a line's minute once; returns how many alerts it told of (0 when sent before)."""
    if not deps.alerts.close_digest(line_minute):
        return 0
    folded = deps.alerts.folded(line_minute)
    if folded:
        deps.topic.publish(alerts.digest(line_minute, folded, site_url=deps.site_url))
    deps.alerts.settle_digest(line_minute)
    return len(folded)
