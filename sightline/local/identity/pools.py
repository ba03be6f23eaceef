"""Identity pools: whoever shows a user pool's token gets credentials of the group's role.

moto gives the same made-up credentials to everybody; here the token is verified, the role chosen
as the pool's mapping says, and the credentials are a session's.
https://docs.aws.amazon.com/cognito/latest/developerguide/role-based-access-control.html
"""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from joserfc import jwt
from joserfc.errors import JoseError
from moto.cognitoidentity.models import cognitoidentity_backends
from moto.cognitoidp.models import cognitoidp_backends

from sightline.local.iam.credentials import ACCOUNT_ID, REGION
from sightline.local.identity.role_trust import trusts_pool
from sightline.local.identity.sessions import Sessions
from sightline.local.json_answers import asked_in

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

TARGET = "AWSCognitoIdentityService."
SESSION_NAME = "CognitoIdentityCredentials"
Content = dict[str, Any]


class RefusedError(Exception):
    """Why there is an error: its code as Cognito names it, and a message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Identities:
    """WSGI application that answers these calls itself and hands on all others to `app`.

    `key` is what the user pools sign tokens with.
    """

    def __init__(
        self,
        app: WSGIApplication,
        sessions: Sessions,
        key: Any,
        *,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._app = app
        self._sessions = sessions
        self._key = key
        self._now = now
        self._roles: dict[str, Content] = {}
        self._known: dict[tuple[str, str], str] = {}
        self._lock = threading.Lock()
        self._answers: Mapping[str, Callable[[Content], Content]] = {
            "SetIdentityPoolRoles": self._set_roles,
            "GetIdentityPoolRoles": self._get_roles,
            "GetId": self._get_id,
            "GetCredentialsForIdentity": self._get_credentials,
            "GetOpenIdToken": self._get_open_id_token,
        }

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer, or let moto answer."""
        target = str(environ.get("HTTP_X_AMZ_TARGET", ""))
        answer = self._answers.get(target.removeprefix(TARGET))
        if answer is None or not target.startswith(TARGET):
            return self._app(environ, start_response)
        try:
            status, content = "200 OK", answer(asked_in(environ))
        except RefusedError as error:
            status, content = "400 Bad Request", {"__type": error.code, "message": str(error)}
        body = json.dumps(content).encode()
        headers = [
            ("Content-Type", "application/x-amz-json-1.1"),
            ("Content-Length", str(len(body))),
        ]
        start_response(status, headers)
        return [body]

    def _set_roles(self, asked: Content) -> Content:
        _pool(asked)
        with self._lock:
            self._roles[asked["IdentityPoolId"]] = asked
        return {}

    def _get_roles(self, asked: Content) -> Content:
        _pool(asked)
        with self._lock:
            return self._roles.get(asked["IdentityPoolId"], {"Roles": {}})

    def _get_id(self, asked: Content) -> Content:
        pool = _pool(asked)
        _, claims = self._verified(pool, asked)
        key = (pool.identity_pool_id, f"{claims['iss']}:{claims['sub']}")
        with self._lock:
            identity = self._known.setdefault(key, f"{REGION}:{uuid.uuid4()}")
        return {"IdentityId": identity}

    def _get_credentials(self, asked: Content) -> Content:
        identity = str(asked.get("IdentityId"))
        with self._lock:
            found = {identity: key for key, identity in self._known.items()}.get(identity)
        if found is None:
            raise RefusedError("ResourceNotFoundException", f"Identity '{identity}' not found.")
        pool = _pool({"IdentityPoolId": found[0]})
        provider, claims = self._verified(pool, asked)
        if found[1] != f"{claims['iss']}:{claims['sub']}":
            raise _unauthorized(
                "Logins don't match. Please include at least one valid login for this identity or "
                "identity pool."
            )
        role = self._role(pool, provider, claims)
        session = self._sessions.begin(role.arn, _identity(pool, identity, provider, role, claims))
        return {
            "IdentityId": identity,
            "Credentials": {
                "AccessKeyId": session.access_key_id,
                "SecretKey": session.secret_access_key,
                "SessionToken": session.session_token,
                "Expiration": session.expires_at,
            },
        }

    def _get_open_id_token(self, asked: Content) -> Content:
        del asked
        raise RefusedError(
            "InvalidParameterException",
            "Basic (classic) flow is not enabled, please use enhanced flow.",
        )

    def _verified(self, pool: Any, asked: Content) -> tuple[Content, Content]:
        """The pool's provider that the request has a token of, and what the token says."""
        logins = asked.get("Logins") or {}
        if not logins:
            raise _unauthorized("Unauthenticated access is not supported for this identity pool.")
        providers = {one["ProviderName"]: one for one in pool.cognito_identity_providers}
        for name, token in logins.items():
            if name in providers:
                return providers[name], self._claims(providers[name], str(token))
        raise _unauthorized("Token is not from a supported provider of this identity pool.")

    def _claims(self, provider: Content, token: str) -> Content:
        try:
            claims = jwt.decode(token, self._key, algorithms=["RS256"]).claims
        except (JoseError, ValueError) as error:
            raise _unauthorized("Invalid login token. Token signature invalid.") from error
        if claims.get("iss") != f"https://{provider['ProviderName']}":
            raise _unauthorized("Invalid login token. Issuer doesn't match providerName")
        if claims.get("aud") != provider["ClientId"] or claims.get("token_use") != "id":
            raise _unauthorized("Invalid login token. Incorrect token audience.")
        if claims["exp"] <= self._now():
            message = f"Token expired: {claims['exp']} >= {int(self._now())}"
            raise _unauthorized(f"Invalid login token. {message}")
        if provider.get("ServerSideTokenCheck") and not _is_signed_in(provider, claims):
            raise _unauthorized("Invalid login token. Token is revoked.")
        return claims

    def _role(self, pool: Any, provider: Content, claims: Content) -> Any:
        kept = self._get_roles({"IdentityPoolId": pool.identity_pool_id})
        name = f"{provider['ProviderName']}:{provider['ClientId']}"
        mapping = kept.get("RoleMappings", {}).get(name, {})
        arn = claims.get("cognito:preferred_role") if mapping.get("Type") == "Token" else None
        if arn is None and mapping.get("AmbiguousRoleResolution") != "Deny":
            arn = kept["Roles"].get("authenticated")
        role = trusts_pool(str(arn), pool.identity_pool_id) if arn else None
        if role is None:
            raise _unauthorized("Access forbidden: no role is meant for whoever has this token.")
        return role


def _pool(asked: Content) -> Any:
    name = str(asked.get("IdentityPoolId"))
    pool = cognitoidentity_backends[ACCOUNT_ID][REGION].identity_pools.get(name)
    if pool is None:
        raise RefusedError("ResourceNotFoundException", f"IdentityPool '{name}' not found.")
    return pool


def _is_signed_in(provider: Content, claims: Content) -> bool:
    """Whether the user is still there and has not been signed out since."""
    pools = cognitoidp_backends[ACCOUNT_ID][REGION].user_pools
    pool = pools.get(provider["ProviderName"].rpartition("/")[2])
    user = pool.users.get(claims["cognito:username"]) if pool else None
    if user is None or not user.enabled or user.id != claims["sub"]:
        return False
    sessions = {known[2] for known in pool.refresh_tokens.values() if known}
    return claims.get("origin_jti") in sessions


def _identity(
    pool: Any, identity: str, provider: Content, role: Any, claims: Content
) -> dict[str, Any]:
    """Who signs, in the members that API Gateway hands to a service."""
    caller, name = f"{role.id}:{SESSION_NAME}", provider["ProviderName"]
    return {
        "accountId": ACCOUNT_ID,
        "caller": caller,
        "user": caller,
        "userArn": f"arn:aws:sts::{ACCOUNT_ID}:assumed-role/{role.name}/{SESSION_NAME}",
        "cognitoIdentityPoolId": pool.identity_pool_id,
        "cognitoIdentityId": identity,
        "cognitoAuthenticationType": "authenticated",
        "cognitoAuthenticationProvider": f"{name},{name}:CognitoSignIn:{claims['sub']}",
    }


def _unauthorized(message: str) -> RefusedError:
    return RefusedError("NotAuthorizedException", message)
