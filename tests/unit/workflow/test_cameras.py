"""Registering, revoking and rotating cameras."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sightline.adapters.memory import MemoryCameraRegistry
from sightline.domain.cameras import split_token
from sightline.domain.errors import ConflictError, InvalidError, NotFoundError
from sightline.workflow.cameras import all_cameras, register, revoke, rotate
from tests.examples import NOON

WHERE = {"line": "press-1", "facility": "leipzig", "project": "castings"}


def secret(token: str) -> str:
    return split_token(token)[1]


def test_a_registered_camera_may_send() -> None:
    registry = MemoryCameraRegistry()
    _, token = register(registry, "cam-1", clock=lambda: NOON, **WHERE)
    stored = registry.get("cam-1")
    assert stored
    assert stored.accepts(secret(token))
    assert secret(token) not in repr(stored)


def test_an_id_is_given_once() -> None:
    registry = MemoryCameraRegistry()
    register(registry, "cam-1", **WHERE)
    with pytest.raises(ConflictError):
        register(registry, "cam-1", **WHERE)


def test_a_revoked_camera_may_not_send_and_keeps_its_date() -> None:
    registry = MemoryCameraRegistry()
    _, token = register(registry, "cam-1", **WHERE)
    revoke(registry, "cam-1", clock=lambda: NOON)
    again = revoke(registry, "cam-1", clock=lambda: NOON + timedelta(days=1))
    assert again.revoked_at == NOON
    assert not again.accepts(secret(token))


def test_a_new_token_voids_the_old_one_and_lets_a_revoked_camera_in() -> None:
    registry = MemoryCameraRegistry()
    _, old = register(registry, "cam-1", **WHERE)
    revoke(registry, "cam-1")
    _, new = rotate(registry, "cam-1")
    stored = registry.get("cam-1")
    assert stored
    assert stored.accepts(secret(new))
    assert not stored.accepts(secret(old))


@pytest.mark.parametrize("change", [revoke, rotate])
def test_an_unknown_camera_is_named(change: object) -> None:
    with pytest.raises(NotFoundError, match="cam-9"):
        change(MemoryCameraRegistry(), "cam-9")  # type: ignore[operator]


def test_a_camera_id_follows_the_rules() -> None:
    with pytest.raises(InvalidError):
        register(MemoryCameraRegistry(), "cam 1", **WHERE)


def test_all_cameras_are_listed_by_id() -> None:
    registry = MemoryCameraRegistry()
    for camera_id in ("b", "a"):
        register(registry, camera_id, **WHERE)
    revoke(registry, "a")
    assert [camera.camera_id for camera in all_cameras(registry)] == ["a", "b"]
