"""Signing in, as strict as Cognito's user pools are where moto's are not.

moto takes any flow and any answer to a challenge, whoever it was asked of, and signs tokens with a
key that everybody has. https://docs.aws.amazon.com/cognito/latest/developerguide/authentication.html
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from joserfc.jwk import RSAKey
from moto.cognitoidp.exceptions import (
    InvalidParameterException,
    NotAuthorizedError,
    UserNotFoundError,
)
from moto.cognitoidp.models import CognitoIdpBackend, CognitoIdpUserPool
from moto.cognitoidp.responses import CognitoIdpJsonWebKeyResponse, CognitoIdpResponse

from sightline.local.seams import Seams

CHALLENGE_SECONDS = 180.0
WRONG = "Incorrect username or password."
NO_SESSION = "Invalid session for the user."
EXPIRED = "Invalid session for the user, session is expired."
REVOKED = "Refresh Token has been revoked"
TOO_OLD = "Refresh Token has expired"
_KID = "dummy"  # moto writes it into every token
_UNITS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86_400}
_REFRESH = ("REFRESH_TOKEN", "REFRESH_TOKEN_AUTH")


@dataclass(frozen=True)
class _Asked:
    """A challenge that waits for its answer."""

    name: str
    username: str
    at: float


class SignIn:
    """The rules, while they are put in; `key` is what tokens are signed with."""

    def __init__(self, *, now: Callable[[], float] = time.time) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": _KID, "use": "sig", "alg": "RS256"})
        self._now = now
        self._seams = Seams()
        self._asked: dict[str, _Asked] = {}
        self._refreshable: dict[str, float] = {}

    def install(self) -> SignIn:
        """Put the rules in."""
        keys = {"keys": [self.key.as_dict(private=False)]}
        self._seams.replace(CognitoIdpJsonWebKeyResponse, "json_web_key", json.dumps(keys).encode())
        self._sign_with_own_key()
        self._name_roles()
        self._check_flows()
        self._check_answers()
        self._take_back_tokens()
        return self

    def restore(self) -> None:
        """Take the rules out."""
        self._seams.restore()

    def _sign_with_own_key(self) -> None:
        def made(pool: Any, *args: Any, **options: Any) -> None:
            before(pool, *args, **options)
            pool.json_web_key = self.key

        before = self._seams.replace(CognitoIdpUserPool, "__init__", made)

    def _name_roles(self) -> None:
        def claims(pool: Any, client_id: str, username: str) -> dict[str, Any]:
            found: dict[str, Any] = before(pool, client_id, username)
            return found | role_claims(pool._get_user(username))

        name = "get_user_extra_data_by_client_id"
        before = self._seams.replace(CognitoIdpUserPool, name, claims)

    def _check_flows(self) -> None:
        def initiated(
            backend: Any, client_id: str, auth_flow: str, auth_parameters: dict[str, str]
        ) -> dict[str, Any]:
            client = _client(backend, client_id)
            self._check_flow(client, auth_flow)
            if auth_flow in _REFRESH:
                self._check_refresh(backend, client, auth_parameters.get("REFRESH_TOKEN", ""))
            try:
                answer: dict[str, Any] = before(backend, client_id, auth_flow, auth_parameters)
            except UserNotFoundError as error:
                # Strangers must not learn who has an account.
                raise NotAuthorizedError(WRONG) from error
            return self._noted(answer, auth_parameters.get("USERNAME", ""))

        before = self._seams.replace(CognitoIdpBackend, "initiate_auth", initiated)

    def _check_answers(self) -> None:
        def answered(
            backend: Any,
            session: str,
            client_id: str,
            challenge_name: str,
            challenge_responses: dict[str, str],
        ) -> dict[str, Any]:
            username = challenge_responses.get("USERNAME", "")
            self._check_answer(session, challenge_name, username)
            answer: dict[str, Any] = before(
                backend, session, client_id, challenge_name, challenge_responses
            )
            self._asked.pop(session, None)
            return self._noted(answer, username)

        before = self._seams.replace(CognitoIdpBackend, "respond_to_auth_challenge", answered)

    def _take_back_tokens(self) -> None:
        """RevokeToken, which moto lacks: what is not known needs no revoking, as on AWS."""

        def revoked(response: Any) -> str:
            asked = response.parameters
            client = _client(response.backend, asked.get("ClientId", ""))
            if client is None:
                raise NotAuthorizedError("Invalid client id.")
            tokens = response.backend.user_pools[client.user_pool_id].refresh_tokens
            tokens.pop(asked.get("Token", ""), None)
            return "{}"

        self._seams.add(CognitoIdpResponse, "revoke_token", revoked)

    def _check_flow(self, client: Any, flow: str) -> None:
        wanted = "REFRESH_TOKEN_AUTH" if flow in _REFRESH else flow
        if client and f"ALLOW_{wanted}" not in client.extended_config.get("ExplicitAuthFlows", []):
            raise InvalidParameterException(f"{flow} flow not enabled for this client")

    def _check_answer(self, session: str, challenge: str, username: str) -> None:
        asked = self._asked.get(session)
        if asked is None or asked.name != challenge or asked.username != username:
            raise NotAuthorizedError(NO_SESSION)
        if self._now() > asked.at + CHALLENGE_SECONDS:
            raise NotAuthorizedError(EXPIRED)

    def _check_refresh(self, backend: Any, client: Any, token: str) -> None:
        pool = backend.user_pools.get(client.user_pool_id) if client else None
        known = pool.refresh_tokens.get(token) if pool else None
        user = pool.users.get(known[1]) if pool and known else None
        if not known or known[0] != client.id or not user or not user.enabled:
            raise NotAuthorizedError(REVOKED)
        since = self._refreshable.get(token, 0.0)
        if self._now() > since + _refresh_seconds(client):
            raise NotAuthorizedError(TOO_OLD)

    def _noted(self, answer: dict[str, Any], username: str) -> dict[str, Any]:
        """An answer whose session or refresh token will be known again."""
        if "ChallengeName" in answer:
            asked = _Asked(answer["ChallengeName"], username, self._now())
            self._asked[answer["Session"]] = asked
        token = answer.get("AuthenticationResult", {}).get("RefreshToken")
        if token:
            self._refreshable[token] = self._now()
        return answer


def role_claims(user: Any) -> dict[str, Any]:
    """The claims that name the roles of a user's groups.

    There is no preferred role when the groups that come first have several.
    """
    groups = [group for group in user.groups if group.role_arn]
    if not groups:
        return {}
    first = min(group.precedence or 0 for group in groups)
    preferred = {group.role_arn for group in groups if (group.precedence or 0) == first}
    claims: dict[str, Any] = {"cognito:roles": [group.role_arn for group in groups]}
    if len(preferred) == 1:
        claims["cognito:preferred_role"] = preferred.pop()
    return claims


def _client(backend: Any, client_id: str) -> Any:
    for pool in backend.user_pools.values():
        if client_id in pool.clients:
            return pool.clients[client_id]
    return None


def _refresh_seconds(client: Any) -> float:
    config = client.extended_config
    unit = config.get("TokenValidityUnits", {}).get("RefreshToken", "days")
    return float(config["RefreshTokenValidity"]) * _UNITS[unit]
