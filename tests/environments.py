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
    wanted = [f"{package}=={version}", *also]
    done = subprocess.run(
        [str(python), "-m", "pip", "install", "--quiet", *wanted],
        capture_output=True,
        text=True,
        check=False,
        timeout=INSTALL_SECONDS,
    )
    if done.returncode:
        pytest.skip(f"{package} {version} cannot be installed here: {done.stderr[-300:]}")
    ready.touch()
    return python
