"""Alerts: what people and machines are told of an inspection, and in which words."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import quote

from sightline.domain import times
from sightline.domain.images import ImageRef
from sightline.domain.inspections import Inspection, Recorded, Severity, Verdict

SUBJECT_MAX = 99  # SNS takes "less than 100", and nothing that is not printable


class AlertState(StrEnum):
    """Where an alert is on its way."""

    CLAIMED = "claimed"  # somebody is about to publish it
    SENT = "sent"
    FOLDED = "folded"  # left to the minute's digest


@dataclass(frozen=True)
class Alert:
    """One image's alert; `line_minute` is the digest that it would fold into."""

    ref: ImageRef
    line_minute: str
    state: AlertState
    claimed_at: datetime
    severity: Severity


@dataclass(frozen=True)
class Notification:
    """A message as subscribers get it: mail text, short text for SMS, JSON for machines."""

    subject: str
    text: str
    short: str
    body: Mapping[str, Any]
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def json(self) -> str:
        """The body for machines."""
        return json.dumps(self.body, ensure_ascii=False, sort_keys=True)


def single(recorded: Recorded, *, site_url: str) -> Notification:
    """The alert of one image."""
    found = recorded.inspection
    what = _headline(recorded)
    link = image_link(site_url, found.ref)
    lines = [
        f"{what} on line {found.line} ({found.facility}).",
        "",
        f"Camera:      {found.ref.camera_id}",
        f"Image:       {found.ref.image_id}",
        f"Captured:    {times.to_wire(found.captured_at)}",
        f"Verdict:     {found.verdict.value}, confidence {_percent(found.confidence)}",
        *_where(found),
        f"Model:       {found.project} version {found.model_version}",
        *(f"{key + ':':12} {value}" for key, value in sorted(found.metadata.items())),
        "",
        _advice(recorded.severity),
        f"Picture with the anomaly map: {link}",
    ]
    body = {
        "type": "inspection",
        "image": {"cameraId": found.ref.camera_id, "imageId": found.ref.image_id},
        "line": found.line,
        "facility": found.facility,
        "project": found.project,
        "modelVersion": found.model_version,
        "verdict": found.verdict.value,
        "severity": recorded.severity.value,
        "confidence": found.confidence,
        "score": found.score,
        "capturedAt": times.to_wire(found.captured_at),
        "recordedAt": times.to_wire(recorded.recorded_at),
        "regions": [
            {"x": r.x, "y": r.y, "width": r.width, "height": r.height, "area": r.area}
            for r in found.regions
        ],
        "s3": {"bucket": found.bucket, "key": found.key, "mapKey": found.map_key},
        "metadata": dict(found.metadata),
        "link": link,
    }
    return Notification(
        subject=subject(f"[{found.line}] {what}, camera {found.ref.camera_id}"),
        text="\n".join(lines),
        short=f"{what} on line {found.line}, camera {found.ref.camera_id}: {link}",
        body=body,
        attributes={
            "line": found.line,
            "facility": found.facility,
            "camera": found.ref.camera_id,
            "project": found.project,
            "verdict": found.verdict.value,
            "severity": recorded.severity.value,
        },
    )


def digest(line_minute: str, alerts: Sequence[Alert], *, site_url: str) -> Notification:
    """One message for all alerts of a line's minute that were folded."""
    facility, line, minute = line_minute.split("/")
    worst = next(s for s in (Severity.HIGH, Severity.MEDIUM, Severity.LOW) if _count(alerts, s))
    cameras = sorted({alert.ref.camera_id for alert in alerts})
    counted = [f"{_count(alerts, s)} {s.value}" for s in Severity if _count(alerts, s)]
    links = [f"  {a.ref.camera_id}  {image_link(site_url, a.ref)}" for a in alerts[:10]]
    more = [f"  ... and {len(alerts) - 10} more"] if len(alerts) > 10 else []
    what = f"{len(alerts)} more alerts in one minute"
    text = "\n".join(
        [
            f"{what} on line {line} ({facility}), minute {minute}.",
            "",
            f"Severity:    {', '.join(counted)}",
            f"Cameras:     {', '.join(cameras)}",
            "",
            "So many at once often means a process fault, or a camera or light that moved.",
            "Look at the line first, then at the pictures:",
            *links,
            *more,
        ]
    )
    return Notification(
        subject=subject(f"[{line}] {what}"),
        text=text,
        short=f"{what} on line {line}: look at the line.",
        body={
            "type": "digest",
            "line": line,
            "facility": facility,
            "minute": minute,
            "count": len(alerts),
            "severity": worst.value,
            "images": [
                {"cameraId": a.ref.camera_id, "imageId": a.ref.image_id, "severity": a.severity}
                for a in alerts[:500]
            ],
        },
        attributes={
            "line": line,
            "facility": facility,
            "verdict": "digest",
            "severity": worst.value,
        },
    )


def image_link(site_url: str, ref: ImageRef) -> str:
    """The admin site's page of one image."""
    return (
        f"{site_url.rstrip('/')}/inspection.html"
        f"?camera={quote(ref.camera_id, safe='')}&image={quote(ref.image_id, safe='')}"
    )


def subject(text: str) -> str:
    """A subject that SNS accepts: printable ASCII, fewer than 100 characters."""
    ascii_text = "".join(c if " " <= c <= "~" else "?" for c in text)
    return ascii_text if len(ascii_text) <= SUBJECT_MAX else ascii_text[: SUBJECT_MAX - 3] + "..."


def _headline(recorded: Recorded) -> str:
    anomalous = recorded.inspection.verdict is Verdict.ANOMALOUS
    unsure = recorded.severity in {Severity.MEDIUM, Severity.LOW}
    if anomalous:
        return "Possible defect" if unsure else "Defect"
    return "Uncertain picture"


def _advice(severity: Severity) -> str:
    return {
        Severity.HIGH: "Take the part out, and look whether the next ones show the same.",
        Severity.MEDIUM: "The model is not sure. Look at the picture and confirm or overrule it.",
        Severity.LOW: "Probably normal, but the model is not sure. Please have a look.",
        Severity.NONE: "",
    }[severity]


def _where(found: Inspection) -> list[str]:
    if not found.regions:
        return []
    first = max(found.regions, key=lambda region: region.score)
    box = f"{first.width} x {first.height} pixels at x {first.x}, y {first.y}"
    if len(found.regions) > 1:
        box += f" (1 of {len(found.regions)} regions)"
    share = _percent(sum(region.area for region in found.regions))
    return [f"Where:       {box}, {share} of the picture"]


def _percent(value: float | None) -> str:
    return "unknown" if value is None else f"{100 * value:.1f} %"


def _count(alerts: Sequence[Alert], severity: Severity) -> int:
    return sum(alert.severity is severity for alert in alerts)
