"""What a picture is, and which id it gets."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.camera.picture import load, sniff
from sightline.domain.errors import InvalidError, UnusableImageError

JPEG = b"\xff\xd8\xff\xe0 part"
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "content_type"),
    [
        (b"\xff\xd8\xff\xe1", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"II*\x00", "image/tiff"),
        (b"MM\x00*", "image/tiff"),
        (b"BM" + bytes(12) + b"\x28\x00\x00\x00", "image/bmp"),
    ],
)
def test_the_first_bytes_decide(start: bytes, content_type: str) -> None:
    assert sniff(start + bytes(50)) == content_type


@pytest.mark.parametrize(
    ("data", "reason", "words"),
    [
        (b"", "not_an_image", "empty"),
        (b"hello", "not_an_image", "68 65 6c 6c 6f"),
        (b"BMW is a car maker, not a bitmap", "not_an_image", "no picture"),
        (b"GIF89a", "unsupported", "GIF"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "unsupported", "WebP"),
        (b"\x00\x00\x00\x18ftypheic", "unsupported", "HEIF"),
        (b"%PDF-1.7", "unsupported", "PDF"),
        (b"II+\x00", "unsupported", "BigTIFF"),
    ],
)
def test_anything_else_is_refused_by_name(data: bytes, reason: str, words: str) -> None:
    with pytest.raises(UnusableImageError, match=words) as caught:
        sniff(data)
    assert caught.value.reason == reason


@given(st.binary(max_size=64))
def test_any_bytes_are_sniffed_or_refused(data: bytes) -> None:
    with suppress(UnusableImageError):
        assert sniff(data).startswith("image/")


def test_the_extension_decides_nothing(tmp_path: Path) -> None:
    file = tmp_path / "liar.png"
    file.write_bytes(JPEG)
    assert load(file).content_type == "image/jpeg"


def test_a_copy_under_another_name_is_the_same_picture(tmp_path: Path) -> None:
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / name).write_bytes(JPEG)
        os.utime(tmp_path / name, (1.75e9, 1.75e9))
    assert load(tmp_path / "a.jpg").image_id == load(tmp_path / "b.jpg").image_id


def test_a_file_written_again_is_a_new_picture(tmp_path: Path) -> None:
    file = tmp_path / "latest.jpg"
    file.write_bytes(JPEG)
    first = load(file).image_id
    os.utime(file, (1.75e9, 1.75e9))
    second = load(file).image_id
    file.write_bytes(JPEG + b"!")
    os.utime(file, (1.75e9, 1.75e9))
    assert len({first, second, load(file).image_id}) == 3


def test_bytes_with_a_time_are_the_same_picture_and_without_one_a_new_one() -> None:
    assert load(JPEG, captured_at=NOON).image_id == load(JPEG, captured_at=NOON).image_id
    assert load(JPEG).image_id != load(JPEG).image_id


def test_ids_sort_as_pictures_were_taken() -> None:
    moments = [NOON.replace(hour=hour, microsecond=hour * 1000) for hour in range(24)]
    ids = [load(JPEG, clock=lambda moment=moment: moment).image_id for moment in moments]
    assert ids == sorted(ids)


@pytest.mark.parametrize("bad", [{"image_id": "a/b"}, {"metadata": {"Serial": "1"}}])
def test_names_follow_the_rules_before_anything_is_sent(bad: dict[str, str]) -> None:
    with pytest.raises(InvalidError):
        load(JPEG, **bad)  # type: ignore[arg-type]


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(InvalidError, match="time zone"):
        load(JPEG, captured_at=datetime(2026, 1, 31))
