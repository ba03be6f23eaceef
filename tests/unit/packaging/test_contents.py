from __future__ import annotations

import ast
from pathlib import Path

import pytest

from sightline.domain.errors import InvalidError, NotFoundError
from sightline.packaging import contents
from sightline.packaging.wheels import CALLED
from sightline.syntax import undisturbed
from tests.api import ROOT

DETECTOR = (
    "sightline/vision/",
    "sightline/adapters/detector",
    "sightline/adapters/control_detector",
)
NEVER = ("sightline/cli", "sightline/local", "sightline/camera", "sightline/packaging", "tests")


@pytest.fixture(scope="module")
def sources() -> dict[str, dict[str, Path]]:
    functions = {name: contents.function_sources(name, ROOT) for name in contents.FUNCTIONS}
    services = {name: contents.service_sources(name, ROOT) for name in contents.services(ROOT)}
    return functions | services


def test_handlers_are_at_the_root(sources: dict[str, dict[str, Path]]) -> None:
    for name, package in contents.FUNCTIONS.items():
        held = {name for name in sources[name] if "/" not in name}
        assert held == {f"{handler}.py" for handler in package.handlers}
    assert {"record.py", "notify.py"} <= sources["workflow"].keys()


def test_no_package_holds_what_is_for_other_machines(sources: dict[str, dict[str, Path]]) -> None:
    for name, files in sources.items():
        assert not [file for file in files if file.startswith(NEVER)], name


def test_only_detect_and_training_hold_the_detector(sources: dict[str, dict[str, Path]]) -> None:
    holders = {"control_job", "detect"}
    for name in holders:
        assert "sightline/vision/artifact.py" in sources[name]
    for name in sources.keys() - holders:
        assert not [file for file in sources[name] if file.startswith(DETECTOR)], name


def test_detect_leaves_training_at_home(sources: dict[str, dict[str, Path]]) -> None:
    held = {Path(file).stem for file in sources["detect"] if file.startswith("sightline/vision/")}
    assert held.isdisjoint({"training", "candidates", "features", "onnx_builder", "report"})
    assert not [file for file in sources["detect"] if "weights" in file or "trainer" in file]


def test_training_has_its_weights_and_draws_no_report(sources: dict[str, dict[str, Path]]) -> None:
    held = sources["control_job"]
    assert held["sightline/vision/weights/backbone.onnx"].stat().st_size > 100_000
    assert "sightline/vision/training.py" in held
    assert "sightline/vision/report.py" not in held


def test_time_zones_are_packed_where_they_are_asked_for(
    sources: dict[str, dict[str, Path]],
) -> None:
    """The runtime has none of its own."""
    asking = {
        name
        for name, files in sources.items()
        if any("from zoneinfo" in p.read_text() for p in files.values() if p.suffix == ".py")
    }
    assert {"control", "control_job"} <= asking
    for name in asking:
        assert "tzdata==" in (ROOT / f"requirements/{name}.txt").read_text(), name


def test_every_handler_of_the_repository_is_claimed() -> None:
    contents.refuse_unclaimed(ROOT)


def test_a_handler_in_no_package_is_named(tmp_path: Path) -> None:
    folder = tmp_path / contents.HANDLERS
    folder.mkdir(parents=True)
    (folder / "forgotten.py").touch()
    with pytest.raises(InvalidError, match="forgotten"):
        contents.refuse_unclaimed(tmp_path)


def test_every_aws_service_that_is_called_is_packed(sources: dict[str, dict[str, Path]]) -> None:
    called = {
        name: set[str]().union(*(clients(p) for p in files.values() if p.suffix == ".py"))
        for name, files in sources.items()
    }
    assert "dynamodb" in called["ingest"]
    for name, services in called.items():
        assert services <= CALLED, name


def clients(path: Path) -> set[str]:
    """The services of `client("s3")` and the like."""
    tree = undisturbed(lambda: ast.parse(path.read_text()))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return {
        call.args[0].value
        for call in calls
        if ast.unparse(call.func).rpartition(".")[2] == "client"
        and call.args
        and isinstance(call.args[0], ast.Constant)
    }


def test_an_unknown_service_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(NotFoundError, match="ingest"):
        contents.service_sources("ingset", ROOT)
