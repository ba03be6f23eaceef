"""Dependencies of an entry point: built when first asked for, once per container."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Deps = TypeVar("Deps")


class Provider(Generic[Deps]):
    """Calls `build` once and remembers the outcome; `use` puts another builder in its place.

    What `build` raises is a `RuntimeError` to callers: wrong settings are an `InvalidError` of
    ours, and must not look like one of the request.
    """

    def __init__(self, build: Callable[[], Deps]) -> None:
        self._build = build
        self._built: Deps | None = None
        self._lock = threading.Lock()

    def __call__(self) -> Deps:
        with self._lock:
            if self._built is None:
                try:
                    self._built = self._build()
                except Exception as error:
                    raise RuntimeError("The dependencies could not be built.") from error
            return self._built

    def use(self, build: Callable[[], Deps]) -> None:
        """Build with `build` from now on; tests and the local gateway pass their own here."""
        with self._lock:
            self._build, self._built = build, None
