"""Zips of the functions that the Pulumi program deploys."""

from __future__ import annotations

from pathlib import Path

from sightline.packaging import wheels
from sightline.packaging.contents import function_sources
from sightline.packaging.package import Package
from sightline.packaging.zips import write_zip


def build_function(name: str, root: Path, build: Path, *, run: wheels.Run = wheels.run) -> Package:
    """Write `functions/<name>.zip` below `build`, from the checkout at `root`."""
    ours = function_sources(name, root)
    theirs = wheels.install(root / "requirements" / f"{name}.txt", build / "wheels", run=run)
    path = build / "functions" / f"{name}.zip"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_zip(path, {**wheels.used_files(theirs), **ours})
    return Package.of(name, path)
