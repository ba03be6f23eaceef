"""Cameras and their tokens.

A token is `slc.<camera id>.<secret>`: the id finds the registry entry without a scan, the prefix
lets secret scanners find leaked tokens. The secret has 256 random bits, so a plain SHA-256 of it is
a sufficient hash: there is nothing to guess that a slow hash would protect.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sightline.domain import names
from sightline.domain.errors import InvalidError

TOKEN_PREFIX = "slc"  # noqa: S105 - the public prefix, not a secret


@dataclass(frozen=True)
class Camera:
    """A camera as the registry knows it; `token_hash` is hex SHA-256 of the token's secret.

    The names are for people and may be empty.
    """

    camera_id: str
    line: str
    facility: str
    project: str
    token_hash: str = field(repr=False)
    created_at: datetime
    name: str = ""
    line_name: str = ""
    facility_name: str = ""
    revoked_at: datetime | None = None
    last_seen_at: datetime | None = None

    def accepts(self, secret: str) -> bool:
        """Whether the secret is this camera's and the camera is not revoked."""
        same = hmac.compare_digest(_digest(secret), self.token_hash)
        return same and self.revoked_at is None


_RULES: Mapping[str, Callable[[str], str]] = {
    "line": lambda value: names.slug(value, "Line"),
    "facility": lambda value: names.slug(value, "Facility"),
    "project": names.project_name,
    "name": lambda value: names.title(value, "Name"),
    "line_name": lambda value: names.title(value, "Line name"),
    "facility_name": lambda value: names.title(value, "Facility name"),
}


@dataclass(frozen=True)
class Change:
    """What people may change of a camera; None leaves it as it is."""

    line: str | None = None
    facility: str | None = None
    project: str | None = None
    name: str | None = None
    line_name: str | None = None
    facility_name: str | None = None

    def checked(self) -> dict[str, str]:
        """The members that change; `InvalidError` names a wrong one."""
        given = {name: value for name, value in vars(self).items() if value is not None}
        return {name: _RULES[name](value) for name, value in given.items()}


def register(
    camera_id: str,
    *,
    line: str,
    facility: str,
    project: str,
    at: datetime,
    name: str = "",
    line_name: str = "",
    facility_name: str = "",
) -> tuple[Camera, str]:
    """A new camera and its token. The token is shown once: only its hash is kept."""
    secret = secrets.token_urlsafe(32)
    place = Change(line, facility, project, name, line_name, facility_name)
    members: dict[str, Any] = place.checked()
    camera = Camera(
        camera_id=names.slug(camera_id, "Camera id"),
        token_hash=_digest(secret),
        created_at=at,
        **members,
    )
    return camera, f"{TOKEN_PREFIX}.{camera_id}.{secret}"


def rotate(camera: Camera) -> tuple[Camera, str]:
    """The camera with a new token; the old token is void from the moment this is stored."""
    secret = secrets.token_urlsafe(32)
    fresh = replace(camera, token_hash=_digest(secret), revoked_at=None)
    return fresh, f"{TOKEN_PREFIX}.{camera.camera_id}.{secret}"


def split_token(token: str) -> tuple[str, str]:
    """`(camera id, secret)` of a token, with or without a leading `Bearer `.

    Raises `InvalidError`, whose message never contains the token.
    """
    prefix, _, rest = token.removeprefix("Bearer ").strip().partition(".")
    camera_id, _, secret = rest.partition(".")
    if prefix != TOKEN_PREFIX or not secret or len(token) > 256:
        raise InvalidError("This is not a camera token.")
    return names.slug(camera_id, "Camera id"), secret


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
