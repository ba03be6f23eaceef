"""Lessons: inspected pictures that a dataset learns from, labelled by people's final verdicts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from sightline.domain.inspections import Verdict
from sightline.domain.lookout import manifest
from sightline.domain.lookout.errors import ValidationError
from sightline.domain.lookout.manifest import Label
from sightline.domain.lookout.records import S3Object
from sightline.domain.reviews import Case

FEEDBACK_PREFIX = "feedback/"
LESSONS_MAX = 100
_LABELS = {Verdict.NORMAL: Label.NORMAL, Verdict.ANOMALOUS: Label.ANOMALY}
_READABLE = (".jpg", ".png")


@dataclass(frozen=True)
class Lesson:
    """One picture: where it lies, where its copy goes, and what it shows."""

    source: S3Object
    target: S3Object
    label: Label

    def entry(self, at: datetime) -> str:
        """The copy's line in the dataset."""
        return manifest.write_line(self.target, self.label, at)

    def to_line(self) -> str:
        """The lesson as a stored line."""
        places = [vars(self.source), vars(self.target)]
        return json.dumps([*places, self.label.value])

    @classmethod
    def of_line(cls, line: str) -> Lesson:
        """A lesson from its stored line."""
        source, target, label = json.loads(line)
        return cls(S3Object(**source), S3Object(**target), Label(label))


def lesson(case: Case, project: str, bucket: str) -> Lesson:
    """What a reviewed inspection of this project teaches; the copy goes to the bucket.

    The same picture has the same place however often it comes. Raises `ValidationError` when nobody
    has reviewed it, or when it is not one that models learn from.
    """
    found = case.recorded.inspection
    name = f"image {found.ref.image_id!r} of camera {found.ref.camera_id}"
    if found.project != project:
        raise ValidationError(f"Inspections: {name} is of project {found.project}.")
    if case.review is None:
        raise ValidationError(f"Inspections: nobody has reviewed {name}.")
    if not found.key.lower().endswith(_READABLE):
        raise ValidationError(f"Inspections: {name} is neither PNG nor JPEG.")
    kept = f"{FEEDBACK_PREFIX}{project}/{found.ref.camera_id}/{found.key.rpartition('/')[2]}"
    return Lesson(
        source=S3Object(found.bucket, found.key, found.version_id),
        target=S3Object(bucket, kept),
        label=_LABELS[case.review.verdict],
    )
