"""Inspections: what was found in one image, and whether a person should look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sightline.domain import times
from sightline.domain.images import ImageRef


class Verdict(StrEnum):
    """How an inspection ended."""

    NORMAL = "normal"
    ANOMALOUS = "anomalous"
    NOT_INSPECTED = "not_inspected"


class Severity(StrEnum):
    """How urgently a person should look."""

    HIGH = "high"  # anomalous, and sure of it
    MEDIUM = "medium"  # anomalous, but not sure
    LOW = "low"  # normal, but not sure
    NONE = "none"


# Reasons why an image could not be inspected that lie in the picture itself.
IMAGE_REASONS = frozenset(
    {"not_an_image", "too_small", "too_large", "truncated", "unsupported", "empty"}
)


@dataclass(frozen=True)
class Region:
    """One defective region: a box in pixels of the original image, area as a share of it."""

    x: int
    y: int
    width: int
    height: int
    area: float
    score: float
    label: str | None = None


@dataclass(frozen=True)
class Inspection:
    """One image's result; scores are floats, `confidence` is 0..1 in the verdict given."""

    ref: ImageRef
    bucket: str
    key: str
    facility: str
    line: str
    project: str
    captured_at: datetime
    verdict: Verdict
    version_id: str | None = None
    reason: str | None = None
    explanation: str | None = None
    confidence: float | None = None
    score: float | None = None
    threshold: float | None = None
    model_version: str | None = None
    width: int | None = None
    height: int | None = None
    regions: tuple[Region, ...] = ()
    map_key: str | None = None
    detect_ms: float | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)

    def severity(self, uncertain_below: float) -> Severity:
        """How urgent this is when confidence under `uncertain_below` counts as not sure."""
        unsure = self.confidence is not None and self.confidence < uncertain_below
        if self.verdict is Verdict.ANOMALOUS:
            return Severity.MEDIUM if unsure else Severity.HIGH
        if self.verdict is Verdict.NORMAL and unsure:
            return Severity.LOW
        return Severity.NONE

    @property
    def is_invalid_image(self) -> bool:
        """Whether the picture itself is why there is no verdict."""
        return self.verdict is Verdict.NOT_INSPECTED and self.reason in IMAGE_REASONS

    def to_json(self) -> dict[str, Any]:
        """The form that travels between the states of the workflow."""
        values = asdict(self)
        values["captured_at"] = times.to_wire(self.captured_at)
        values["verdict"] = self.verdict.value
        values["regions"] = [asdict(region) for region in self.regions]
        values["metadata"] = dict(self.metadata)
        return values

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Inspection:
        """The inverse of `to_json`."""
        return cls(
            **{
                **values,
                "ref": ImageRef(**values["ref"]),
                "captured_at": times.from_wire(values["captured_at"]),
                "verdict": Verdict(values["verdict"]),
                "regions": tuple(Region(**region) for region in values["regions"]),
            }
        )


@dataclass(frozen=True)
class Recorded:
    """An inspection as the table holds it."""

    inspection: Inspection
    recorded_at: datetime
    severity: Severity

    @property
    def position(self) -> str:
        """Sorts by the time of capture, and is another one for every image."""
        return f"{times.to_wire(self.inspection.captured_at)}#{self.inspection.ref.pk}"

    @property
    def line_minute(self) -> str:
        """The line and the minute of recording: what a digest folds together."""
        minute = self.recorded_at.strftime("%Y-%m-%dT%H:%MZ")
        return f"{self.inspection.facility}/{self.inspection.line}/{minute}"

    def to_json(self) -> dict[str, Any]:
        """The form that travels between the states of the workflow."""
        return {
            "inspection": self.inspection.to_json(),
            "recorded_at": times.to_wire(self.recorded_at),
            "severity": self.severity.value,
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Recorded:
        """The inverse of `to_json`."""
        return cls(
            inspection=Inspection.from_json(values["inspection"]),
            recorded_at=times.from_wire(values["recorded_at"]),
            severity=Severity(values["severity"]),
        )
