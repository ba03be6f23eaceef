"""What the site must know of the environment that it belongs to: its file `config.json`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sightline.domain.permissions import Group, allowed

OUTPUTS = ("region", "timeZone", "userPoolId", "userPoolClientId", "identityPoolId")
"""The outputs of a stack that are needed."""


def site_config(
    outputs: Mapping[str, Any],
    apis: Mapping[str, str],
    *,
    cognito_idp: str | None = None,
    cognito_identity: str | None = None,
) -> dict[str, Any]:
    """The content of `config.json`: where to sign in, where the services are, and who may what.

    `apis` are the services' addresses by name. Signing in is at AWS unless something else is said.
    There is no secret in it.
    """
    region = outputs["region"]
    return {
        "region": region,
        "timeZone": outputs["timeZone"],
        "userPoolId": outputs["userPoolId"],
        "clientId": outputs["userPoolClientId"],
        "identityPoolId": outputs["identityPoolId"],
        "cognitoIdp": cognito_idp or f"https://cognito-idp.{region}.amazonaws.com/",
        "cognitoIdentity": cognito_identity or f"https://cognito-identity.{region}.amazonaws.com/",
        "apis": {name: address.rstrip("/") for name, address in sorted(apis.items())},
        # What would be refused is not offered.
        "may": {group.value: allowed(group) for group in Group},
    }
