from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.domain.errors import ConflictError, ForbiddenError, InvalidError
from sightline.domain.inspections import Verdict
from sightline.domain.reviews import (
    NOTE_MAX,
    REVIEWS_MAX,
    Case,
    Opinion,
    Outcome,
    Review,
    ReviewedError,
    next_review,
)
from tests.examples import NOON, recorded

NORMAL, ANOMALOUS, NOT_INSPECTED = Verdict.NORMAL, Verdict.ANOMALOUS, Verdict.NOT_INSPECTED
LATER = NOON + timedelta(minutes=1)


def case(*reviews: Review, verdict: Verdict = ANOMALOUS) -> Case:
    return Case(recorded(verdict=verdict), reviews)


def said(verdict: Verdict, *, by: str = "lead", version: int = 1, note: str = "") -> Review:
    outcome = Outcome.CONFIRMED if verdict is ANOMALOUS else Outcome.OVERRULED
    return Review(outcome, verdict, by, NOON, note, version)


@pytest.mark.parametrize(
    ("model", "person", "outcome"),
    [
        (ANOMALOUS, ANOMALOUS, Outcome.CONFIRMED),
        (ANOMALOUS, NORMAL, Outcome.OVERRULED),
        (NORMAL, NORMAL, Outcome.CONFIRMED),
        (NORMAL, ANOMALOUS, Outcome.OVERRULED),
        (NOT_INSPECTED, NORMAL, Outcome.OVERRULED),
        (NOT_INSPECTED, ANOMALOUS, Outcome.OVERRULED),
    ],
)
def test_a_first_review_confirms_or_overrules(
    model: Verdict, person: Verdict, outcome: Outcome
) -> None:
    found = next_review(case(verdict=model), Opinion(person, "lead", "edge"), at=LATER)
    assert found == Review(outcome, person, "lead", LATER, "edge", 1)


def test_a_persons_verdict_is_the_final_one() -> None:
    assert case().verdict is ANOMALOUS
    assert case(said(NORMAL)).verdict is NORMAL
    assert case(said(NORMAL), said(ANOMALOUS, version=2)).verdict is ANOMALOUS


@pytest.mark.parametrize("by", ["lead", "somebody else"])
@pytest.mark.parametrize("note", ["", "scratch"])
@pytest.mark.parametrize("expected", [0, 1])
def test_saying_what_stands_changes_nothing(by: str, note: str, expected: int) -> None:
    standing = case(said(NORMAL, note="scratch"))
    assert next_review(standing, Opinion(NORMAL, by, note, expected), at=LATER) is None


@pytest.mark.parametrize("expected", [0, 1, 3])
def test_who_did_not_see_the_standing_review_is_told_of_it(expected: int) -> None:
    standing = said(NORMAL, version=2)
    with pytest.raises(ReviewedError, match="lead said normal on 2026-03-14") as refused:
        next_review(
            case(said(ANOMALOUS), standing), Opinion(ANOMALOUS, "lead", "", expected), at=LATER
        )
    assert refused.value.standing == standing


def test_nobody_changes_what_another_person_said() -> None:
    with pytest.raises(ForbiddenError, match="Only lead can change this review"):
        next_review(case(said(NORMAL)), Opinion(ANOMALOUS, "somebody else", "", 1), at=LATER)


def test_a_person_may_change_what_they_said_and_how_they_explained_it() -> None:
    standing = case(said(NORMAL))
    changed = next_review(standing, Opinion(ANOMALOUS, "lead", "", 1), at=LATER)
    assert changed == Review(Outcome.CONFIRMED, ANOMALOUS, "lead", LATER, "", 2)
    explained = next_review(standing, Opinion(NORMAL, "lead", "a shadow", 1), at=LATER)
    assert explained == Review(Outcome.OVERRULED, NORMAL, "lead", LATER, "a shadow", 2)


def test_a_review_that_was_never_there_cannot_be_changed() -> None:
    with pytest.raises(ConflictError, match="no review that could be changed"):
        next_review(case(), Opinion(NORMAL, "lead", "", 1), at=LATER)


def test_changes_of_one_review_come_to_an_end() -> None:
    standing = case(said(NORMAL, version=REVIEWS_MAX))
    with pytest.raises(ReviewedError, match=f"{REVIEWS_MAX} times already"):
        next_review(standing, Opinion(ANOMALOUS, "lead", "", REVIEWS_MAX), at=LATER)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"verdict": NOT_INSPECTED}, "normal or anomalous"),
        ({"note": "x" * (NOTE_MAX + 1)}, f"{NOTE_MAX + 1} characters; at most {NOTE_MAX}"),
        ({"note": "a\x00b"}, "control character"),
        ({"note": "a\x1b[31m"}, "control character"),
        ({"note": "\ud800"}, "control character"),
    ],
)
def test_an_opinion_is_a_verdict_and_a_note_that_can_be_shown(
    changes: dict[str, str], words: str
) -> None:
    with pytest.raises(InvalidError, match=words):
        replace(Opinion(NORMAL, "lead"), **changes)  # type: ignore[arg-type]


def test_notes_may_have_lines_and_any_script() -> None:
    assert Opinion(NORMAL, "lead", "größe\n\t検査 " + "x" * (NOTE_MAX - 10)).note


@given(
    st.lists(
        st.tuples(
            st.sampled_from([NORMAL, ANOMALOUS]),
            st.sampled_from(["lead", "operator"]),
            st.sampled_from(["", "why"]),
            st.integers(0, 4),
        ),
        max_size=12,
    )
)
def test_whatever_people_say_versions_count_and_one_person_stands(
    opinions: list[tuple[Verdict, str, str, int]],
) -> None:
    now = case()
    for verdict, by, note, expected in opinions:
        try:
            found = next_review(now, Opinion(verdict, by, note, expected), at=LATER)
        except (ConflictError, ForbiddenError):
            continue
        if found is not None:
            now = replace(now, reviews=(*now.reviews, found))
    assert [review.version for review in now.reviews] == list(range(1, len(now.reviews) + 1))
    assert len({review.by for review in now.reviews}) <= 1
    assert all((r.outcome is Outcome.CONFIRMED) == (r.verdict is ANOMALOUS) for r in now.reviews)
