from __future__ import annotations

import numpy as np
import pytest

from sightline.vision.head import balanced_weights, fit_logistic, stratified_folds


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
