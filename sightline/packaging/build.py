"""`make package`: everything that is deployed, into one folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from sightline.packaging import contents, wheels
from sightline.packaging.functions import build_function
from sightline.packaging.package import Package
from sightline.packaging.services import Stage, build_service
from sightline.packaging.starting import find_python, prove_start


def build_all(
    root: Path, build: Path, *, say: Callable[[str], None], run: wheels.Run = wheels.run
) -> list[Package]:
    """Every package of the checkout at `root`, into `build`, measured and started once."""
    contents.refuse_unclaimed(root)
    python = find_python()
    packages = []
    for package, modules in _built(root, build, run):
        say(str(package))
        if python:
            prove_start(package.path, modules, python)
        packages.append(package)
    if not python:
        say(f"Not proven to start: there is no Python {wheels.PYTHON} here.")
    return packages


def _built(root: Path, build: Path, run: wheels.Run) -> Iterator[tuple[Package, list[str]]]:
    for name in contents.FUNCTIONS:
        modules = [path for path in contents.function_sources(name, root) if "/" not in path]
        package = build_function(name, root, build, run=run)
        yield package, [Path(module).stem for module in modules]
    for name in contents.services(root):
        yield build_service(name, Stage(), root, build, run=run).package, ["app"]
