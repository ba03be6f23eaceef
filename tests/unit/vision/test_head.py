from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from sightline.vision.head import (
    balanced_weights,
    fit_in_blocks,
    fit_logistic,
    stratified_folds,
)


def problem(pictures: int, features: int, seed: int, gap: float) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = np.arange(pictures) % 4 == 0
    return rng.normal(size=(pictures, features)) + gap * labels[:, None], labels


@settings(max_examples=50, deadline=None)
@given(
    st.integers(12, 80),
    st.integers(1, 20),
    st.integers(0, 999),
    st.sampled_from([0.0, 1.0, 5.0]),
    st.sampled_from([1e-5, 1e-3, 0.1]),
)
def test_no_other_head_has_a_smaller_loss(
    pictures: int, features: int, seed: int, gap: float, penalty: float
) -> None:
    """Also of kinds that are apart, where only the penalty keeps the weights finite."""
    x, labels = problem(pictures, features, seed, gap)
    weights, sign = balanced_weights(labels) / len(labels), np.where(labels, 1, -1)

    def loss(at: np.ndarray) -> float:
        margin = sign * (x @ at[:-1] + at[-1])
        return float(weights @ np.logaddexp(0, -margin) + penalty / 2 * at[:-1] @ at[:-1])

    found = fit_logistic(x, labels, penalty)
    other = minimize(loss, np.zeros(features + 1), method="L-BFGS-B")
    assert loss(np.append(found.weights, found.offset)) <= other.fun + 1e-9


def test_rows_in_blocks_give_the_same_as_all_at_once() -> None:
    x, labels = problem(90, 7, 0, 1.0)
    parts = [slice(0, 1), slice(1, 40), slice(40, 90)]
    whole = fit_logistic(x, labels, 0.01)
    found = fit_in_blocks(lambda: [(x[part], labels[part]) for part in parts], 7, 0.01)
    assert found.weights == pytest.approx(whole.weights, abs=1e-9)
    assert found.offset == pytest.approx(whole.offset, abs=1e-9)


def test_more_features_than_pictures_gives_the_same_as_solving_in_full() -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(30) % 3 == 0
    narrow = rng.normal(size=(30, 8)) + labels[:, None]
    wide = np.concatenate([narrow, np.zeros((30, 40))], axis=1)
    first, second = fit_logistic(narrow, labels, 0.1), fit_logistic(wide, labels, 0.1)
    assert second.weights[:8] == pytest.approx(first.weights, abs=1e-3)
    assert second.weights[8:] == pytest.approx(0, abs=1e-9)
    assert second.offset == pytest.approx(first.offset, abs=1e-3)


def test_a_rare_kind_has_the_same_say() -> None:
    weights = balanced_weights(np.array([True] + [False] * 9))
    assert weights[0] == pytest.approx(weights[1:].sum())
    assert weights.sum() == pytest.approx(10)


def test_folds_spread_both_kinds_evenly() -> None:
    labels = np.arange(43) < 11
    folds = stratified_folds(labels, 5, np.random.default_rng(0))
    for kind in (True, False):
        counts = np.bincount(folds[labels == kind], minlength=5)
        assert counts.max() - counts.min() <= 1
