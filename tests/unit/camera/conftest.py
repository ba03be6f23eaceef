"""A disk in memory that loses power."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


class PowerCut(BaseException):
    """Not an Exception: no code may catch it and carry on."""


class FragileDisk:
    """Follows `sightline.camera.disk.Disk`; without power after `steps` more operations.

    Bytes are durable when written (the contract says so); names only when their folder is synced,
    and until then each name by itself may come back or not.
    """

    def __init__(self) -> None:
        self.now: dict[str, bytes] = {}
        self.durable: dict[str, bytes] = {}
        self.locked: set[str] = set()
        self.steps: int | None = None
        self.room: int | None = None

    def write(self, name: str, data: bytes) -> None:
        self._step()
        if self.room is not None and sum(map(len, self.now.values())) + len(data) > self.room:
            raise OSError(28, "No space left on device")
        self.now[name] = data[: len(data) // 2]
        self._step()
        self.now[name] = data

    def read(self, name: str) -> bytes:
        try:
            return self.now[name]
        except KeyError:
            raise FileNotFoundError(name) from None

    def rename(self, old: str, new: str) -> None:
        self._step()
        self.now[new] = self.now.pop(old)

    def unlink(self, name: str) -> None:
        self._step()
        self.now.pop(name, None)

    def sync(self, folder: str) -> None:
        self._step()
        names = {n for n in self.now | self.durable if n.startswith(f"{folder}/")}
        for name in names:
            self._settle(self.durable, name, self.now.get(name))

    def sizes(self, folder: str) -> dict[str, int]:
        start = f"{folder}/"
        return {n[len(start) :]: len(d) for n, d in self.now.items() if n.startswith(start)}

    @contextmanager
    def lock(self, name: str, *, wait: bool) -> Iterator[bool]:
        if name in self.locked:
            assert not wait, "a deadlock: this thread has the lock already"
            yield False
            return
        self.locked.add(name)
        try:
            yield True
        finally:
            self.locked.discard(name)

    def reboot(self, chance: random.Random) -> None:
        """Power comes back: whatever was not synced is there, or is not."""
        for name in self.now.keys() | self.durable.keys():
            if chance.random() < 0.5:
                self._settle(self.durable, name, self.now.get(name))
        self.now, self.locked, self.steps = dict(self.durable), set(), None

    def _settle(self, where: dict[str, bytes], name: str, data: bytes | None) -> None:
        if data is None:
            where.pop(name, None)
        else:
            where[name] = data

    def _step(self) -> None:
        if self.steps is None:
            return
        if self.steps == 0:
            raise PowerCut
        self.steps -= 1


@pytest.fixture
def fragile_disk() -> type[FragileDisk]:
    return FragileDisk


@pytest.fixture
def power_cut() -> type[PowerCut]:
    return PowerCut
