from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr, stdtrit

from sightline.domain.confidence import confidence
from sightline.vision.calibration import (
    best_f1_threshold,
    confidence_slope,
    normal_threshold,
    student_quantile,
    upper_tail,
)


@given(st.integers(1, 5000), st.floats(0.5, 0.9999))
def test_quantiles_of_student_s_t_are_those_of_scipy(freedom: int, chance: float) -> None:
    expected = stdtrit(freedom, chance)
    assert student_quantile(freedom, chance) == pytest.approx(expected, rel=1e-6, abs=1e-9)


def test_tails_of_the_normal_distribution_are_those_of_scipy() -> None:
    z = np.linspace(-40, 40, 999)
    assert upper_tail(z) == pytest.approx(ndtr(-z), abs=1e-7)


@pytest.mark.parametrize("count", [10, 20, 60, 400])
def test_normals_alone_give_few_false_alarms(count: int) -> None:
    rates = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        threshold = normal_threshold(rng.gamma(4.0, size=count))
        rates.append((rng.gamma(4.0, size=2000) >= threshold).mean())
    assert np.mean(rates) <= 0.05


def test_the_threshold_lies_between_separate_kinds() -> None:
    scores = np.array([0.0, 0.1, 0.2, 0.3, 2.0, 2.1, 2.2])
    labels = scores > 1
    assert 0.3 < best_f1_threshold(scores, labels) < 2.0


def test_collecting_more_normals_does_not_move_the_threshold() -> None:
    rng = np.random.default_rng(0)
    normals, anomalies = rng.normal(0, 1, 4000), rng.normal(2, 1, 400)
    few = best_f1_threshold(np.append(normals[:400], anomalies), np.arange(800) >= 400)
    many = best_f1_threshold(np.append(normals, anomalies), np.arange(4400) >= 4000)
    assert few == pytest.approx(many, abs=0.15)


@given(st.floats(-100, 100), st.floats(-100, 100), st.floats(0.05, 50))
def test_confidence_is_about_the_verdict_given(
    score: float, threshold: float, slope: float
) -> None:
    found = confidence(score, threshold, slope)
    assert 0.5 <= found <= 1
    assert found == pytest.approx(confidence(2 * threshold - score, threshold, slope), abs=1e-6)


def test_cleaner_scores_make_surer() -> None:
    labels = np.arange(60) >= 30
    noise = np.random.default_rng(0).normal(size=60)
    clean = confidence_slope(labels * 4 + noise * 0.3, labels, 2.0)
    murky = confidence_slope(labels * 4 + noise * 3.0, labels, 2.0)
    assert clean > murky
