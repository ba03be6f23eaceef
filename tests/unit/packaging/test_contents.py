from __future__ import annotations

from pathlib import Path

import pytest

from sightline.domain.errors import InvalidError, NotFoundError
from sightline.packaging import contents
from tests.api import ROOT

NEVER = ("sightline/cli", "sightline/local", "sightline/camera", "sightline/packaging", "tests")


@pytest.fixture(scope="module")
def sources() -> dict[str, dict[str, Path]]:
    functions = {name: contents.function_sources(name, ROOT) for name in contents.FUNCTIONS}
    return functions | {"ingest": contents.service_sources("ingest", ROOT)}


def test_handlers_are_at_the_root(sources: dict[str, dict[str, Path]]) -> None:
    assert {name for name in sources["workflow"] if "/" not in name} == {
        "digest.py",
        "notify.py",
        "record.py",
    }
    assert {name for name in sources["detect"] if "/" not in name} == {"detect.py"}


def test_no_package_holds_what_is_for_other_machines(sources: dict[str, dict[str, Path]]) -> None:
    for name, files in sources.items():
        assert not [file for file in files if file.startswith(NEVER)], name


def test_only_detect_holds_the_detector(sources: dict[str, dict[str, Path]]) -> None:
    assert "sightline/vision/artifact.py" in sources["detect"]
    for name in ("workflow", "ingest"):
        assert not [file for file in sources[name] if "vision" in file or "detector" in file], name


def test_detect_leaves_training_at_home(sources: dict[str, dict[str, Path]]) -> None:
    held = {Path(file).stem for file in sources["detect"] if file.startswith("sightline/vision/")}
    assert held.isdisjoint({"training", "candidates", "features", "onnx_builder", "export"})


def test_every_handler_of_the_repository_is_claimed() -> None:
    contents.refuse_unclaimed(ROOT)


def test_a_handler_in_no_package_is_named(tmp_path: Path) -> None:
    folder = tmp_path / contents.HANDLERS
    folder.mkdir(parents=True)
    (folder / "forgotten.py").touch()
    with pytest.raises(InvalidError, match="forgotten"):
        contents.refuse_unclaimed(tmp_path)


def test_an_unknown_service_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(NotFoundError, match="ingest"):
        contents.service_sources("ingset", ROOT)
