from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sightline.domain.errors import InvalidError
from sightline.vision.artifact import open_session
from sightline.vision.backbone.export import backbone_model
from sightline.vision.features import load_backbone
from sightline.vision.training import train
from tests.unit.vision.pictures import write_set


def random_state() -> dict[str, np.ndarray]:
    """Weights of the right shapes, drawn at random, as torch names them."""
    rng = np.random.default_rng(0)
    state: dict[str, np.ndarray] = {}

    def convolution(name: str, inputs: int, outputs: int, kernel: int) -> None:
        state[f"{name}.0.weight"] = rng.normal(size=(outputs, inputs, kernel, kernel)) * 0.1
        state[f"{name}.1.weight"] = rng.uniform(0.5, 1.5, outputs)
        state[f"{name}.1.bias"] = rng.normal(size=outputs) * 0.1
        state[f"{name}.1.running_mean"] = rng.normal(size=outputs) * 0.1
        state[f"{name}.1.running_var"] = rng.uniform(0.5, 1.5, outputs)

    convolution("stem", 3, 8, 5)
    convolution("down1", 8, 8, 3)
    convolution("stage1.first", 8, 8, 3)
    convolution("stage1.second", 8, 8, 3)
    convolution("down2", 8, 16, 3)
    convolution("stage2.0.first", 16, 16, 3)
    convolution("stage2.0.second", 16, 16, 3)
    for name, inputs, outputs in (("fine", 8, 12), ("coarse", 24, 20)):
        state[f"{name}.weight"] = rng.normal(size=(outputs, inputs, 1, 1))
        state[f"{name}.bias"] = np.zeros(outputs)
    return state


def test_the_packaged_backbone_gives_unit_features_at_any_size() -> None:
    backbone = load_backbone()
    session = open_session(backbone.model.SerializeToString(), 1)
    for height, width in ((64, 96), (128, 64)):
        pictures = np.random.default_rng(0).random((1, 3, height, width), np.float32)
        maps = session.run(None, {"pictures": pictures})
        for values, channels, stride in zip(maps, backbone.channels, backbone.strides, strict=True):
            assert values.shape == (1, channels, height // stride, width // stride)
            assert np.linalg.norm(values, axis=1) == pytest.approx(1, abs=1e-4)


def test_the_packaged_weights_are_small() -> None:
    assert len(load_backbone().model.SerializeToString()) < 10e6


def test_a_backbone_of_ones_own_takes_the_place_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "own.onnx"
    path.write_bytes(backbone_model(random_state(), {"source": "own"}))
    result = train(
        write_set(tmp_path / "set", 10, 0), tmp_path / "model", budget="fast", backbone=path
    )
    assert result.manifest.versions["backbone"] == "own"


def test_what_is_no_backbone_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "own.onnx"
    path.write_bytes(b"nothing")
    with pytest.raises(InvalidError, match=r"own\.onnx is not a backbone"):
        load_backbone(path)


def test_export_matches_torch_and_training_lowers_the_loss(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch", reason="the extra `backbone` (torch) is not installed")
    from sightline.vision.backbone.export import export_checkpoint
    from sightline.vision.backbone.training import (
        Progress,
        Recipe,
        load_checkpoint,
        train_backbone,
    )

    losses: list[float] = []

    def keep(progress: Progress) -> None:
        losses.append(progress.loss)

    train_backbone(tmp_path, Recipe(steps=120, episodes=8, workers=0), keep)
    assert np.mean(losses[-10:]) < 0.8 * np.mean(losses[:5])
    export_checkpoint(tmp_path / "checkpoint.pt", tmp_path / "backbone.onnx", {})
    net = load_checkpoint(tmp_path / "checkpoint.pt")
    pictures = np.random.default_rng(0).random((1, 3, 96, 64), np.float32)
    with torch.no_grad():
        expected = net(torch.from_numpy(pictures))
    session = open_session((tmp_path / "backbone.onnx").read_bytes(), 1)
    for ours, theirs in zip(session.run(None, {"pictures": pictures}), expected, strict=True):
        assert np.abs(ours - theirs.numpy()).max() < 1e-4


def test_a_timm_network_becomes_a_backbone(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="the extra `backbone` (torch) is not installed")
    pytest.importorskip("timm", reason="timm is not installed")
    from sightline.vision.backbone.export import export_timm

    path = tmp_path / "resnet.onnx"
    export_timm("resnet18", path, pretrained=False)
    backbone = load_backbone(path)
    assert backbone.strides == (4, 8)
    result = train(
        write_set(tmp_path / "set", 10, 0), tmp_path / "model", budget="fast", backbone=path
    )
    assert result.manifest.versions["backbone"] == "timm resnet18"
