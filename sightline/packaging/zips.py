"""Zips whose bytes depend on nothing but what is in them."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Mapping
from pathlib import Path

_EPOCH = (1980, 1, 1, 0, 0, 0)
_READABLE = 0o644 << 16
_UNIX = 3


def write_zip(path: Path, files: Mapping[str, Path | bytes]) -> None:
    """A zip of the files in the order of their names, with no dates in it.

    It appears under its name only when it is whole.
    """
    part = path.with_suffix(".part")
    with zipfile.ZipFile(part, "w") as archive:
        for name in sorted(files):
            content = files[name]
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.external_attr = _READABLE
            entry.create_system = _UNIX
            data = content if isinstance(content, bytes) else content.read_bytes()
            archive.writestr(entry, data, zipfile.ZIP_DEFLATED)
    part.replace(path)


def read_zip(path: Path) -> dict[str, bytes]:
    """The files of a zip by their names."""
    with zipfile.ZipFile(path) as archive:
        return {
            entry.filename: archive.read(entry)
            for entry in archive.infolist()
            if not entry.is_dir()
        }


def unpacked_size(path: Path) -> int:
    """Bytes that the files of a zip take when it is unpacked."""
    with zipfile.ZipFile(path) as archive:
        return sum(entry.file_size for entry in archive.infolist())


def sha256_of(path: Path) -> str:
    """Hexadecimal SHA-256 of a file."""
    return sha256_of_bytes(path.read_bytes())


def sha256_of_bytes(content: bytes) -> str:
    """Hexadecimal SHA-256 of some bytes."""
    return hashlib.sha256(content).hexdigest()
