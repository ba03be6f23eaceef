"""What functions cost by the hour: while they run, and while an instance is kept ready."""

from __future__ import annotations

from sightline.cost.prices import Prices


def unit_hour(memory_mb: int, prices: Prices) -> float:
    """US dollars an hour, for as long as the unit is kept; what it does for pictures comes on top.

    https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html
    """
    return prices.price["lambda_kept_gb_second"].of(memory_mb / 1024 * 3600)


def running_hour(memory_mb: int, prices: Prices) -> float:
    """US dollars for an hour in which a function runs without a pause.

    https://aws.amazon.com/lambda/pricing/
    """
    return prices.price["lambda_gb_second"].of(memory_mb / 1024 * 3600)
