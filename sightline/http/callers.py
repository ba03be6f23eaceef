"""Who called: a short, stable name, from what API Gateway knows of a signed request.

Of somebody who signed in it knows no name: the role and its session are the same for a whole
group. What tells people apart is the subject, at the end of `cognitoAuthenticationProvider`
(`...:CognitoSignIn:<subject>`); their name is in the user pool.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

UNKNOWN = "unknown"
_SIGNED_IN = ":CognitoSignIn:"

NameOf = Callable[[str], str | None]
"""Gives the user name that belongs to a subject."""


def caller(context: Mapping[str, Any], name_of: NameOf | None = None) -> str:
    """The name of who called, from an event's `requestContext`.

    Somebody who signed in is called by their user name, or by their subject (a UUID) where
    `name_of` is not given or does not know them. A program is called by the name of its IAM user,
    or of its role's session.
    """
    identity = context.get("identity") or {}
    provider = str(identity.get("cognitoAuthenticationProvider") or "")
    if _SIGNED_IN in provider:
        subject = provider.rpartition(_SIGNED_IN)[2]
        return (name_of(subject) if name_of else None) or subject or UNKNOWN
    arn = str(identity.get("userArn") or "")
    # arn:aws:iam::1:user/path/name, arn:aws:sts::1:assumed-role/role/session, arn:aws:iam::1:root
    return arn.rpartition(":")[2].rpartition("/")[2] or UNKNOWN
