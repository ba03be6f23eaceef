from __future__ import annotations

import os
import zipfile
from pathlib import Path

from sightline.local.functions.package import package


def test_the_same_source_gives_the_same_bytes(tmp_path: Path) -> None:
    first = package(tmp_path / "first")
    second = package(tmp_path / "second")

    assert {name: path.read_bytes() for name, path in first.items()} == {
        name: path.read_bytes() for name, path in second.items()
    }


def test_zips_hold_handlers_and_what_they_need_only(tmp_path: Path) -> None:
    zips = {name: names(path) for name, path in package(tmp_path).items()}

    assert {"detect.py", "sightline/bootstrap/pipeline.py", "sightline/vision/scoring.py"} <= zips[
        "detect"
    ]
    assert {"record.py", "notify.py", "digest.py"} <= zips["workflow"]
    assert {"app.py", "sightline/http/ingest.py"} <= zips["ingest"]
    for held in zips.values():
        assert not any(name.startswith(("sightline/local", "sightline/cli")) for name in held)
        assert not any(name.endswith(".pyc") for name in held)
    plain = zips["workflow"] | zips["ingest"] | zips["control"]
    assert not any(name.startswith("sightline/vision") for name in plain)


def test_what_is_no_code_is_there_where_it_is_read(tmp_path: Path) -> None:
    zips = {name: names(path) for name, path in package(tmp_path).items()}

    assert any(name.endswith("service-2.json") for name in zips["control"])
    assert "control_job.py" in zips["control_job"]
    assert "sightline/vision/weights/backbone.onnx" in zips["control_job"]


def test_dates_of_files_do_not_matter(tmp_path: Path) -> None:
    for folder in ("analytics", "control", "ingest", "workflow"):
        (tmp_path / "root/services" / folder).mkdir(parents=True)
    (tmp_path / "root/sightline").mkdir()
    handler = tmp_path / "root/services/workflow/detect.py"
    handler.write_text("x = 1")
    before = package(tmp_path / "a", root=tmp_path / "root")["detect"].read_bytes()

    os.utime(handler, (1, 1))

    assert package(tmp_path / "b", root=tmp_path / "root")["detect"].read_bytes() == before


def names(path: Path) -> set[str]:
    with zipfile.ZipFile(path) as archive:
        return set(archive.namelist())
