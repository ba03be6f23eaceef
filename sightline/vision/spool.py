"""Arrays of many pictures on disk, read back in blocks: memory holds one block at a time."""

from __future__ import annotations

import math
import weakref
from collections.abc import Iterator
from tempfile import TemporaryFile

import numpy as np
from numpy.typing import NDArray

_BLOCK_BYTES = 2**18

Array = NDArray[np.float32]


class Spool:
    """Float32 arrays of one shape, one per picture, in a temporary file.

    Plain reads rather than a memory map, whose pages would count as the process's memory. The file
    has no name and goes with this object.
    """

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape = shape
        self._file = TemporaryFile(prefix="sightline-")  # noqa: SIM115
        weakref.finalize(self, self._file.close)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def append(self, values: Array) -> None:
        """Add one picture's array. Raises ValueError for another shape."""
        if values.shape != self.shape:
            raise ValueError(f"The array is {values.shape}; this spool holds {self.shape}.")
        self._file.seek(0, 2)
        self._file.write(np.ascontiguousarray(values, np.float32).tobytes())
        self._count += 1

    def blocks(self) -> Iterator[tuple[slice, Array]]:
        """Everything in order: the places of some pictures, and their arrays (b, *shape)."""
        size = 4 * math.prod(self.shape)
        step = max(1, _BLOCK_BYTES // size)
        for start in range(0, self._count, step):
            stop = min(start + step, self._count)
            self._file.seek(start * size)
            data = self._file.read((stop - start) * size)
            yield slice(start, stop), np.frombuffer(data, np.float32).reshape(-1, *self.shape)
