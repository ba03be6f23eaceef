"""A secret that is put into a file is found; what the baseline knows of is not found again."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.api import ROOT
from tests.environments import python_with

BASELINE = ROOT / ".secrets.baseline"
VERSION = re.search(r"detect-secrets==([\d.]+)", (ROOT / "Makefile").read_text())
# Put together here, so that this file holds none.
PLANTED = {
    "a key of AWS": 'KEY = "' + "AKIA" + 'QWERTYUIOPASDFGH"',
    "a private key": "-----BEGIN RSA " + "PRIVATE KEY-----",
    "a password": 'password = "' + 'correct-horse-1"',
    "random bytes": 'seed = "' + 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYzK3d9QxT"',
}


@pytest.fixture(scope="module")
def hook() -> Path:
    assert VERSION
    return python_with("detect-secrets", VERSION[1]).with_name("detect-secrets-hook")


def refused(hook: Path, baseline: Path, *files: Path) -> bool:
    """As `make secrets` has it; `baseline` is changed where only lines of what it knows moved."""
    done = subprocess.run(
        [hook, "--baseline", baseline, *files],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in {0, 1, 3}, done.stderr
    return done.returncode == 1


@pytest.fixture
def baseline(tmp_path: Path) -> Path:
    return Path(shutil.copy(BASELINE, tmp_path))


@pytest.mark.parametrize("kind", PLANTED)
def test_a_secret_is_found(kind: str, hook: Path, baseline: Path, tmp_path: Path) -> None:
    file = tmp_path / "settings.py"
    file.write_text(f"# of a plant\n{PLANTED[kind]}\n")
    assert refused(hook, baseline, file)


def test_what_the_baseline_knows_is_let_through(hook: Path, baseline: Path) -> None:
    known = [Path(name) for name in json.loads(BASELINE.read_text())["results"]]
    assert known
    assert not refused(hook, baseline, *known)


def test_outside_of_tests_the_baseline_knows_the_emulators_own_key_and_a_name_alone() -> None:
    known = json.loads(BASELINE.read_text())["results"]
    assert {name for name in known if not name.startswith("tests/")} == {
        "services/control/site/lib/cognito.js",
        "sightline/local/iam/credentials.py",
    }
