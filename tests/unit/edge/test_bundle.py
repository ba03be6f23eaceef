"""Bundles hold all that a device needs, and are made of the same bytes each time."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile
from pathlib import Path

import pytest

from sightline.domain.errors import ArtifactError
from sightline.domain.lookout.packaging import Component, Target
from sightline.domain.lookout.records import S3Location
from sightline.edge import bundle
from sightline.edge.bundle import BundleInfo
from sightline.edge.recipe import recipe
from sightline.edge.wheel import build_wheel, wheel_name

INFO = BundleInfo("castings", "1", "boards", "1.0.0", "ab" * 32, 640, 480, {"scratch": "#ff0000"})


def component(**target: str) -> Component:
    return Component("boards", "1.0.0", S3Location("out", "edge/"), Target(**target))


def test_a_bundle_is_unpacked_as_it_was_written(tmp_path: Path) -> None:
    model = tmp_path / "model"
    model.mkdir()
    (model / "model.onnx").write_bytes(b"model")
    made = [
        bundle.write(INFO, model, recipe="{}", wheel=b"wheel", wheel_name="x.whl") for _ in range(2)
    ]
    assert made[0] == made[1]
    path = tmp_path / "boards-1.0.0.zip"
    path.write_bytes(made[0])
    folder = bundle.unpack(path, tmp_path / "work")
    assert bundle.read(folder) == INFO
    assert (folder / "model/model.onnx").read_bytes() == b"model"
    assert (folder / "x.whl").read_bytes() == b"wheel"
    assert bundle.unpack(folder, tmp_path) == folder


@pytest.mark.parametrize("content", [None, b"not a zip"])
def test_what_is_no_bundle_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "b.zip"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ArtifactError, match=r"b\.zip is not a bundle"):
        bundle.unpack(path, tmp_path / "work")
    with pytest.raises(ArtifactError, match="is not a bundle"):
        bundle.read(tmp_path)


def test_the_wheel_lists_every_file_with_its_digest() -> None:
    with zipfile.ZipFile(io.BytesIO(build_wheel())) as wheel:
        (record,) = [name for name in wheel.namelist() if name.endswith("/RECORD")]
        listed = dict(
            line.split(",")[:2] for line in wheel.read(record).decode().splitlines() if line
        )
        assert set(listed) == set(wheel.namelist())
        for name, digest in listed.items():
            if name != record:
                found = base64.urlsafe_b64encode(hashlib.sha256(wheel.read(name)).digest())
                assert digest == "sha256=" + found.rstrip(b"=").decode()
        assert "sightline/edge/server.py" in listed
    assert wheel_name().endswith("-py3-none-any.whl")


@pytest.mark.parametrize(
    ("target", "architecture"),
    [
        ({"device": "jetson_xavier"}, "aarch64"),
        ({"os": "LINUX", "arch": "ARM64"}, "aarch64"),
        ({"os": "LINUX", "arch": "X86_64", "accelerator": "NVIDIA"}, "amd64"),
    ],
)
def test_the_recipe_fits_the_target(target: dict[str, str], architecture: str) -> None:
    made = json.loads(recipe(component(**target), "s3://out/edge/boards-1.0.0.zip", "x.whl"))
    (manifest,) = made["Manifests"]
    assert manifest["Platform"] == {"os": "linux", "architecture": architecture}
    assert manifest["Artifacts"] == [{"URI": "s3://out/edge/boards-1.0.0.zip", "Unarchive": "ZIP"}]
    place = "{artifacts:decompressedPath}/boards-1.0.0"
    assert manifest["Lifecycle"]["install"].endswith(f"pip install {place}/x.whl")
    assert f"sightline-edge {place} --port" in manifest["Lifecycle"]["run"]
