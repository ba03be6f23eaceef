"""Signing in from a browser, at the gateway's address: Cognito's open calls, handed on to moto.

Only calls that AWS takes without a signature pass; the others are those of administrators. Those
for a second factor do not, because moto takes any code for one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import urllib3

from sightline.local.gateway.messages import Answer, Request
from sightline.local.gateway.pages import Page

_USERS = "AWSCognitoIdentityProviderService"
_IDENTITIES = "AWSCognitoIdentityService"
_CONTENT_TYPE = "application/x-amz-json-1.1"
OPEN: Mapping[str, frozenset[str]] = {
    "cognito-idp": frozenset(
        f"{_USERS}.{operation}"
        for operation in (
            "ChangePassword",
            "GetUser",
            "GlobalSignOut",
            "InitiateAuth",
            "RespondToAuthChallenge",
            "RevokeToken",
        )
    ),
    "cognito-identity": frozenset(
        f"{_IDENTITIES}.{operation}" for operation in ("GetCredentialsForIdentity", "GetId")
    ),
}


def sign_in_pages(endpoint: str, config: Callable[[], dict[str, Any]]) -> dict[str, Page]:
    """The pages by their first segment; `config` gives what is in `config.json`."""

    def show_config(request: Request) -> Answer:
        del request
        return Answer.of_json(200, config(), [("Cache-Control", "no-store")])

    pages: dict[str, Page] = {"config.json": show_config}
    for name, operations in OPEN.items():
        pages[name] = _proxy(endpoint, operations)
    return pages


def _proxy(endpoint: str, operations: frozenset[str]) -> Page:
    def hand_on(request: Request) -> Answer:
        target = request.header("x-amz-target") or ""
        if request.method != "POST" or target not in operations:
            body = {"__type": "NotAuthorizedException", "message": "This call must be signed."}
            return Answer.of_json(400, body)
        answer = urllib3.request(
            "POST",
            f"{endpoint}/",
            body=request.body,
            headers={"Content-Type": _CONTENT_TYPE, "X-Amz-Target": target},
            retries=False,
        )
        headers = [("Content-Type", _CONTENT_TYPE), ("Cache-Control", "no-store")]
        return Answer(answer.status, answer.data, headers)

    return hand_on
