"""Replacing moto's methods at the few places where a wire is missing, and putting them back."""

from __future__ import annotations

from typing import Any

_ABSENT = object()


class Seams:
    """Attributes of moto's modules and classes replaced by a wire's own.

    Every replacement is remembered, so that a wire can be taken out again and tests stay apart.
    """

    def __init__(self) -> None:
        self._undo: list[tuple[Any, str, Any]] = []

    def replace(self, owner: Any, name: str, value: Any) -> Any:
        """Set `owner.name` to `value`; what stood there, as `owner.name` gave it.

        `AttributeError` when there is no such attribute: moto has changed under us.
        """
        before = getattr(owner, name)
        self.add(owner, name, value)
        return before

    def add(self, owner: Any, name: str, value: Any) -> None:
        """Set `owner.name` to `value` where moto has nothing of its own."""
        self._undo.append((owner, name, vars(owner).get(name, _ABSENT)))
        setattr(owner, name, value)

    def restore(self) -> None:
        """Put everything back, last replacement first."""
        while self._undo:
            owner, name, before = self._undo.pop()
            if before is _ABSENT:
                delattr(owner, name)
            else:
                setattr(owner, name, before)
