from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from sightline.domain.queries.rates import interval

counts = st.integers(1, 10**6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def test_of_nothing_there_is_no_share() -> None:
    assert interval(0, 0) is None


@given(counts)
def test_a_share_lies_within_its_interval(counted: tuple[int, int]) -> None:
    found = interval(*counted)
    assert found
    assert 0 <= found.low <= found.share <= found.high <= 1
    assert found.low < found.high


@given(counts)
def test_the_interval_is_wilsons(counted: tuple[int, int]) -> None:
    ends = binomtest(*counted).proportion_ci(method="wilson")
    found = interval(*counted)
    assert found
    assert (found.low, found.high) == pytest.approx((ends.low, ends.high), abs=1e-9)


@given(counts)
def test_the_same_share_of_more_images_is_surer(counted: tuple[int, int]) -> None:
    count, among = counted
    few, many = interval(count, among), interval(4 * count, 4 * among)
    assert few
    assert many
    assert many.high - many.low < few.high - few.low
