from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.vision.metrics import auroc
from sightline.vision.patches import held_out_suspicion, most_novel, patches_kept
from sightline.vision.spool import Spool


def bags(pictures: int, anomalous: np.ndarray, seed: int) -> Spool:
    """Twenty patches each; one patch of every anomaly points another way, a little farther off."""
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(pictures, 20, 6)).astype(np.float32)
    distances = rng.random((pictures, 20)).astype(np.float32)
    at = rng.integers(0, 20, pictures)
    for index in np.flatnonzero(anomalous):
        vectors[index, at[index], :2] += 5
        distances[index, at[index]] += 0.8
    spool = Spool((20, 7))
    for rows in np.concatenate([vectors, distances[..., None]], axis=-1):
        spool.append(rows)
    return spool


def test_one_odd_patch_is_learned_without_knowing_which() -> None:
    anomalous = np.arange(60) % 3 == 0
    folds = np.arange(60) % 5
    heads, scores = held_out_suspicion([bags(60, anomalous, 1)], anomalous, folds)
    assert len(heads) == 1
    found = auroc(scores, anomalous)
    assert found is not None
    assert found > 0.9


def test_what_is_kept_is_bounded_however_many_pictures_there_are() -> None:
    counts = [patches_kept(n) for n in (10, 100, 1000, 4000, 100_000)]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] == 48
    assert counts[-1] == 8


@given(st.integers(1, 30), st.integers(0, 99))
def test_the_most_novel_patches_are_kept(count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    vectors, distances = rng.random((3, 40), np.float32), rng.random(40, np.float32)
    kept = most_novel(vectors, distances, count)
    assert kept.shape == (count, 4)
    assert kept[:, 3] == pytest.approx(np.sort(distances)[::-1][:count])
    assert np.array_equal(kept[0, :3], vectors[:, distances.argmax()])
