"""Imports point one way; import-linter checks the arrows, this test keeps it in the suite."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def python(code: str, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(ROOT), **env},
    )


def test_imports_point_one_way() -> None:
    done = python("from importlinter.cli import lint_imports_command as c; c()", "--no-cache")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_domain_imports_only_the_standard_library() -> None:
    code = """
import importlib, pkgutil, sys
before = {name.partition(".")[0] for name in sys.modules}
import sightline.domain as domain
for module in pkgutil.iter_modules(domain.__path__):
    importlib.import_module(f"{domain.__name__}.{module.name}")
roots = {name.partition(".")[0] for name in sys.modules} - before
built = {name for name in roots if name.startswith("_sysconfigdata")}  # zoneinfo asks it for paths
print(sorted(roots - set(sys.stdlib_module_names) - built - {"sightline"}))
"""
    done = python(code)
    assert done.stdout.strip() == "[]", done.stderr
