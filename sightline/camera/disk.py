"""The few file operations that the spool is made of, each durable or undone as a whole."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Protocol

from sightline.domain.errors import InvalidError

try:
    import fcntl
except ImportError:  # Windows: the SDK works there, the spool does not
    fcntl = None  # type: ignore[assignment]


class Disk(Protocol):
    """A folder that survives crashes: names are relative and use `/`."""

    def write(self, name: str, data: bytes) -> None:
        """Write a new file and its bytes to the platter; `OSError` leaves nothing behind."""

    def read(self, name: str) -> bytes:
        """`FileNotFoundError` when there is none."""

    def rename(self, old: str, new: str) -> None:
        """Atomic, replacing `new`."""

    def unlink(self, name: str) -> None:
        """A missing file is fine."""

    def sync(self, folder: str) -> None:
        """Make all earlier renames and unlinks in the folder durable."""

    def sizes(self, folder: str) -> dict[str, int]:
        """The files in a folder and their sizes in bytes."""

    def lock(self, name: str, *, wait: bool) -> AbstractContextManager[bool]:
        """Exclusive among threads and processes, gone with its holder; False: someone has it."""


class LocalDisk:
    """A folder of this machine. Readable by its owner only: pictures of parts are a secret."""

    def __init__(self, root: Path, folders: tuple[str, ...]) -> None:
        if fcntl is None:
            raise InvalidError("The spool needs file locks as Linux and macOS have them.")
        self._root = root
        self._sizes: dict[str, dict[str, int]] = {}
        for folder in folders:
            (root / folder).mkdir(mode=0o700, parents=True, exist_ok=True)

    def write(self, name: str, data: bytes) -> None:
        path = self._root / name
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            with suppress(OSError):
                path.unlink()
            raise

    def read(self, name: str) -> bytes:
        return (self._root / name).read_bytes()

    def rename(self, old: str, new: str) -> None:
        (self._root / old).replace(self._root / new)

    def unlink(self, name: str) -> None:
        (self._root / name).unlink(missing_ok=True)

    def sync(self, folder: str) -> None:
        descriptor = os.open(self._root / folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def sizes(self, folder: str) -> dict[str, int]:
        # A file under its final name does not change any more, so each is asked for its size once:
        # a full spool holds thousands, and a line waits for this.
        known = self._sizes.get(folder, {})
        found: dict[str, int] = {}
        with os.scandir(self._root / folder) as entries:
            for entry in entries:
                size = known.get(entry.name)
                if size is None:
                    with suppress(FileNotFoundError):
                        found[entry.name] = entry.stat().st_size
                else:
                    found[entry.name] = size
        self._sizes[folder] = {n: s for n, s in found.items() if not n.endswith(".part")}
        return found

    @contextmanager
    def lock(self, name: str, *, wait: bool) -> Iterator[bool]:
        # flock, not lockf: it belongs to this open file, so it holds between threads too, and
        # the kernel lets go of it when the process dies.
        descriptor = os.open(self._root / name, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                yield False
                return
            yield True
        finally:
            os.close(descriptor)
