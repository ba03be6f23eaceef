from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sightline.domain.errors import InvalidError
from sightline.vision.artifact import Detector
from sightline.vision.dataset import read_folder
from sightline.vision.evaluation import evaluate
from sightline.vision.training import TrainingResult, train
from tests.unit.vision.pictures import encoded, part, write_set


def false_alarms(model: Path, count: int = 60) -> float:
    detector = Detector.load(model)
    found = [detector.detect(encoded(part(20_000 + i))).anomalous for i in range(count)]
    return float(np.mean(found))


def test_defects_are_told_from_good_parts(trained: TrainingResult) -> None:
    assert trained.manifest.metrics["source"] == "cross-validation"
    assert trained.manifest.metrics["auroc"] > 0.9
    detector = Detector.load(trained.directory)
    kinds = [None] * 10 + ["hole"] * 5 + ["scratch"] * 5
    called = [
        detector.detect(encoded(part(30_000 + i, defect=kind))).anomalous
        for i, kind in enumerate(kinds)
    ]
    wrong = [c != (k is not None) for c, k in zip(called, kinds, strict=True)]
    assert sum(wrong) <= 2


def test_what_was_written_is_complete(trained: TrainingResult) -> None:
    names = {path.name for path in trained.directory.iterdir()}
    assert names == {"model.onnx", "manifest.json", "evaluation.json", "report.html"}
    assert (trained.directory / "model.onnx").stat().st_size < 16e6
    rows = json.loads((trained.directory / "evaluation.json").read_text())["images"]
    assert len(rows) == 22
    assert sum(row["chosen"] for row in trained.candidates) == 1
    assert all(row["ms_per_image"] > 0 and row["megabytes"] > 0 for row in trained.candidates)


def test_the_manifest_says_what_evaluation_gives(trained: TrainingResult, pictures: Path) -> None:
    fresh = evaluate(Detector.load(trained.directory), read_folder(pictures).samples)
    stated = dict(trained.manifest.evaluation)
    assert stated.pop("of") == "training"
    assert fresh.summary() == pytest.approx(stated, abs=1e-5)
    rows = json.loads((trained.directory / "evaluation.json").read_text())["images"]
    scores = {row["image"]: row["score"] for row in rows}
    for verdict in fresh.verdicts:
        name = verdict.path.relative_to(pictures).as_posix()
        assert verdict.score == pytest.approx(scores[name], abs=1e-5)


def test_same_seed_and_pictures_give_the_same_bytes(
    trained: TrainingResult, pictures: Path, tmp_path: Path
) -> None:
    renamed = tmp_path / pictures.name
    for path in pictures.rglob("*.png"):
        target = renamed / path.parent.name / f"z{hash(path.name) % 997}-{path.name}"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    again = train(renamed, tmp_path / "again", budget="fast", seed=3)
    for name in ("model.onnx", "manifest.json"):
        first = (trained.directory / name).read_bytes()
        assert first == (again.directory / name).read_bytes(), name
    other = train(pictures, tmp_path / "other", budget="fast", seed=4)
    assert other.manifest.sha256 != trained.manifest.sha256


def test_normals_alone_give_a_usable_threshold(tmp_path: Path) -> None:
    result = train(write_set(tmp_path / "set", 20, 0), tmp_path / "model", budget="fast")
    assert false_alarms(result.directory) <= 0.05
    found = Detector.load(result.directory).detect(encoded(part(40_000, defect="hole")))
    assert found.anomalous
    assert found.regions


def test_a_single_anomaly_is_too_few_to_learn_from_and_said_so(tmp_path: Path) -> None:
    result = train(write_set(tmp_path / "set", 20, 1), tmp_path / "model", budget="fast")
    assert any("1 usable pictures in 'anomaly'" in warning for warning in result.warnings)
    assert false_alarms(result.directory) <= 0.05


def test_what_is_held_out_adds_up_to_the_metrics(trained: TrainingResult, pictures: Path) -> None:
    found = trained.held_out
    assert {v.path for v in found} == {v.path for v in trained.evaluation.verdicts}
    assert all(v.called == (v.score >= trained.manifest.threshold) for v in found)
    assert all(0.5 <= v.confidence <= 1 for v in found)
    for name, called, anomalous in (
        ("true_positives", True, True),
        ("false_positives", True, False),
        ("false_negatives", False, True),
        ("true_negatives", False, False),
    ):
        counted = sum((v.called, v.anomalous) == (called, anomalous) for v in found)
        assert counted == trained.manifest.metrics[name]
    seen = {v.path: v.score for v in trained.evaluation.verdicts}
    assert any(abs(v.score - seen[v.path]) > 1e-6 for v in found)  # it is another fit


def test_a_split_folder_is_evaluated_on_its_test_part(tmp_path: Path) -> None:
    write_set(tmp_path / "set" / "train", 12, 0)
    write_set(tmp_path / "set" / "test", 4, 3, first=700)
    copied = tmp_path / "set" / "test" / "normal" / "copied.png"
    shutil.copy(tmp_path / "set" / "train" / "normal" / "normal-000.png", copied)
    result = train(tmp_path / "set", tmp_path / "model", budget="fast")
    assert result.manifest.evaluation["of"] == result.manifest.metrics["source"] == "test"
    assert result.manifest.evaluation["images"] == 8
    assert result.held_out == result.evaluation.verdicts
    assert any("also training pictures" in warning for warning in result.warnings)


def test_kinds_of_defect_taught_with_masks_get_maps(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "set", 14, 8)
    for index in range(8):
        kind = ("hole", "scratch")[index % 2]
        spoiled = np.asarray(part(5000 + index, defect=kind)).astype(int)
        mask = np.abs(spoiled - np.asarray(part(5000 + index))).sum(-1) > 30
        path = folder / "mask" / kind / f"anomaly-{index:03d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encoded(Image.fromarray(mask)))
    result = train(folder, tmp_path / "model", budget="fast")
    assert result.manifest.labels == ("hole", "scratch")
    detector = Detector.load(result.directory)
    for kind in ("hole", "scratch"):
        found = detector.detect(encoded(part(50_001, defect=kind)))
        assert set(found.label_maps) == {"hole", "scratch"}
        peaks = {name: float(values.max()) for name, values in found.label_maps.items()}
        assert max(peaks, key=lambda name: peaks[name]) == kind


def test_odd_pictures_among_good_ones_work_or_are_left_out_by_name(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "set", 12, 0)
    normal = folder / "normal"
    (normal / "cmyk.jpg").write_bytes(encoded(part(91).convert("CMYK"), "JPEG"))
    (normal / "large.png").write_bytes(encoded(part(92, size=(300, 180))))
    (normal / "grey.png").write_bytes(encoded(part(93).convert("L")))
    (normal / "cut.png").write_bytes(encoded(part(94))[:900])
    (normal / "text.png").write_bytes(b"not a picture")
    (normal / "dot.png").write_bytes(encoded(Image.new("RGB", (1, 1))))
    (normal / "copy.png").write_bytes((normal / "normal-000.png").read_bytes())
    (normal / "notes.txt").write_text("ignored")
    result = train(folder, tmp_path / "model", budget="fast")
    assert result.manifest.dataset["normal"] == 15
    assert result.manifest.dataset["mixed_sizes"]
    assert result.manifest.dataset["left_out"] == 4
    for name in ("cut.png", "text.png", "dot.png"):
        assert any(name in warning for warning in result.warnings), name


def test_too_few_normals_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidError, match="9 usable pictures in 'normal'; at least 10"):
        train(write_set(tmp_path / "set", 9, 5), tmp_path / "model")


def test_a_folder_without_normals_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidError, match="normal"):
        train(write_set(tmp_path / "set", 0, 12), tmp_path / "model")
    with pytest.raises(InvalidError, match="not a folder"):
        train(tmp_path / "absent", tmp_path / "model")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InvalidError, match="'normal'"):
        train(tmp_path / "empty", tmp_path / "model")


def test_one_picture_with_two_labels_is_refused(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "set", 12, 2)
    shutil.copy(folder / "normal" / "normal-003.png", folder / "anomaly" / "same.png")
    with pytest.raises(InvalidError, match=r"same\.png.*two labels"):
        train(folder, tmp_path / "model")


def test_an_unknown_budget_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidError, match="fast, balanced, thorough"):
        train(tmp_path, tmp_path / "model", budget="lavish")


def test_progress_only_moves_forward(tmp_path: Path) -> None:
    shares: list[float] = []
    folder = write_set(tmp_path / "set", 10, 0)
    train(
        folder,
        tmp_path / "model",
        budget="fast",
        progress=lambda _words, share: shares.append(share),
    )
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
