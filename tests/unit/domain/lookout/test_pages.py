from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.domain.lookout import pages
from sightline.domain.lookout.errors import ValidationError

QUESTION = {"operation": "ListModels", "project": "castings"}


@given(st.text())
def test_a_token_says_where_the_next_page_begins(position: str) -> None:
    assert pages.after(QUESTION, pages.next_token(QUESTION, position)) == position
    assert pages.after(QUESTION, None) == ""


@given(st.text() | st.binary().map(str))
def test_a_made_up_token_is_refused(token: str) -> None:
    with pytest.raises(ValidationError):
        pages.after(QUESTION, token)


def test_a_token_of_another_question_is_refused() -> None:
    token = pages.next_token({**QUESTION, "project": "other"}, "1")
    with pytest.raises(ValidationError, match="belongs to another request"):
        pages.after(QUESTION, token)


@pytest.mark.parametrize("position", ["-1", "x", "1" * 10, "²"])
def test_a_position_that_is_no_number_is_refused(position: str) -> None:
    assert pages.offset(QUESTION, None) == 0
    assert pages.offset(QUESTION, pages.next_token(QUESTION, "12")) == 12
    with pytest.raises(ValidationError, match="not one that this service gave"):
        pages.offset(QUESTION, pages.next_token(QUESTION, position))


@pytest.mark.parametrize("size", [0, 101, -1])
def test_a_page_has_1_to_100_results(size: int) -> None:
    with pytest.raises(ValidationError, match="between 1 and 100"):
        pages.page_size(size)
    assert (pages.page_size(None), pages.page_size(1)) == (100, 1)
