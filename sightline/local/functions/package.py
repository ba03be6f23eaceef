"""Thin zips of our own code, for functions that run on this machine.

Third-party packages come from the running environment here; the zips that are deployed to AWS
carry theirs (`sightline/packaging`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sightline.domain.errors import NotFoundError
from sightline.local.program import ROOT
from sightline.packaging.zips import write_zip


@dataclass(frozen=True)
class Contents:
    """`handlers` is the folder whose Python files go to the root of the zip."""

    handlers: str
    parts: Sequence[str]
    """What of the package `sightline` the handlers need: folders and files."""
    queries: str = ""
    """The folder of named queries that goes along."""


_CORE = ("__init__.py", "py.typed", "settings", "bootstrap", "adapters", "domain", "workflow")
ZIPS = {
    "detect": Contents("services/workflow", (*_CORE, "lookoutvision", "vision")),
    "control_job": Contents("services/workflow", (*_CORE, "lookoutvision", "vision", "edge")),
    "workflow": Contents("services/workflow", _CORE, "services/analytics/queries"),
    "ingest": Contents("services/ingest", (*_CORE, "http")),
    "control": Contents("services/control", (*_CORE, "lookoutvision", "http")),
    "analytics": Contents("services/analytics", (*_CORE, "http"), "services/analytics/queries"),
}
# What the service's description of its API and the training's backbone are made of.
_DATA = {"lookoutvision": "*.json", "vision": "*.onnx"}


def package(target: Path, *, root: Path = ROOT) -> dict[str, Path]:
    """Write every zip into the folder `target`; the paths by name.

    The same source gives the same bytes.
    """
    target.mkdir(parents=True, exist_ok=True)
    paths = {name: target / f"{name}.zip" for name in ZIPS}
    for name, path in paths.items():
        write_zip(path, sources(ZIPS[name], root))
    return paths


def sources(contents: Contents, root: Path) -> dict[str, Path]:
    """The files of a zip by their names in it. `NotFoundError` when a folder is not there."""
    handlers = root / contents.handlers
    if not handlers.is_dir():
        raise NotFoundError(f"{handlers} does not exist")
    found = {path.name: path for path in handlers.glob("*.py")}
    if contents.queries:
        queries = root / contents.queries
        found |= {f"queries/{path.name}": path for path in queries.glob("*.sql")}
    package_folder = root / "sightline"
    for part in contents.parts:
        for path in _files(package_folder / part):
            found[f"sightline/{path.relative_to(package_folder).as_posix()}"] = path
    return found


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    else:
        yield from path.rglob("*.py")
        if path.name in _DATA:
            yield from path.rglob(_DATA[path.name])
