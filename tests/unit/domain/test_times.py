from __future__ import annotations

import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.domain import times
from sightline.domain.errors import InvalidError


def test_any_offset_becomes_utc() -> None:
    assert times.to_wire(times.from_wire("2026-01-31T09:15:00.2504+01:00")) == (
        "2026-01-31T08:15:00.250Z"
    )


@pytest.mark.parametrize("text", ["2026-01-31T08:15:00", "yesterday", "", "0001-01-01T00:00+23:59"])
def test_a_time_without_zone_or_sense_is_refused(text: str) -> None:
    with pytest.raises(InvalidError):
        times.from_wire(text)


@given(st.datetimes(min_value=datetime(1970, 1, 1), timezones=st.just(UTC)))
def test_the_wire_keeps_milliseconds(moment: datetime) -> None:
    cut = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    assert times.from_wire(times.to_wire(moment)) == cut


@given(st.text(max_size=40))
def test_no_text_breaks_the_parser(text: str) -> None:
    with contextlib.suppress(InvalidError):
        assert times.from_wire(text).tzinfo is UTC
