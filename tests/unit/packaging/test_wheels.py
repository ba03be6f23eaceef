from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from sightline.domain.errors import ArtifactError, NotFoundError, UnavailableError
from sightline.packaging.wheels import install, used_files


class Pip:
    """A `pip install` that writes one file, or fails with what it was told to say."""

    def __init__(self, says: str = "", *, fails: bool = False) -> None:
        self.says, self.fails = says, fails
        self.commands: list[list[str]] = []

    def __call__(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        self.commands.append(list(command))
        target = Path(command[list(command).index("--target") + 1])
        target.mkdir(parents=True)
        (target / "six.py").touch()
        return subprocess.CompletedProcess(command, int(self.fails), "", self.says)


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    path = tmp_path / "detect.txt"
    path.write_text("six==1.17.0\n")
    return path


def test_only_locked_wheels_for_the_runtime_are_asked_for(lock: Path, tmp_path: Path) -> None:
    pip = Pip()
    install(lock, tmp_path / "cache", run=pip)
    (command,) = pip.commands
    assert {"--require-hashes", "--only-binary=:all:", "--no-deps"} <= set(command)
    assert command[command.index("--python-version") + 1] == "3.13"
    assert "manylinux_2_34_x86_64" in command
    assert "manylinux_2_35_x86_64" not in command, "the runtime's glibc is 2.34"


def test_the_same_lock_is_installed_once(lock: Path, tmp_path: Path) -> None:
    pip = Pip()
    first = install(lock, tmp_path / "cache", run=pip)
    assert install(lock, tmp_path / "cache", run=pip) == first
    assert len(pip.commands) == 1


def test_another_lock_is_another_folder(lock: Path, tmp_path: Path) -> None:
    first = install(lock, tmp_path / "cache", run=Pip())
    lock.write_text("six==1.18.0\n")
    assert install(lock, tmp_path / "cache", run=Pip()) != first


def test_a_missing_wheel_is_named(lock: Path, tmp_path: Path) -> None:
    pip = Pip("ERROR: No matching distribution found for onnxruntime==9.9.9", fails=True)
    with pytest.raises(NotFoundError, match=r"no wheel of onnxruntime==9\.9\.9 for python3\.13"):
        install(lock, tmp_path / "cache", run=pip)


def test_an_index_that_offers_nothing_is_doubted(lock: Path, tmp_path: Path) -> None:
    said = "ERROR: no version (from versions: none)\nERROR: No matching distribution found for six"
    with pytest.raises(NotFoundError, match="is the index there"):
        install(lock, tmp_path / "cache", run=Pip(said, fails=True))


def test_what_failed_halfway_is_not_used_later(lock: Path, tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="disk is full"):
        install(lock, tmp_path / "cache", run=Pip("disk is full", fails=True))
    pip = Pip()
    install(lock, tmp_path / "cache", run=pip)
    assert pip.commands


def test_an_index_out_of_reach_is_not_called_a_missing_wheel(lock: Path, tmp_path: Path) -> None:
    said = "WARNING: Retrying after connection broken\nERROR: No matching distribution found for x"
    with pytest.raises(UnavailableError):
        install(lock, tmp_path / "cache", run=Pip(said, fails=True))


def test_a_package_with_another_hash_is_refused(lock: Path, tmp_path: Path) -> None:
    said = "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE."
    with pytest.raises(ArtifactError, match="not the one that was locked"):
        install(lock, tmp_path / "cache", run=Pip(said, fails=True))


def test_a_missing_lock_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="make lock-packages"):
        install(tmp_path / "none.txt", tmp_path, run=Pip())


def test_licences_stay_and_what_is_never_used_goes(tmp_path: Path) -> None:
    kept = {
        "numpy/_core/multiarray.so",
        "numpy/testing/__init__.py",
        "numpy-2.dist-info/METADATA",
        "numpy-2.dist-info/licenses/LICENSE.txt",
        "boto3-1.dist-info/NOTICE",
        "botocore/data/endpoints.json",
        "botocore/data/s3/2006-03-01/service-2.json.gz",
    }
    dropped = {
        "bin/f2py",
        "botocore/data/outposts/2019-12-03/service-2.json.gz",
        "onnxruntime/transformers/models/bert.py",
        "numpy/tests/test_all.py",
        "numpy/__pycache__/a.pyc",
        "numpy/core.h",
        "numpy-2.dist-info/RECORD",
        "numpy-2.dist-info/INSTALLER",
    }
    for name in kept | dropped:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert set(used_files(tmp_path)) == kept
