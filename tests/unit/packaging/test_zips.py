from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest

from sightline.domain.errors import TooLargeError
from sightline.packaging.package import Package
from sightline.packaging.zips import read_zip, sha256_of, write_zip


def test_neither_dates_nor_modes_nor_order_matter(tmp_path: Path) -> None:
    for name, mode, date in (("a", 0o600, 1), ("b", 0o755, 2**30)):
        (tmp_path / name).write_text("x = 1")
        (tmp_path / name).chmod(mode)
        os.utime(tmp_path / name, (date, date))
    write_zip(tmp_path / "1.zip", {"one.py": tmp_path / "a", "two.py": b"y"})
    write_zip(tmp_path / "2.zip", {"two.py": b"y", "one.py": tmp_path / "b"})
    assert sha256_of(tmp_path / "1.zip") == sha256_of(tmp_path / "2.zip")
    assert read_zip(tmp_path / "1.zip") == {"one.py": b"x = 1", "two.py": b"y"}


def test_files_can_be_read_by_the_function(tmp_path: Path) -> None:
    write_zip(tmp_path / "1.zip", {"one.py": b""})
    with zipfile.ZipFile(tmp_path / "1.zip") as archive:
        (entry,) = archive.infolist()
    assert entry.external_attr >> 16 == 0o644


def test_a_zip_that_failed_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_zip(tmp_path / "1.zip", {"a": b"", "b": tmp_path / "none"})
    assert not (tmp_path / "1.zip").exists()


def test_more_than_lambda_takes_is_refused_with_the_size(tmp_path: Path) -> None:
    write_zip(tmp_path / "1.zip", {"zeros": bytes(251 * 1024 * 1024)})
    with pytest.raises(TooLargeError, match=r"251\.0 MB unpacked; Lambda takes 250"):
        Package.of("large", tmp_path / "1.zip")
