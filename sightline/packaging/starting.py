"""Proof that a package starts: with nothing but itself and Python's standard library."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from sightline.domain.errors import ArtifactError
from sightline.packaging.wheels import PYTHON

# Runs in the other Python, which like the runtime has no time zones of its own. Settings get values
# that every type of theirs can be read from; building the dependencies imports what entry points
# import late.
_PROOF = """
import importlib, os, pathlib, sys, zoneinfo
zoneinfo.reset_tzpath([])
root, *modules = sys.argv[1:]
sys.path.insert(0, root)
for path in pathlib.Path(root, "sightline/settings").glob("[a-z]*.py"):
    importlib.import_module(f"sightline.settings.{path.stem}")
from sightline.settings.base import Settings
for settings in Settings.__subclasses__():
    os.environ.update({name: "1" for name in settings.variables()})
os.environ.update(SHIFTS="early=06:00", TIME_ZONE="Europe/Berlin")
for name in modules:
    importlib.import_module(name).deps()
"""


def find_python(version: str = PYTHON) -> Path | None:
    """An interpreter of the runtime's version, or None where there is none."""
    found = shutil.which(f"python{version}")
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    candidates = [Path(found)] if found else []
    candidates += sorted(pyenv.glob(f"versions/{version}*/bin/python{version}"))
    return next((path for path in candidates if _is_python(path)), None)


def prove_start(package: Path, modules: Sequence[str], python: Path) -> None:
    """Unpack a zip and start every entry point in it; `ArtifactError` says why one does not."""
    with tempfile.TemporaryDirectory(prefix="sightline-start-") as folder:
        with zipfile.ZipFile(package) as archive:
            archive.extractall(folder)
        done = subprocess.run(  # noqa: S603
            # Isolated, without site-packages, leaving no bytecode.
            [python, "-I", "-S", "-B", "-c", _PROOF, folder, *modules],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            env={"AWS_DEFAULT_REGION": "eu-west-1", "AWS_EC2_METADATA_DISABLED": "true"},
        )
    if done.returncode:
        raise ArtifactError(f"{package} does not start:\n{done.stderr.strip()}")


def _is_python(path: Path) -> bool:
    # A version manager's shim is there without the version that it stands for.
    done = subprocess.run([path, "-c", ""], capture_output=True, check=False)  # noqa: S603
    return done.returncode == 0
