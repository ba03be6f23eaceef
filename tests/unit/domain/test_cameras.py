from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.domain import cameras
from sightline.domain.errors import InvalidError
from tests.examples import NOON, camera


def test_a_camera_accepts_its_own_token_only() -> None:
    known, token = camera()
    other, other_token = camera()
    camera_id, secret = cameras.split_token(f"Bearer {token}")
    assert camera_id == known.camera_id
    assert known.accepts(secret)
    assert not other.accepts(secret)
    assert not known.accepts(cameras.split_token(other_token)[1])


def test_a_revoked_camera_accepts_nothing() -> None:
    known, token = camera()
    secret = cameras.split_token(token)[1]
    assert not replace(known, revoked_at=NOON).accepts(secret)


def test_rotating_voids_the_old_token_and_lifts_a_revocation() -> None:
    known, old = camera(revoked_at=NOON)
    fresh, new = cameras.rotate(known)
    assert fresh.accepts(cameras.split_token(new)[1])
    assert not fresh.accepts(cameras.split_token(old)[1])


def test_neither_the_token_nor_its_hash_is_printed() -> None:
    known, token = camera()
    assert known.token_hash not in repr(known)
    assert cameras.split_token(token)[1] not in repr(known)


@given(st.text(min_size=8, max_size=300))
def test_no_text_breaks_the_token_parser_nor_is_repeated(text: str) -> None:
    known, _ = camera()
    message = ""
    try:
        _, secret = cameras.split_token(text)
        assert not known.accepts(secret)
    except InvalidError as error:
        message = str(error)
    assert text not in message


@pytest.mark.parametrize("token", ["allow", "Bearer allow", "slc..x", "slc.cam.", "x.cam.secret"])
def test_the_samples_password_and_other_nonsense_are_no_tokens(token: str) -> None:
    with pytest.raises(InvalidError):
        cameras.split_token(token)
