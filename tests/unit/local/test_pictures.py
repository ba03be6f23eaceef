from __future__ import annotations

from pathlib import Path

import pytest

from sightline.domain.errors import InvalidError, NotFoundError
from sightline.local import pictures


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a/normal/1.jpg", "a/normal/2.PNG", "b/anomaly/deep/3.bmp", "a/normal/notes.txt"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    return tmp_path


def test_labels_come_from_folders_at_any_depth(folder: Path) -> None:
    found = {(p.path.name, p.truth) for p in pictures.labelled(folder)}
    assert found == {("1.jpg", "normal"), ("2.PNG", "normal"), ("3.bmp", "anomaly")}


def test_a_labelled_folder_itself_can_be_given(folder: Path) -> None:
    assert {p.truth for p in pictures.labelled(folder / "a" / "normal")} == {"normal"}


def test_what_cannot_be_played_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="nowhere"):
        pictures.labelled(tmp_path / "nowhere")
    with pytest.raises(InvalidError, match="normal"):
        pictures.labelled(tmp_path)


def test_a_sample_is_bounded_and_repeatable(folder: Path) -> None:
    found = pictures.labelled(folder)
    once = pictures.sample(found, normal=1, anomaly=5, seed=3)
    assert [p.truth for p in once] == ["normal", "anomaly"]
    assert once == pictures.sample(found, normal=1, anomaly=5, seed=3)


def test_links_are_laid_out_for_training(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "links"
    pictures.link(pictures.labelled(folder), target)
    assert {p.truth for p in pictures.labelled(target)} == {"normal", "anomaly"}
