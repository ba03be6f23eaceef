from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.vision.metrics import auroc, measure, roc_curve

labelled = st.lists(st.tuples(st.integers(-5, 5), st.booleans()), min_size=2, max_size=40)


@given(labelled)
def test_auroc_is_the_share_of_pairs_in_order(pairs: list[tuple[int, bool]]) -> None:
    scores = np.array([float(s) for s, _ in pairs])
    labels = np.array([anomalous for _, anomalous in pairs])
    high, low = scores[labels], scores[~labels]
    found = auroc(scores, labels)
    if not len(high) or not len(low):
        assert found is None
        return
    wins = (high[:, None] > low).sum() + 0.5 * (high[:, None] == low).sum()
    assert found == pytest.approx(wins / (len(high) * len(low)))
    fpr, tpr = roc_curve(scores, labels)
    assert found == pytest.approx(float(np.trapezoid(tpr, fpr)))


@given(labelled, st.integers(-6, 6))
def test_counts_add_up(pairs: list[tuple[int, bool]], threshold: int) -> None:
    scores = np.array([float(s) for s, _ in pairs])
    labels = np.array([anomalous for _, anomalous in pairs])
    found = measure(scores, labels, threshold)
    counts = (found.true_positives, found.false_positives, found.false_negatives)
    assert sum(counts) + found.true_negatives == found.images == len(pairs)
    assert found.anomalies == labels.sum()
    assert 0 <= found.f1 <= 1
    assert min(found.precision, found.recall) <= found.f1 + 1e-12
