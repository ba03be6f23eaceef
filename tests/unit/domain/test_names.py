from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.domain import names
from sightline.domain.errors import InvalidError


@pytest.mark.parametrize("text", ["a", "part 0001", "größe-3", "部品 7", "a+b%20c", "x" * 128])
def test_any_script_and_inner_spaces_make_an_image_id(text: str) -> None:
    assert names.image_id(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        " a",
        "a ",
        "a/b",
        "a\\b",
        "a#b",
        ".",
        "..",
        "a\nb",
        "a\x00",
        "\u202ex",
        "\ufffd",
        "x" * 129,
    ],
)
def test_what_would_break_a_key_is_no_image_id(text: str) -> None:
    with pytest.raises(InvalidError):
        names.image_id(text)


def test_two_ways_of_writing_an_umlaut_are_one_image_id() -> None:
    assert names.image_id("gro\u0308ße") == names.image_id("größe")


@given(st.text(max_size=200))
def test_an_image_id_is_refused_or_stable(text: str) -> None:
    try:
        once = names.image_id(text)
    except InvalidError:
        return
    assert names.image_id(once) == once
    assert len(once.encode()) <= 4 * names.IMAGE_ID_MAX


@pytest.mark.parametrize(
    "values",
    [
        {"Shift": "a"},
        {"": "a"},
        {"a" * 41: "a"},
        {"a": "b" * 257},
        {"a": "line\nbreak"},
        {f"k{n}": "v" for n in range(11)},
        {f"k{n}": "v" * 250 for n in range(5)},
    ],
)
def test_metadata_is_bounded(values: dict[str, str]) -> None:
    with pytest.raises(InvalidError):
        names.metadata(values)


@pytest.mark.parametrize("text", ["", "-a", "a.b", "a b", "a/b", "ä", "a" * 64, "a\n"])
def test_a_slug_is_ascii_and_short(text: str) -> None:
    with pytest.raises(InvalidError, match="Line"):
        names.slug(text, "Line")
