from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from sightline.vision.regions import connected_components, find_regions


@settings(deadline=None)
@given(st.integers(1, 24), st.integers(1, 24), st.floats(0, 1), st.integers(0, 1000))
def test_components_are_those_of_scipy(height: int, width: int, share: float, seed: int) -> None:
    mask = np.random.default_rng(seed).random((height, width)) < share
    ours = connected_components(mask)
    theirs, count = ndimage.label(mask, np.ones((3, 3)))
    assert np.array_equal(ours > 0, mask)
    assert ours.max(initial=0) == count
    pairs = {(int(a), int(b)) for a, b in zip(ours[mask], theirs[mask], strict=True)}
    assert len(pairs) == count


def test_a_spiral_is_one_region() -> None:
    mask = np.zeros((41, 41), bool)
    y = x = 20
    for turn, length in enumerate(range(2, 38, 2)):
        dy, dx = ((0, 1), (1, 0), (0, -1), (-1, 0))[turn % 4]
        for _ in range(length):
            y, x = min(max(y + dy, 0), 40), min(max(x + dx, 0), 40)
            mask[y, x] = True
    assert connected_components(mask).max() == 1


@given(st.integers(64, 9000), st.integers(64, 9000), st.integers(0, 500))
def test_boxes_lie_within_the_picture_and_areas_add_up(width: int, height: int, seed: int) -> None:
    values = np.random.default_rng(seed).random((9, 13)).astype(np.float32)
    regions = find_regions(values, width, height, threshold=0.8)
    assert abs(sum(r.area for r in regions) - float((values >= 0.8).mean())) < 1e-6
    assert list(regions) == sorted(regions, key=lambda r: -r.score)
    for region in regions:
        assert region.x >= 0
        assert region.y >= 0
        assert region.width >= 1
        assert region.height >= 1
        assert region.x + region.width <= width
        assert region.y + region.height <= height


def test_a_quiet_map_has_no_regions() -> None:
    assert find_regions(np.full((8, 8), 0.49, np.float32), 100, 100) == ()
