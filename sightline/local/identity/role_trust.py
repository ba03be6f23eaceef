"""Whether a role may be taken on by those who come from an identity pool."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.iam.exceptions import NotFoundException
from moto.iam.models import iam_backends

from sightline.local.iam.credentials import ACCOUNT_ID
from sightline.local.iam.policies import listed

FEDERATION = "cognito-identity.amazonaws.com"
ACTION = "sts:AssumeRoleWithWebIdentity"


def trusts_pool(role_arn: str, pool: str) -> Any:
    """The role if its trust lets in who signed in to this identity pool, and nobody else; or None.

    Unlike other policies here, its conditions are evaluated: without them, anybody's pool would do.
    """
    try:
        role = iam_backends[ACCOUNT_ID]["aws"].get_role(role_arn.rpartition("/")[2])
    except (NotFoundException, JsonRESTError):
        return None
    document = json.loads(role.assume_role_policy_document)
    statements = listed(document.get("Statement"))
    return role if any(_lets_in(statement, pool) for statement in statements) else None


def _lets_in(statement: Mapping[str, Any], pool: str) -> bool:
    conditions = statement.get("Condition", {})
    audience = conditions.get("StringEquals", {}).get(f"{FEDERATION}:aud")
    kind = conditions.get("ForAnyValue:StringLike", {}).get(f"{FEDERATION}:amr")
    return (
        statement.get("Effect") == "Allow"
        and ACTION in listed(statement.get("Action"))
        and FEDERATION in listed(statement.get("Principal", {}).get("Federated"))
        and pool in listed(audience)
        and "authenticated" in listed(kind)
    )
