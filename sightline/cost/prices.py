"""The price file: list prices with their pages, and what has to be assumed."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from sightline.domain.errors import InvalidError, NotFoundError

FILE = Path(__file__).with_name("prices.toml")


@dataclass(frozen=True)
class Price:
    """`usd` for `per` of what is billed; `page` is where AWS says so."""

    service: str
    what: str
    usd: float
    per: int
    page: str

    def of(self, quantity: float) -> float:
        """US dollars for a quantity."""
        return quantity * self.usd / self.per


@dataclass(frozen=True)
class Prices:
    """Prices of a region, as they were at a time."""

    region: str
    as_of: str
    entered: str
    price: Mapping[str, Price]
    assumed: Mapping[str, float]

    @classmethod
    def read(cls, path: Path = FILE) -> Self:
        """Read a price file; `InvalidError` says what is wrong with it."""
        if not path.is_file():
            raise NotFoundError(f"There is no price file {path}.")
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8"))
            return cls(
                region=content["region"],
                as_of=content["as_of"],
                entered=content["entered"],
                price={name: Price(**entry) for name, entry in content["price"].items()},
                assumed={n: float(entry["value"]) for n, entry in content["assumption"].items()},
            )
        except (tomllib.TOMLDecodeError, TypeError, ValueError) as error:
            raise InvalidError(f"{path} is no price file: {error}.") from error
        except KeyError as error:
            raise InvalidError(f"{path} is no price file: {error} is missing.") from error
