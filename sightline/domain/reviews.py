"""Reviews: what people say of inspections. The last word stands, and all of them are kept."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sightline.domain.errors import ConflictError, ForbiddenError, InvalidError
from sightline.domain.inspections import Recorded, Verdict

NOTE_MAX = 500
REVIEWS_MAX = 50  # of one inspection; all of them lie in its one item
BY_MAX = 256


class Outcome(StrEnum):
    """What a review does to the model's verdict."""

    CONFIRMED = "confirmed"
    OVERRULED = "overruled"


@dataclass(frozen=True)
class Review:
    """What a person said of an inspection: the final verdict, normal or anomalous.

    `version` counts what was said of the inspection, from 1.
    """

    outcome: Outcome
    verdict: Verdict
    by: str
    at: datetime
    note: str = ""
    version: int = 1


@dataclass(frozen=True)
class Case:
    """An inspection and what people said of it, oldest first."""

    recorded: Recorded
    reviews: tuple[Review, ...] = ()

    @property
    def review(self) -> Review | None:
        """What stands."""
        return self.reviews[-1] if self.reviews else None

    @property
    def verdict(self) -> Verdict:
        """The final verdict: a person's, or else the model's."""
        return self.review.verdict if self.review else self.recorded.inspection.verdict


@dataclass(frozen=True)
class Opinion:
    """What a person says now. `expected` is the version of the review that they saw, 0 for none."""

    verdict: Verdict
    by: str
    note: str = ""
    expected: int = 0

    def __post_init__(self) -> None:
        if self.verdict is Verdict.NOT_INSPECTED:
            raise InvalidError("A person's verdict is normal or anomalous.")
        if len(self.note) > NOTE_MAX:
            raise InvalidError(f"The note has {len(self.note)} characters; at most {NOTE_MAX}.")
        if any(_is_odd(character) for character in self.note):
            raise InvalidError("The note contains a control character.")

    def repeats(self, standing: Review) -> bool:
        """Whether this says nothing that the standing review does not say."""
        return self.verdict is standing.verdict and self.note in {"", standing.note}


class ReviewedError(ConflictError):
    """The inspection has a review that says something else: `standing`."""

    def __init__(self, message: str, standing: Review) -> None:
        super().__init__(message)
        self.standing = standing


def next_review(case: Case, said: Opinion, *, at: datetime) -> Review | None:
    """The review that an opinion leads to; None when the standing one says it already.

    Raises `ReviewedError` when somebody said something else first, or when the standing review is
    not the one that was seen; `ForbiddenError` for changing what another person said.
    """
    standing, verdict = case.review, case.recorded.inspection.verdict
    if standing is not None:
        if said.repeats(standing) and said.expected in {0, standing.version}:
            return None
        _check_change(standing, said)
    elif said.expected:
        raise ConflictError("This inspection has no review that could be changed; look again.")
    return Review(
        outcome=Outcome.CONFIRMED if said.verdict is verdict else Outcome.OVERRULED,
        verdict=said.verdict,
        by=said.by[:BY_MAX],
        at=at,
        note=said.note,
        version=standing.version + 1 if standing else 1,
    )


def _check_change(standing: Review, said: Opinion) -> None:
    when = f"{standing.at:%Y-%m-%d %H:%M:%S} UTC"
    if said.expected != standing.version:
        raise ReviewedError(
            f"{standing.by} said {standing.verdict} on {when}; look at the inspection again.",
            standing,
        )
    if said.by != standing.by:
        raise ForbiddenError(f"Only {standing.by} can change this review, made on {when}.")
    if standing.version >= REVIEWS_MAX:
        raise ReviewedError(f"This review was changed {REVIEWS_MAX} times already.", standing)


def _is_odd(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cs"} and character not in "\n\t"
