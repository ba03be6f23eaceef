"""Waiting for what happens elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


def until(look: Callable[[], Found | None], *, seconds: float, what: str) -> Found:
    """What `look` finds, asked again and again; fails after `seconds` naming `what`."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < deadline, f"no sign of {what} within {seconds} s"
        time.sleep(0.1)
