"""The memory of normal patches: bounded, however many pictures it is learned from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class Memory:
    """Patch vectors float32 (m, d) and the picture that each came from, int64 (m,)."""

    vectors: Vectors
    sources: NDArray[np.int64]


def sample_patches(patches: Vectors, count: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Indices of at most `count` of the patches (p, d), without repetition, in order."""
    if len(patches) <= count:
        return np.arange(len(patches))
    return np.sort(rng.choice(len(patches), count, replace=False))


def greedy_coreset(pool: Vectors, size: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Indices of `size` vectors that cover the pool (p, d): each is the farthest from all before.

    The greedy k-center rule (Gonzalez 1985, doi:10.1016/0304-3975(85)90224-5) as used for
    anomaly detection by PatchCore (Roth et al. 2022, arXiv:2106.08265).
    """
    if len(pool) <= size:
        return np.arange(len(pool))
    squares = np.einsum("pd,pd->p", pool, pool)
    chosen = np.empty(size, np.intp)
    chosen[0] = rng.integers(len(pool))
    distance = np.full(len(pool), np.inf, np.float32)
    for index in range(1, size):
        last = chosen[index - 1]
        fresh = squares + squares[last] - 2 * np.einsum("pd,d->p", pool, pool[last])
        np.minimum(distance, fresh, out=distance)
        chosen[index] = distance.argmax()
    return chosen


def build_memory(
    pool: Vectors, sources: NDArray[np.int64], size: int, rng: np.random.Generator
) -> Memory:
    """A memory of `size` patches: half of it covers the pool, half follows its density."""
    spread = greedy_coreset(pool, size // 2, rng)
    rest = np.setdiff1d(np.arange(len(pool)), spread)
    drawn = rng.choice(rest, min(size - len(spread), len(rest)), replace=False)
    index = np.sort(np.concatenate([spread, drawn]))
    return Memory(pool[index], sources[index])
