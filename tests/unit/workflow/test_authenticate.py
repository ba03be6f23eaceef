"""Authenticate: only a registered camera's own token is believed."""

from __future__ import annotations

import sys
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.adapters.memory import MemoryCameraRegistry
from sightline.domain import cameras
from sightline.domain.errors import UnauthorizedError
from sightline.workflow.authenticate import authenticate
from tests.examples import NOON, camera

CAMERA, TOKEN = camera()
REGISTRY = MemoryCameraRegistry(CAMERA)


@pytest.mark.parametrize("sent", [TOKEN, f"Bearer {TOKEN}", f"bearer  {TOKEN} ", f" {TOKEN}"])
def test_a_camera_is_known_by_its_token_with_or_without_bearer(sent: str) -> None:
    assert authenticate(sent, REGISTRY) == CAMERA


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "allow",
        "Bearer",
        "Bearer ",
        "slc.press-1-top",
        "slc.press-1-top.",
        "slc..secret",
        "slc.press-1-top.wrong",
        f"{TOKEN}x",
        TOKEN.replace("slc", "SLC"),
        TOKEN.replace("press-1-top", "press-1-low"),
        f"Basic {TOKEN}",
        "slc.press-1-top." + "a" * 5000,
        "slc.press-1-top.\udcff",
        "slc.größe.secret",
    ],
)
def test_everything_else_is_refused_in_the_same_words(sent: str) -> None:
    with pytest.raises(UnauthorizedError) as refused:
        authenticate(sent, REGISTRY)
    assert str(refused.value) == _words_for_a_wrong_secret()


@given(st.text(st.characters(), max_size=300))
def test_no_text_is_believed_and_none_raises_anything_else(sent: str) -> None:
    with pytest.raises(UnauthorizedError):
        authenticate(sent, REGISTRY)


def test_a_revoked_camera_is_refused_at_once_and_in_the_same_words() -> None:
    revoked, token = camera(revoked_at=NOON)
    with pytest.raises(UnauthorizedError) as refused:
        authenticate(token, MemoryCameraRegistry(revoked))
    assert str(refused.value) == _words_for_a_wrong_secret()


def test_a_replaced_token_is_void_at_once() -> None:
    registry = MemoryCameraRegistry(CAMERA)
    fresh, new_token = cameras.rotate(CAMERA)
    registry.change(CAMERA.camera_id, {"token_hash": fresh.token_hash})
    assert authenticate(new_token, registry) == fresh
    with pytest.raises(UnauthorizedError):
        authenticate(TOKEN, registry)


@pytest.mark.parametrize("registry", [REGISTRY, MemoryCameraRegistry()])
def test_an_unknown_camera_costs_a_comparison_like_a_known_one(
    registry: MemoryCameraRegistry,
) -> None:
    called: Counter[str] = Counter()
    sys.setprofile(lambda frame, event, _: called.update([f"{event} {frame.f_code.co_name}"]))
    try:
        with pytest.raises(UnauthorizedError):
            authenticate("slc.press-1-top.wrong", registry)
    finally:
        sys.setprofile(None)
    assert called["call accepts"] == called["call _digest"] == 1


def _words_for_a_wrong_secret() -> str:
    with pytest.raises(UnauthorizedError) as refused:
        authenticate("slc.press-1-top.wrong", REGISTRY)
    return str(refused.value)
