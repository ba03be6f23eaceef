from __future__ import annotations

import contextlib
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.domain import images
from sightline.domain.errors import InvalidError, TooLargeError
from sightline.domain.images import UploadRequest
from tests.examples import KEY, NOON, REF, camera


def request(**changes: object) -> UploadRequest:
    values = {
        "image_id": REF.image_id,
        "content_type": "image/jpeg",
        "size": 10,
        "captured_at": NOON,
        **changes,
    }
    return UploadRequest(**values)  # type: ignore[arg-type]


def test_the_server_chooses_the_key() -> None:
    known, _ = camera()
    assert images.reserve(known, request(), at=NOON, max_bytes=100).key == KEY


@given(st.text(max_size=140))
def test_a_key_never_leaves_its_cameras_folder_and_reads_back(image_id: str) -> None:
    known, _ = camera()
    try:
        made = images.reserve(known, request(image_id=image_id), at=NOON, max_bytes=100)
    except InvalidError:
        return
    parts = images.parse_key(made.key)
    assert made.key.startswith("images/leipzig/press-1/press-1-top/2026/03/14/")
    assert parts.ref == made.ref
    assert len(made.key.encode()) <= 1024  # S3's limit


def test_the_day_is_that_of_capture_in_utc() -> None:
    known, _ = camera()
    made = images.reserve(
        known, request(captured_at=NOON - timedelta(days=1)), at=NOON, max_bytes=100
    )
    assert "/2026/03/13/" in made.key


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"content_type": "text/html"}, InvalidError),
        ({"size": 0}, InvalidError),
        ({"size": 101}, TooLargeError),
        ({"image_id": "../x"}, InvalidError),
        ({"metadata": {"BAD": "x"}}, InvalidError),
    ],
)
def test_a_bad_request_reserves_nothing(changes: dict[str, object], error: type[Exception]) -> None:
    known, _ = camera()
    with pytest.raises(error):
        images.reserve(known, request(**changes), at=NOON, max_bytes=100)


@pytest.mark.parametrize(
    "key",
    ["", "images/x.jpg", "maps/a/b/c/2026/03/14/x.jpg", "images/a/b/c/2026/03/14/noextension"],
)
def test_foreign_keys_are_not_parsed(key: str) -> None:
    with pytest.raises(InvalidError):
        images.parse_key(key)


@given(st.text(max_size=200))
def test_no_key_breaks_the_parser(key: str) -> None:
    with contextlib.suppress(InvalidError):
        images.parse_key(key)


def test_the_map_lies_beside_its_image_under_another_prefix() -> None:
    assert images.map_key(KEY) == f"maps/{KEY.removeprefix('images/')}.png"
