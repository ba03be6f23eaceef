"""The one identity of the local system.

These are not secrets: they open nothing but the embedded server on this machine, and every machine
has the same ones. The server still checks signatures made with them, so that a request signed with
anything else is refused as AWS would refuse it.
"""

from __future__ import annotations

ACCESS_KEY_ID = "AKIALOCALSIGHTLINE00"
SECRET_ACCESS_KEY = "local-only-opens-nothing-outside-this-machine"  # noqa: S105 - see above
ACCOUNT_ID = "123456789012"
REGION = "eu-west-1"

# State machines call other services under a name of their own.
_SECRETS = {ACCESS_KEY_ID: SECRET_ACCESS_KEY, "states": "states"}


def secret_for(access_key_id: str) -> str | None:
    """The secret that belongs to an access key, None for a key that does not exist here."""
    return _SECRETS.get(access_key_id)
