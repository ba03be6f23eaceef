"""The identities of the local system: its owner, and the roles of the program, each with keys.

These are not secrets: they open nothing but the embedded server on this machine, and every machine
has the same ones. The server still checks signatures made with them, so that a request signed with
anything else is refused as AWS would refuse it.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

ACCESS_KEY_ID = "AKIALOCALSIGHTLINE00"
SECRET_ACCESS_KEY = "local-only-opens-nothing-outside-this-machine"  # noqa: S105 - see above
ACCOUNT_ID = "123456789012"
REGION = "eu-west-1"


@dataclass(frozen=True)
class Keys:
    """What signs requests. The keys of a role are temporary ones, which come with a token."""

    access_key_id: str
    secret_access_key: str
    session_token: str | None = None

    def environment(self) -> dict[str, str]:
        """The variables in which Lambda gives them to a function."""
        variables = {
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
        }
        token = self.session_token
        return {**variables, "AWS_SESSION_TOKEN": token} if token else variables


OWNER = Keys(ACCESS_KEY_ID, SECRET_ACCESS_KEY)
"""May do everything, like the root user of an account."""

_ROLES: dict[str, tuple[str, Keys]] = {}


def keys_of(role_arn: str) -> Keys:
    """The keys of a role, the same ones whenever it is asked for; the owner's for no role."""
    if not role_arn:
        return OWNER
    digest = hashlib.sha256(role_arn.encode()).digest()
    keys = Keys(
        "ASIA" + base64.b32encode(digest[:10]).decode(),
        base64.b64encode(digest).decode()[:40],
        f"local-session-{digest.hex()}",
    )
    _ROLES[keys.access_key_id] = role_arn, keys
    return keys


def role_of(access_key_id: str) -> tuple[str, Keys] | None:
    """The role that an access key was given out for, and its keys."""
    return _ROLES.get(access_key_id)


def secret_for(access_key_id: str) -> str | None:
    """The secret that belongs to an access key, None for a key that does not exist here."""
    if access_key_id == ACCESS_KEY_ID:
        return SECRET_ACCESS_KEY
    role = role_of(access_key_id)
    return role[1].secret_access_key if role else None
