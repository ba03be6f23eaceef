"""The page on scale is the one that the kept results make."""

from __future__ import annotations

import pytest

from sightline.cost import results
from sightline.scale.page import FILE, page


@pytest.mark.slow
def test_the_page_is_up_to_date() -> None:
    expected = page(results.load("pipeline"))
    assert FILE.read_text() == expected, "run: python -m sightline.scale.page"
