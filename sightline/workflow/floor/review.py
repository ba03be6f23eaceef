"""Review: a person confirms or overrules an inspection's verdict."""

from __future__ import annotations

from sightline.domain.errors import UnavailableError
from sightline.domain.reviews import Case, Opinion, next_review
from sightline.workflow.floor.inspections import get_inspection
from sightline.workflow.floor.ports import FloorDeps

_TRIES = 4


def review(camera_id: str, image_id: str, said: Opinion, deps: FloorDeps) -> Case:
    """The case with the opinion in it. Saying again what stands changes nothing.

    Raises `NotFoundError`, `ReviewedError` when somebody was first and said something else, and
    `ForbiddenError` for changing another person's review.
    """
    for _ in range(_TRIES):
        case = get_inspection(camera_id, image_id, deps)
        at = deps.clock()
        added = next_review(case, said, at=at.replace(microsecond=at.microsecond // 1000 * 1000))
        if added is None:
            return case
        if deps.cases.review(case.recorded.inspection.ref, added):
            return Case(case.recorded, (*case.reviews, added))
    raise UnavailableError("Others review this inspection at this moment; look at it again.")
