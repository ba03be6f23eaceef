from __future__ import annotations

import numpy as np
import pytest

from sightline.vision.backbone.defects import spoil, visible
from sightline.vision.backbone.fields import FIELDS
from sightline.vision.backbone.pool import VIEWS, ProductPool
from sightline.vision.backbone.scenes import VIEW, random_product, render_view


@pytest.mark.parametrize("family", [family for family, _ in FIELDS], ids=lambda f: f.__name__)
def test_every_texture_fills_its_range_without_gaps(family: object) -> None:
    for seed in range(5):
        field = family(np.random.default_rng(seed), 48)  # type: ignore[operator]
        assert field.shape == (48, 48)
        assert field.dtype == np.float32
        assert np.isfinite(field).all()
        assert field.min() >= 0
        assert field.max() <= 1


def test_views_of_a_product_are_alike_but_not_equal() -> None:
    rng = np.random.default_rng(4)
    same, other = [], []
    for _ in range(12):
        product = random_product(rng)
        first, second = render_view(rng, product), render_view(rng, product)
        stranger = render_view(rng, random_product(rng))
        assert first.shape == (VIEW, VIEW, 3)
        assert not np.array_equal(first, second)
        same.append(np.abs(first.mean((0, 1)) - second.mean((0, 1))).mean())
        other.append(np.abs(first.mean((0, 1)) - stranger.mean((0, 1))).mean())
    assert np.mean(same) < np.mean(other) / 2


def test_most_defects_can_be_seen_and_nothing_else_changes() -> None:
    rng = np.random.default_rng(5)
    seen = 0
    for _ in range(60):
        clean = render_view(rng, random_product(rng))[:64, :64]
        foreign = render_view(rng, random_product(rng))[:64, :64]
        spoiled = spoil(rng, clean, foreign)
        shows, changed = visible(clean, spoiled)
        assert spoiled.shape == clean.shape
        assert spoiled.min() >= 0
        assert spoiled.max() <= 1
        seen += bool(shows.any())
        assert changed.mean() < 0.9
    assert seen >= 40


def test_batches_repeat_with_the_seed() -> None:
    first = ProductPool(1, warm_up=4).batch(3, 64)
    second = ProductPool(1, warm_up=4).batch(3, 64)
    other = ProductPool(2, warm_up=4).batch(3, 64)
    assert first.pictures.shape == (VIEWS, 3, 3, 64, 64)
    assert np.array_equal(first.pictures, second.pictures)
    assert not np.array_equal(first.pictures, other.pictures)
    assert first.visible.max() <= 1


def test_the_pool_is_bounded() -> None:
    pool = ProductPool(0, capacity=3, warm_up=5)
    assert len(pool._views) == 3
