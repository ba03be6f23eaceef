"""Functions' code, unpacked once per content into one folder that goes away with the system."""

from __future__ import annotations

import hashlib
import io
import shutil
import tempfile
import threading
import zipfile
from pathlib import Path


class CodeStore:
    """Unpacked zips by their hash, and a scratch folder for the workers' temporary files."""

    def __init__(self) -> None:
        self._root = Path(tempfile.mkdtemp(prefix="sightline-local-"))
        self.scratch = self._root / "tmp"
        self.scratch.mkdir()
        self._lock = threading.Lock()
        self._of_zip_file: dict[tuple[Path, int, int], Path] = {}

    def folder(self, code: Path) -> Path:
        """The folder of a function's code, which may be a folder already or a zip file."""
        if code.is_dir():
            return code
        stat = code.stat()
        key = (code, stat.st_mtime_ns, stat.st_size)
        if key not in self._of_zip_file:
            archive = code.read_bytes()
            self._of_zip_file[key] = self.unpack(hashlib.sha256(archive).hexdigest(), archive)
        return self._of_zip_file[key]

    def unpack(self, digest: str, archive: bytes) -> Path:
        """The folder with an archive's content; `digest` tells archives apart."""
        target = self._root / hashlib.sha256(digest.encode()).hexdigest()[:24]
        with self._lock:
            if not target.is_dir():
                part = target.with_suffix(".part")
                with zipfile.ZipFile(io.BytesIO(archive)) as unpacked:
                    unpacked.extractall(part)
                part.rename(target)
        return target

    def close(self) -> None:
        """Remove everything that was unpacked or written by workers."""
        shutil.rmtree(self._root, ignore_errors=True)
