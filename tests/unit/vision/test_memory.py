from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sightline.vision.memory import build_memory, greedy_coreset, sample_patches


def test_the_coreset_reaches_every_cluster() -> None:
    rng = np.random.default_rng(0)
    centres = np.eye(6, dtype=np.float32) * 50
    pool = np.repeat(centres, [500, 400, 50, 10, 3, 1], axis=0)
    pool += rng.normal(size=pool.shape).astype(np.float32)
    chosen = greedy_coreset(pool, 6, rng)
    assert len({int(pool[i].argmax()) for i in chosen}) == 6


@settings(deadline=None)
@given(st.integers(1, 200), st.integers(2, 50), st.integers(0, 5))
def test_a_memory_is_bounded_drawn_from_the_pool_and_repeatable(
    count: int, size: int, seed: int
) -> None:
    pool = np.random.default_rng(seed).normal(size=(count, 4)).astype(np.float32)
    sources = np.arange(count)
    first = build_memory(pool, sources, size, np.random.default_rng(seed))
    second = build_memory(pool, sources, size, np.random.default_rng(seed))
    assert len(first.vectors) == min(count, size)
    assert len(set(first.sources.tolist())) == len(first.sources)
    assert np.array_equal(first.vectors, pool[first.sources])
    assert np.array_equal(first.vectors, second.vectors)


def test_samples_are_ordered_and_without_repetition() -> None:
    patches = np.zeros((100, 3), np.float32)
    index = sample_patches(patches, 30, np.random.default_rng(1))
    assert len(index) == 30
    assert (np.diff(index) > 0).all()
    assert len(sample_patches(patches, 500, np.random.default_rng(1))) == 100
