from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from sightline.cli.detector import register
from sightline.domain.errors import SightlineError
from tests.unit.vision.pictures import encoded, part, write_set

app = typer.Typer()
register(app)


def invoke(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(a) for a in arguments])
    if result.exception and not isinstance(result.exception, SystemExit | SightlineError):
        raise result.exception
    return result.exit_code, result.stdout


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("detector")
    write_set(folder / "set", 12, 6)
    arguments = ("train", folder / "set", "--out", folder / "model", "--budget", "fast", "--json")
    code, output = invoke(*arguments)
    assert code == 0
    found = json.loads(output.splitlines()[-1])
    assert found["metrics"]["f1"] > 0.5
    assert found["seconds"] > 0
    assert isinstance(found["threshold"], float)
    assert len(found["artifact_hash"]) == 64
    return folder


def test_evaluation_prints_what_the_manifest_holds(model: Path) -> None:
    code, output = invoke("evaluate", model / "model", model / "set", "--json")
    assert code == 0
    stated = json.loads((model / "model" / "manifest.json").read_text())["evaluation"]
    assert stated.pop("of") == "training"
    assert json.loads(output) == pytest.approx(stated, abs=1e-5)


def test_detection_prints_a_line_per_picture_and_writes_maps(model: Path, tmp_path: Path) -> None:
    bad, good = tmp_path / "bad.png", tmp_path / "good.png"
    bad.write_bytes(encoded(part(801, defect="hole")))
    good.write_bytes(encoded(part(802)))
    code, output = invoke(
        "detect",
        model / "model",
        bad,
        good,
        "--json",
        "--maps",
        tmp_path / "maps",
        "--overlays",
        tmp_path / "overlays",
    )
    assert code == 0
    lines = [json.loads(line) for line in output.splitlines()]
    assert [line["image"] for line in lines] == [str(bad), str(good)]
    assert [line["anomalous"] for line in lines] == [True, False]
    for line in lines:
        assert 0.5 <= line["confidence"] <= 1
        assert isinstance(line["score"], float)
    assert {p.name for p in (tmp_path / "maps").iterdir()} == {"bad.png", "good.png"}
    assert (tmp_path / "overlays" / "bad.png").exists()


def test_a_picture_that_cannot_be_inspected_fails_alone(model: Path, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"nothing")
    (tmp_path / "b.png").write_bytes(encoded(part(803)))
    code, output = invoke("detect", model / "model", tmp_path, "--json")
    lines = [json.loads(line) for line in output.splitlines()]
    assert code == 1
    assert lines[0]["error"] == "not_an_image"
    assert lines[1]["anomalous"] in (True, False)


def test_tables_are_printed_for_people(model: Path, tmp_path: Path) -> None:
    code, output = invoke("train", model / "set", "--out", tmp_path / "model", "--budget", "fast")
    assert code == 0
    assert "Candidates" in output
    assert "novelty" in output
    code, output = invoke("evaluate", tmp_path / "model", model / "set")
    assert code == 0
    assert "auroc" in output


def test_a_wrong_folder_is_an_error(tmp_path: Path) -> None:
    code, _ = invoke("train", tmp_path, "--out", tmp_path / "model")
    assert code != 0


WITHOUT = """
import sys
sys.modules |= dict.fromkeys(("scipy", "matplotlib", "jinja2"))
from sightline.cli import main
main()
"""


def test_training_needs_neither_scipy_nor_what_draws_the_report(
    model: Path, tmp_path: Path
) -> None:
    words = ("train", model / "set", "--out", tmp_path / "model", "--budget", "fast")
    command = [sys.executable, "-c", WITHOUT, *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "No report was written" in done.stdout + done.stderr
    written = {path.name for path in (tmp_path / "model").iterdir()}
    assert written == {"model.onnx", "manifest.json", "evaluation.json"}
    assert (tmp_path / "model/model.onnx").read_bytes() == (model / "model/model.onnx").read_bytes()
