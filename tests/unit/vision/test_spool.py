from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.vision.candidates import Descriptors, fit_options
from sightline.vision.scoring import FIGURES
from sightline.vision.spool import Spool

CHANNELS, KEPT = 60, 8


@given(st.integers(0, 40), st.integers(1, 60_000), st.integers(1, 3))
def test_what_was_appended_comes_back_in_order(count: int, length: int, width: int) -> None:
    arrays = np.random.default_rng(0).random((count, length, width), np.float32)
    spool = Spool((length, width))
    for values in arrays:
        spool.append(values)
    assert len(spool) == count
    found = list(spool.blocks())
    assert all(len(block) == places.stop - places.start for places, block in found)
    if count:
        assert np.array_equal(np.concatenate([block for _, block in found]), arrays)


def test_two_readers_and_a_writer_do_not_disturb_each_other() -> None:
    spool = Spool((300_000,))
    for value in range(3):
        spool.append(np.full(300_000, value, np.float32))
    pairs = [(a.start, b.start) for a, _ in spool.blocks() for b, _ in spool.blocks()]
    assert pairs == [(a, b) for a in range(3) for b in range(3)]
    reading = spool.blocks()
    next(reading)
    spool.append(np.full(300_000, 3, np.float32))
    assert next(reading)[1][0, 0] == 1
    assert [block[0, 0] for _, block in spool.blocks()] == [0, 1, 2, 3]


def test_an_array_of_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\(3,\).*\(4,\)"):
        Spool((4,)).append(np.zeros(3, np.float32))


def test_fitting_holds_a_few_numbers_of_every_picture_not_its_features() -> None:
    few, many = peak_of_fitting(500), peak_of_fitting(2000)
    features = 4 * (FIGURES + 2 * CHANNELS + KEPT * (CHANNELS + 1))
    assert features > 2000
    assert (many - few) / 1500 < 400


def peak_of_fitting(pictures: int) -> int:
    """The most bytes that fitting verdicts holds at once."""
    anomalous = np.arange(pictures) % 5 == 0
    described = descriptors(anomalous)
    patches = spooled((KEPT, CHANNELS + 1), anomalous, 1)
    tracemalloc.start()
    try:
        fit_options(described, [patches], anomalous, 0)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def descriptors(anomalous: np.ndarray) -> Descriptors:
    width = FIGURES + 2 * CHANNELS
    raw = spooled((width,), anomalous, 0)
    return Descriptors(raw, np.zeros(width), np.ones(width), np.arange(FIGURES)[None])


def spooled(shape: tuple[int, ...], anomalous: np.ndarray, seed: int) -> Spool:
    rng = np.random.default_rng(seed)
    spool = Spool(shape)
    for label in anomalous:
        spool.append(rng.normal(0.3 * label, 1, shape).astype(np.float32))
    return spool
