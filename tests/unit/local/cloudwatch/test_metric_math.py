"""Metric math as the alarms use it."""

from __future__ import annotations

import pytest

from sightline.domain.errors import InvalidError
from sightline.local.cloudwatch.metric_math import Band, band, evaluate

NOW = {"images": 50.0, "defects": 10.0, "none": None, "zero": 0.0}


def now(name: str, _ago: int) -> float | None:
    return NOW[name]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("100 * defects / images", 20),
        ("images - defects", 40),
        ("IF(images >= 50, 100 * defects / images, 0)", 20),
        ("IF(images > 50, 100 * defects / images, 0)", 0),
        ("defects / zero", None),
        ("100 * none / images", None),
        ("IF(none > 1, 1, 0)", None),
    ],
)
def test_expressions(expression: str, value: float | None) -> None:
    assert evaluate(expression, now) == value


@pytest.mark.parametrize(
    "expression", ["FILL(images, 0)", "images.real", "__import__('os')", "1 +", "'a'", "1 < 2 < 3"]
)
def test_what_is_not_supported_is_refused(expression: str) -> None:
    with pytest.raises(InvalidError, match="metric math"):
        evaluate(expression, now)


def test_the_band_is_what_the_periods_before_were_like() -> None:
    def rates(_name: str, ago: int) -> float | None:
        return {0: 99.0, 1: 4.0, 2: 6.0, 3: 4.0, 4: 6.0, 5: None, 6: 5.0}.get(ago)

    found = band("ANOMALY_DETECTION_BAND(rate, 2)", rates)
    assert found is not None
    assert found == Band(pytest.approx(5 - 2 * 0.8944, abs=1e-3), pytest.approx(6.789, abs=1e-3))


def test_too_few_periods_say_nothing_of_what_is_usual() -> None:
    def young(_name: str, ago: int) -> float | None:
        return 5.0 if ago < 5 else None

    assert band("ANOMALY_DETECTION_BAND(rate, 2)", young) is None


def test_a_band_is_a_band() -> None:
    with pytest.raises(InvalidError):
        band("100 * rate", now)
