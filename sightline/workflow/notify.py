"""Notify: people are told of an inspection once; a storm is left to the minute's digest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from sightline.domain import alerts, times
from sightline.domain.alerts import Alert, AlertState
from sightline.domain.errors import UnavailableError
from sightline.domain.inspections import Recorded
from sightline.domain.times import Clock
from sightline.workflow.ports import AlertTable, DigestTimer, Topic

LEASE = timedelta(seconds=20)  # longer than the function may run
GRACE = timedelta(seconds=2)  # after the minute, for alerts that are being folded


@dataclass(frozen=True)
class NotifyDeps:
    """What notifying needs."""

    alerts: AlertTable
    topic: Topic
    digests: DigestTimer
    clock: Clock
    site_url: str
    alerts_per_minute: int


def notify(recorded: Recorded, deps: NotifyDeps) -> AlertState:
    """Send one image's alert, or fold it into the digest of its line's minute.

    An attempt that dies between publishing and settling is repeated after `LEASE`: the one case
    in which a receiver can see the same alert twice. The alternative is never to hear of it.
    Raises `UnavailableError` while another attempt holds the claim.
    """
    mine = Alert(
        ref=recorded.inspection.ref,
        line_minute=recorded.line_minute,
        state=AlertState.CLAIMED,
        claimed_at=deps.clock(),
        severity=recorded.severity,
    )
    standing = deps.alerts.claim(mine)
    if standing.state is not AlertState.CLAIMED:
        return standing.state
    if standing is not mine:
        if mine.claimed_at - standing.claimed_at < LEASE:
            raise UnavailableError(f"The alert of {mine.ref.pk!r} is being sent by another run.")
        deps.alerts.settle(mine)
    try:
        return _send_or_fold(mine, recorded, deps)
    except UnavailableError:
        deps.alerts.release(mine)
        raise


def _send_or_fold(alert: Alert, recorded: Recorded, deps: NotifyDeps) -> AlertState:
    if deps.alerts.next_position(alert.line_minute) > deps.alerts_per_minute:
        minute = times.from_wire(alert.line_minute.rpartition("/")[2])
        deps.digests.start(alert.line_minute, minute + timedelta(minutes=1) + GRACE)
        if deps.alerts.fold(alert):
            return AlertState.FOLDED
    deps.topic.publish(alerts.single(recorded, site_url=deps.site_url))
    deps.alerts.settle(replace(alert, state=AlertState.SENT))
    return AlertState.SENT
