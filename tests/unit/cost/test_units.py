"""What an instance that is kept ready costs an hour."""

from __future__ import annotations

import pytest

from sightline.cost.prices import Prices
from sightline.cost.units import unit_hour


def test_a_unit_costs_by_its_memory() -> None:
    prices = Prices.read()
    assert unit_hour(2048, prices) == pytest.approx(2 * 3600 * 0.0000041667)
    assert unit_hour(1024, prices) == pytest.approx(unit_hour(2048, prices) / 2)
