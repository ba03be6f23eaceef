"""Pauses grow, are even at random, and listen to the server."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.camera.retry import RetryPolicy, TryAgainError, retry_after_seconds

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def run(failures: list[TryAgainError], **policy: float) -> tuple[int, list[float]]:
    slept: list[float] = []
    calls = 0

    def attempt() -> int:
        nonlocal calls
        calls += 1
        if failures:
            raise failures.pop(0)
        return calls

    most = RetryPolicy(sleep=slept.append, uniform=lambda _, high: high, **policy)  # type: ignore[arg-type]
    return most.run(attempt), slept


def test_pauses_double_up_to_the_cap() -> None:
    failures = [TryAgainError("x") for _ in range(4)]
    assert run(failures, base=1.0, cap=5.0) == (5, [1.0, 2.0, 4.0, 5.0])


def test_retry_after_is_the_least_pause() -> None:
    assert run([TryAgainError("x", retry_after=7)], base=1.0)[1] == [8.0]


def test_the_last_failure_is_the_callers() -> None:
    failures = [TryAgainError(str(number)) for number in range(3)]
    with pytest.raises(TryAgainError, match="2"):
        run(failures, retries=2)


@given(st.text())
def test_any_header_is_a_pause_or_none(header: str) -> None:
    seconds = retry_after_seconds(header)
    assert seconds is None or 0 <= seconds <= 3600


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("5", 5.0),
        ("soon", None),
        ("-3", None),
        ("Sat, 31 Jan 2026 12:00:30 GMT", 30.0),
        ("9" * 500, 3600.0),
        ("²", None),
        ("Sat, 31 Jan 2096 12:00:30 GMT", 3600.0),
        ("Sat, 31 Jan 2026 11:00:00 GMT", 0.0),
    ],
)
def test_retry_after_comes_in_seconds_or_as_a_date(
    header: str | None, seconds: float | None
) -> None:
    assert retry_after_seconds(header, clock=lambda: NOON) == seconds
