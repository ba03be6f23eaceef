"""IAM authorization: a request's signature, verified as API Gateway verifies it.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable, Mapping
from typing import Any

from sightline.local import signature_claims, sigv4
from sightline.local.credentials import ACCOUNT_ID, REGION, secret_for
from sightline.local.gateway.messages import Answer, Request
from sightline.local.s3_errors import Refusal
from sightline.local.signature_claims import Claim

# Clients of today sign for API Gateway. Those written for Lookout for Vision sign for that
# service, which only this gateway can let in.
SERVICES = frozenset({"execute-api", "lookoutvision"})


class UnsignedError(Exception):
    """A request without a signature that counts here: API Gateway's error type, and why."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind

    def answer(self) -> Answer:
        """What API Gateway answers."""
        headers = [("x-amzn-ErrorType", self.kind)]
        return Answer.of_json(403, {"message": str(self)}, headers)


class Signatures:
    """Knows who signed a request; `secret_for` gives the secret of an access key id."""

    def __init__(
        self,
        secrets: Callable[[str], str | None] = secret_for,
        *,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._secret_for = secrets
        self._now = now

    def identify(self, request: Request) -> Mapping[str, Any]:
        """The signer, as an event's `identity` names it; `UnsignedError` when there is none."""
        headers = {name.lower(): value for name, value in request.headers}
        claim = self._claim(headers)
        secret = self._secret_for(claim.key_id)
        if secret is None:
            raise UnsignedError(
                "UnrecognizedClientException",
                "The security token included in the request is invalid.",
            )
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
        caller = f"arn:aws:iam::{ACCOUNT_ID}:root"
        return {"accountId": ACCOUNT_ID, "accessKey": claim.key_id, "userArn": caller}

    def _claim(self, headers: Mapping[str, str]) -> Claim:
        if not headers.get("authorization"):
            raise UnsignedError(
                "MissingAuthenticationTokenException", "Missing Authentication Token"
            )
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


def _signable(request: Request, headers: Mapping[str, str], claim: Claim) -> sigv4.Signable:
    return sigv4.Signable(
        method=request.method,
        raw_path=request.path,
        query=sigv4.parse_query(request.query),
        headers=headers,
        signed=claim.signed,
        payload_hash=hashlib.sha256(request.body).hexdigest(),
        encode_twice=True,
    )
