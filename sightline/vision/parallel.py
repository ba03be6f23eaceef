"""Work on many pictures at once; ONNX Runtime and the decoders let go of the interpreter lock."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def in_order(work: Callable[[int], T], count: int) -> Iterator[T]:
    """Results of work(0), work(1), ... in order, computed on every core, few at a time."""
    workers = max(1, min(os.cpu_count() or 1, 8))
    with ThreadPoolExecutor(workers) as pool:
        ahead = 2 * workers
        running = [pool.submit(work, i) for i in range(min(ahead, count))]
        for index in range(count):
            result = running.pop(0).result()
            if index + ahead < count:
                running.append(pool.submit(work, index + ahead))
            yield result
