"""Feedback: what people say of inspections teaches a dataset."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from sightline.domain.errors import NotFoundError
from sightline.domain.images import ImageRef
from sightline.domain.lookout import feedback
from sightline.domain.lookout.answers import Members
from sightline.domain.lookout.calls import Call
from sightline.domain.lookout.datasets import DatasetType
from sightline.domain.lookout.errors import ValidationError
from sightline.domain.lookout.feedback import LESSONS_MAX, Lesson
from sightline.domain.lookout.jobs import JobKind
from sightline.workflow.control import entries, lookup
from sightline.workflow.control.ports import ControlDeps
from sightline.workflow.floor.inspections import get_inspection

_READ_AT_ONCE = 8


def feed_back(
    project: str,
    kind: DatasetType,
    inspections: Sequence[ImageRef],
    *,
    call: Call,
    deps: ControlDeps,
) -> Members:
    """Begin to add reviewed inspections to a dataset, labelled by the final verdicts.

    Their pictures are copied to where the dataset's lie: those of the line expire.
    """
    wanted = list(dict.fromkeys(inspections))
    if not 1 <= len(wanted) <= LESSONS_MAX:
        raise ValidationError(f"Inspections must name 1 to {LESSONS_MAX} inspections.")
    dataset = lookup.get_project(project, deps.registry).dataset(kind)
    bucket = dataset.bucket or deps.floor.uploads_bucket

    def learn(ref: ImageRef) -> Lesson:
        try:
            case = get_inspection(ref.camera_id, ref.image_id, deps.floor)
        except NotFoundError as error:
            raise ValidationError(f"Inspections: {error}") from error
        return feedback.lesson(case, project, bucket)

    with ThreadPoolExecutor(_READ_AT_ONCE) as pool:
        lines = [lesson.to_line() for lesson in pool.map(learn, wanted)]
    answer = entries.begin_change(project, kind, lines, JobKind.FEED_BACK, call, deps)
    return {**answer, "Images": len(lines)}
