"""Shares of counts, and how sure one can be of them."""

from __future__ import annotations

from math import sqrt
from typing import NamedTuple

Z_95 = 1.959963984540054  # the 97.5th percentile of the normal distribution


class Interval(NamedTuple):
    """A share and the ends of its 95 % confidence interval, all 0..1."""

    share: float
    low: float
    high: float


def interval(count: int, among: int) -> Interval | None:
    """`count / among` with Wilson's score interval; None when there is nothing to divide by.

    E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", Journal of
    the American Statistical Association 22 (1927), 209-212: unlike the textbook interval it holds
    for few images and for shares near 0, which is what defects are.
    """
    if among <= 0:
        return None
    share, square = count / among, Z_95**2
    centre = share + square / (2 * among)
    spread = Z_95 * sqrt(share * (1 - share) / among + square / (4 * among**2))
    scale = 1 + square / among
    low, high = (centre - spread) / scale, (centre + spread) / scale
    # At the ends the formula gives 0 and 1, but for rounding.
    return Interval(share, low if count else 0.0, high if count < among else 1.0)
