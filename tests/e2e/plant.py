"""A plant whose pictures end as is known beforehand: what becomes of one follows from its number.

The numbers are the last bytes of the pictures, so that an oracle can stand in for the model, and
whoever compares knows what there must be without asking the system.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from sightline.domain import cameras
from sightline.domain.cameras import Camera
from sightline.domain.errors import UnusableImageError
from sightline.domain.images import ImageRef
from sightline.domain.inspections import Verdict
from sightline.domain.models import HostingStatus, ModelRecord
from sightline.domain.reviews import Outcome, Review
from sightline.workflow.ports import HostedResult
from tests.e2e.conftest import FACILITY, LINE, PROJECT

UNCERTAIN_BELOW = 0.7
REVIEWER = "lead"
MODELS = {PROJECT: "1", "lenses": "4"}
"""The version of the running model, by project; that of the gears is not running."""
_COLUMNS = ("camera", "name", "line", "line_name", "facility", "facility_name", "project")
_PLACES = (
    (f"{LINE}-top", "From above", LINE, "Press 1", FACILITY, "Leipzig", PROJECT),
    (f"{LINE}-side", "", LINE, "Press 1", FACILITY, "Leipzig", PROJECT),
    ("press-2-top", "", "press-2", "", FACILITY, "Leipzig", PROJECT),
    ("lens-1", "Lens", "polish", "Polish", "turin", "Torino", "lenses"),
    ("gear-1", "", "gears", "Gears", "turin", "Torino", "gears"),
)
PLACES = [dict(zip(_COLUMNS, place, strict=True)) for place in _PLACES]
_SHARES = (8, 6, 3, 4, 1)
KINDS = (None, "dent", "scratch", "stain")


@dataclass(frozen=True)
class Picture:
    """A picture, and all that becomes of it."""

    number: int
    place: dict[str, str]
    verdict: Verdict
    confidence: float | None
    score: float | None
    kinds: tuple[str | None, ...]
    """Of the regions found."""
    said: Verdict | None
    """What a person says of it."""

    @property
    def ref(self) -> ImageRef:
        return ImageRef(self.place["camera"], f"part {self.number}")

    @property
    def review(self) -> Outcome | None:
        if self.said is None:
            return None
        return Outcome.CONFIRMED if self.said is self.verdict else Outcome.OVERRULED

    def reviewed(self, at: datetime) -> Review:
        """The review of a picture that has one."""
        assert self.review
        assert self.said
        return Review(self.review, self.said, REVIEWER, at)

    def row(self, captured_at: datetime) -> dict[str, Any]:
        """Its row of the lake in its latest form, but for what the clocks decide."""
        place, known = self.place, self.confidence is not None
        return {
            "image": self.ref.pk,
            "camera": place["camera"],
            "camera_name": place["name"] or place["camera"],
            "project": place["project"],
            "facility": place["facility"],
            "facility_name": place["facility_name"],
            "line": place["line"],
            "line_name": place["line_name"] or place["line"],
            "captured_at": captured_at.replace(tzinfo=None),
            "dt": captured_at.strftime("%Y-%m-%d"),
            "hour": captured_at.hour,
            "weekday": captured_at.isoweekday(),
            "verdict": self.verdict.value,
            "severity": self._severity(),
            "confidence": self.confidence,
            "score": self.score,
            "threshold": 1.5 if known else None,
            "model_version": MODELS.get(place["project"]),
            "defect_count": len(self.kinds),
            "defect_types": sorted({kind for kind in self.kinds if kind}),
            "defect_area": 0.125 * len(self.kinds),
            "metadata": {"part": str(self.number)},
            "review_verdict": self.said and self.said.value,
            "review_outcome": self.review and self.review.value,
            "sequence": 2 if self.said else 1,
        }

    def _severity(self) -> str:
        sure = self.confidence is None or self.confidence >= UNCERTAIN_BELOW
        if self.verdict is Verdict.ANOMALOUS:
            return "high" if sure else "medium"
        return "none" if sure else "low"


def picture(number: int) -> Picture:
    """The picture of a number."""
    draw = random.Random(number)  # noqa: S311 - not for secrets
    [place] = draw.choices(PLACES, _SHARES)
    anomalous, usable, reviewed = draw.random() < 0.2, draw.random() < 0.95, draw.random() < 0.3
    # Never where bins meet: there, two ways of working out a bin may differ by a rounding.
    confidence = 0.5 + (draw.randrange(5000) + 0.5) / 10_000
    kinds = tuple(draw.choice(KINDS) for _ in range(draw.randrange(4)))
    said = draw.choice([Verdict.NORMAL, Verdict.ANOMALOUS])
    if not usable or place["project"] not in MODELS:
        return Picture(number, place, Verdict.NOT_INSPECTED, None, None, (), None)
    verdict = Verdict.ANOMALOUS if anomalous else Verdict.NORMAL
    found = kinds if anomalous else ()
    score = float(number % 7)
    return Picture(number, place, verdict, confidence, score, found, said if reviewed else None)


class Oracle:
    """A host that says of a picture what its number decides."""

    def inspect(self, model: ModelRecord, data: bytes) -> HostedResult:
        del model
        known = picture(int(data[-6:]))
        if known.confidence is None or known.score is None:
            raise UnusableImageError("truncated", "The picture ends too early.")
        box = {"x": 1, "y": 2, "width": 3, "height": 4, "area": 0.125, "score": 0.9}
        return HostedResult(
            score=known.score,
            threshold=1.5,
            confidence=known.confidence,
            anomalous=known.verdict is Verdict.ANOMALOUS,
            width=64,
            height=48,
            regions=[{**box, "label": kind} for kind in known.kinds],
            map_png=b"png",
        )


def registered(at: datetime) -> list[tuple[Camera, str]]:
    """The plant's cameras, with their tokens."""
    found = []
    for place in PLACES:
        names = {name: value for name, value in place.items() if name != "camera"}
        found.append(cameras.register(place["camera"], at=at, **names))
    return found


def models() -> list[ModelRecord]:
    """The models that run."""
    return [
        ModelRecord(project, version, f"{project}/{version}", "ab" * 32, HostingStatus.HOSTED)
        for project, version in MODELS.items()
    ]


def table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Rows as pandas has them, for working out what queries should answer."""
    return pd.DataFrame(rows).astype({"captured_at": "datetime64[ms]", "confidence": "float64"})
