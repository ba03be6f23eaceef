"""What goes into which package: the one place to name a new handler."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sightline.domain.errors import InvalidError, NotFoundError
from sightline.packaging.imports import needed

HANDLERS = "services/workflow"
SERVICES = "services"
MB = 1024 * 1024

# It needs numerical libraries that detection does without.
TRAINER = "sightline.adapters.trainer"
# The detector and what wraps it. They are imported late, by the entry points that have numpy.
DETECTOR = (
    "sightline.vision",
    "sightline.adapters.control_detector",
    "sightline.adapters.detector",
    "sightline.adapters.endpoint_detector",
    TRAINER,
)


@dataclass(frozen=True)
class FunctionPackage:
    """Handlers that share a zip, what of our code it goes without, and how large it may become.

    `budget_mb` is for the unpacked zip: ours, so that growth is noticed before Lambda's limit.
    `queries` adds the named queries of the analytics service.
    `data` are files that no import names.
    """

    handlers: tuple[str, ...]
    budget_mb: int
    without: tuple[str, ...] = ()
    queries: bool = False
    data: tuple[str, ...] = ()


FUNCTIONS: Mapping[str, FunctionPackage] = {
    "control_job": FunctionPackage(
        ("control_job",),
        budget_mb=190,
        without=("sightline.vision.report",),  # it draws with matplotlib
        data=("sightline/vision/weights/backbone.onnx",),
    ),
    "detect": FunctionPackage(("control_detect", "detect"), budget_mb=150, without=(TRAINER,)),
    "workflow": FunctionPackage(
        ("daily", "digest", "notify", "record", "silence", "stream"),
        budget_mb=20,
        without=DETECTOR,
        queries=True,
    ),
}
SERVICE_BUDGET_MB = 25


def function_sources(name: str, root: Path) -> dict[str, Path]:
    """Our files in a function's zip, by their names in it. The handlers are at its root."""
    package = FUNCTIONS[name]
    handlers = [
        path
        for handler in package.handlers
        if (path := root / HANDLERS / f"{handler}.py").is_file()
    ]
    if not handlers:
        raise NotFoundError(f"{root / HANDLERS} has none of {', '.join(package.handlers)}.")
    data = {name: root / name for name in package.data}
    if package.queries:
        data |= _queries(root / SERVICES / "analytics")
    ours = needed(root, handlers, without=package.without)
    return {path.name: path for path in handlers} | ours | data


def service_sources(name: str, root: Path) -> dict[str, Path]:
    """Files of our package that a Chalice service needs, never the detector, and its SQL."""
    app = root / SERVICES / name / "app.py"
    if not app.is_file():
        raise NotFoundError(f"{app} does not exist; services are {', '.join(services(root))}.")
    return _queries(app.parent) | needed(root, [app], without=DETECTOR)


def _queries(service: Path) -> dict[str, Path]:
    return {f"queries/{path.name}": path for path in service.glob("queries/*.sql")}


def services(root: Path) -> list[str]:
    """The names of the Chalice services."""
    return sorted(path.parent.name for path in root.glob(f"{SERVICES}/*/app.py"))


def refuse_unclaimed(root: Path) -> None:
    """`InvalidError` names handlers that are in no package: they would be missing in AWS."""
    claimed = set[str]().union(*(package.handlers for package in FUNCTIONS.values()))
    unclaimed = {path.stem for path in (root / HANDLERS).glob("*.py")} - claimed
    if unclaimed:
        raise InvalidError(
            f"{', '.join(sorted(unclaimed))} of {HANDLERS} is in no package; "
            "name it in sightline/packaging/contents.py."
        )
