"""Reading Python's syntax while other threads read it too."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

Tree = TypeVar("Tree")
ATTEMPTS = 5


def undisturbed(parse: Callable[[], Tree]) -> Tree:
    """What `parse` makes with `ast.parse`, tried again where another thread came between.

    Python before 3.11.8 and 3.12.2 counts the depth of every thread's tree in one place, and
    calls a tree wrong when another was made meanwhile (CPython's issue 106905).
    """
    for _ in range(ATTEMPTS - 1):
        try:
            return parse()
        except SystemError:
            continue
    return parse()
