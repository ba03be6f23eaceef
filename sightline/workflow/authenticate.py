"""Authenticate: which camera is this?"""

from __future__ import annotations

from datetime import UTC, datetime

from sightline.domain.cameras import Camera, split_token
from sightline.domain.errors import InvalidError, UnauthorizedError
from sightline.workflow.ports import CameraRegistry

# Compared with when there is no such camera, so that the answer takes as long as for a real one.
_NOBODY = Camera(
    camera_id="nobody",
    line="nowhere",
    facility="nowhere",
    project="none",
    token_hash="0" * 64,
    created_at=datetime(2000, 1, 1, tzinfo=UTC),
)


def authenticate(token: str, cameras: CameraRegistry) -> Camera:
    """The camera whose token this is, with or without `Bearer` before it.

    Raises `UnauthorizedError` in the same words for a malformed token, an unknown camera, a wrong
    secret and a revoked camera.
    """
    scheme, _, rest = token.strip().partition(" ")
    try:
        camera_id, secret = split_token(rest.strip() if scheme.lower() == "bearer" else scheme)
    except InvalidError:
        raise _refused() from None
    camera = cameras.get(camera_id)
    accepted = (camera or _NOBODY).accepts(secret)
    if camera is None or not accepted:
        raise _refused()
    return camera


def _refused() -> UnauthorizedError:
    return UnauthorizedError("This is not the token of a registered camera, or it was revoked.")
