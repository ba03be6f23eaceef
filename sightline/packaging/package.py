"""A package that was built, and the limits that Lambda sets to it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from sightline.domain.errors import TooLargeError
from sightline.packaging.contents import MB
from sightline.packaging.zips import sha256_of, unpacked_size

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html, layers included.
UNPACKED_MAX = 250 * MB


@dataclass(frozen=True)
class Package:
    """A zip for Lambda. `sha256` is hexadecimal, sizes are bytes."""

    name: str
    path: Path
    sha256: str
    packed: int
    unpacked: int

    @classmethod
    def of(cls, name: str, path: Path) -> Self:
        """Measure a zip; `TooLargeError` when Lambda would not take it."""
        unpacked = unpacked_size(path)
        if unpacked > UNPACKED_MAX:
            raise TooLargeError(
                f"{path} takes {unpacked / MB:.1f} MB unpacked; Lambda takes {UNPACKED_MAX // MB}."
            )
        return cls(name, path, sha256_of(path), path.stat().st_size, unpacked)

    def __str__(self) -> str:
        sizes = f"{self.packed / MB:6.1f} MB zipped, {self.unpacked / MB:6.1f} MB unpacked"
        return f"{self.name:<10} {sizes}, {self.sha256[:12]}"
