"""IAM authorization: a request's signature, verified as API Gateway verifies it.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sightline.http import gateway
from sightline.local.gateway.messages import Answer, Request
from sightline.local.iam import signature_claims, sigv4
from sightline.local.iam.credentials import ACCOUNT_ID, REGION, role_of, secret_for
from sightline.local.iam.permissions import NotAllowedError, check
from sightline.local.iam.s3_errors import Refusal
from sightline.local.iam.signature_claims import Claim
from sightline.local.identity.sessions import Sessions

# Clients of today sign for API Gateway. Those written for Lookout for Vision sign for that
# service, which only this gateway can let in.
LOOKOUT = "lookoutvision"
SERVICES = frozenset({"execute-api", LOOKOUT})


class UnsignedError(Exception):
    """A request without a signature that counts here: API Gateway's error type, and why."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind

    def answer(self) -> Answer:
        """What API Gateway answers."""
        headers = [("x-amzn-ErrorType", self.kind)]
        return Answer.of_json(403, gateway.signed_body(self.kind, str(self)), headers)


@dataclass(frozen=True)
class Signer:
    """Who signed a request: as an event's `identity` names it, and with which role's rights.

    Without a role it is the owner of the account, who may do everything.
    """

    identity: Mapping[str, Any]
    role_arn: str = ""

    def check(self, arn: str) -> None:
        """`UnsignedError` unless the signer may invoke the route that the ARN is of."""
        if not self.role_arn:
            return
        try:
            check(ACCOUNT_ID, self.role_arn, "execute-api:Invoke", arn)
        except NotAllowedError as error:
            _, kind, message = gateway.SIGNED_RESPONSES["ACCESS_DENIED"]
            raise UnsignedError(kind, message) from error


class Signatures:
    """Knows who signed a request.

    `secrets` gives the secret of a lasting access key, `sessions` has the temporary ones.
    """

    def __init__(
        self,
        secrets: Callable[[str], str | None] = secret_for,
        *,
        sessions: Sessions | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._secret_for = secrets
        self._sessions = sessions or Sessions()
        self._now = now

    def identify(self, request: Request) -> Signer:
        """The signer of a request; `UnsignedError` when there is none."""
        headers = {name.lower(): value for name, value in request.headers}
        claim = self._claim(headers)
        secret, signer = self._known(claim, headers.get("x-amz-security-token", ""))
        canonical = _signable(request, headers, claim).canonical()
        text = sigv4.string_to_sign(canonical, claim.timestamp, claim.scope)
        expected = sigv4.signature(secret, text, claim.scope)
        if not hmac.compare_digest(expected.encode(), claim.signature.encode()):
            raise UnsignedError(
                "InvalidSignatureException",
                "The request signature we calculated does not match the signature you provided. "
                "Check your AWS Secret Access Key and signing method. Consult the service "
                "documentation for details.",
            )
        return signer

    def _known(self, claim: Claim, token: str) -> tuple[str, Signer]:
        """The secret that belongs to a key, and whose it is."""
        session = self._sessions.find(claim.key_id)
        if session is None:
            secret = self._secret_for(claim.key_id)
            if secret is None:
                raise _stranger()
            role = role_of(claim.key_id)
            if role is None:
                return secret, Signer(_owner(claim.key_id))
            arn, keys = role
            if not hmac.compare_digest((keys.session_token or "").encode(), token.encode()):
                raise _stranger()
            return secret, Signer(_function(claim.key_id, arn), arn)
        if not hmac.compare_digest(session.session_token.encode(), token.encode()):
            raise _stranger()
        if session.expires_at <= self._now():
            raise UnsignedError(
                "ExpiredTokenException", "The security token included in the request is expired"
            )
        return session.secret_access_key, Signer(session.identity, session.role_arn)

    def _claim(self, headers: Mapping[str, str]) -> Claim:
        if not headers.get("authorization"):
            _, kind, message = gateway.SIGNED_RESPONSES["MISSING_AUTHENTICATION_TOKEN"]
            raise UnsignedError(kind, message)
        try:
            claim = signature_claims.from_header(headers)
        except Refusal as refusal:
            raise UnsignedError("IncompleteSignatureException", refusal.message) from refusal
        try:
            claim.check_time(self._now())
        except Refusal as refusal:
            message = f"Signature expired: {claim.timestamp} is too far from the current time."
            raise UnsignedError("InvalidSignatureException", message) from refusal
        scope = claim.scope
        if scope.service not in SERVICES or scope.region != REGION:
            raise UnsignedError(
                "InvalidSignatureException",
                f"Credential should be scoped to {REGION} and to execute-api, "
                f"not to {scope.region} and {scope.service}.",
            )
        if "host" not in claim.signed:
            raise UnsignedError("InvalidSignatureException", "'Host' must be a signed header.")
        return claim


def _stranger() -> UnsignedError:
    return UnsignedError(
        "UnrecognizedClientException", "The security token included in the request is invalid."
    )


def _owner(key_id: str) -> Mapping[str, Any]:
    return {
        "accountId": ACCOUNT_ID,
        "accessKey": key_id,
        "caller": ACCOUNT_ID,
        "user": ACCOUNT_ID,
        "userArn": f"arn:aws:iam::{ACCOUNT_ID}:root",
    }


def _function(key_id: str, role_arn: str) -> Mapping[str, Any]:
    role = role_arn.rpartition("/")[2]
    arn = f"arn:aws:sts::{ACCOUNT_ID}:assumed-role/{role}/{role}"
    return {"accountId": ACCOUNT_ID, "accessKey": key_id, "userArn": arn}


def _signable(request: Request, headers: Mapping[str, str], claim: Claim) -> sigv4.Signable:
    return sigv4.Signable(
        method=request.method,
        raw_path=request.path,
        query=sigv4.parse_query(request.query),
        headers=headers,
        signed=claim.signed,
        payload_hash=_payload_hash(request, headers, claim),
        encode_twice=True,
    )


def _payload_hash(request: Request, headers: Mapping[str, str], claim: Claim) -> str:
    """The body's digest; what streams a picture to Lookout for Vision signs that it has none."""
    said = headers.get("x-amz-content-sha256") if "x-amz-content-sha256" in claim.signed else None
    if claim.scope.service == LOOKOUT and said == sigv4.UNSIGNED:
        return sigv4.UNSIGNED
    return hashlib.sha256(request.body).hexdigest()
