"""AWS lets in what was signed for it: a filter in front of moto, which checks no signature.

Presigned URLs of S3 are verified as S3 does: the signature over method, path, query and signed
headers, the time, headers that had to be signed, the body's length. What fails gets S3's own
answer. Calls that carry an `Authorization` header are verified likewise. Unsigned writes and
listings are refused, and so are forms (POST policies) and the older version of signatures, which
newer regions of AWS do not take either.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import re
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sightline.local.iam import signature_claims, sigv4
from sightline.local.iam.s3_errors import Refusal, access_denied
from sightline.local.iam.signature_claims import Claim
from sightline.local.iam.sigv4 import Signable

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

OLD_SIGNATURE = {"Signature", "AWSAccessKeyId"}
BODILESS = ("GET", "HEAD", "DELETE", "OPTIONS")
# Paths of moto's server that are not S3's: its own pages, and the keys of user pools.
NOT_S3 = re.compile(r"/(moto-api(/.*)?|favicon\.ico|[^/]+/\.well-known/[\w.-]+)")
_DIGEST = re.compile("[0-9a-f]{64}")


class SignatureFilter:
    """WSGI application that hands on to `app` what AWS would accept.

    `secret_for` gives the secret of an access key id, None where there is no such key. Bodies that
    are signed are held in memory, up to `max_body` bytes. `check_headers` may be switched off
    where clients inside the system have no keys that `secret_for` knows.
    """

    def __init__(
        self,
        app: WSGIApplication,
        secret_for: Callable[[str], str | None],
        *,
        check_headers: bool = True,
        max_body: int = 64 << 20,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._app = app
        self._secret_for = secret_for
        self._check_headers = check_headers
        self._max_body = max_body
        self._now = now

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer with AWS's error, or with what the application answers."""
        try:
            self._check(environ)
        except Refusal as refusal:
            _drain(environ, self._max_body)
            return refusal.answer(environ, start_response)
        return self._app(environ, start_response)

    def _check(self, environ: WSGIEnvironment) -> None:
        if signature_claims.is_preflight(environ):
            return
        query = sigv4.parse_query(environ.get("QUERY_STRING", ""))
        names = {name for name, _ in query}
        presigned = not names.isdisjoint(signature_claims.REQUIRED)
        if environ.get("HTTP_AUTHORIZATION"):
            if presigned:
                raise Refusal(400, "InvalidArgument", "Only one auth mechanism allowed")
            if self._check_headers:
                self._check_header(environ, query)
        elif presigned:
            self._check_url(environ, query)
        elif names >= OLD_SIGNATURE:
            message = (
                "The authorization mechanism you have provided is not supported. "
                f"Please use {sigv4.ALGORITHM}."
            )
            raise Refusal(400, "InvalidRequest", message)
        elif _is_trespass(environ):
            raise access_denied("Access Denied")

    def _check_url(self, environ: WSGIEnvironment, query: sigv4.Query) -> None:
        headers = _headers(environ)
        claim = signature_claims.from_url(query)
        payload = headers.get("x-amz-content-sha256", sigv4.UNSIGNED)
        self._check_signature(claim, _signable(environ, query, headers, claim, payload))
        signed = {name.replace("_", "-") for name in claim.signed}
        unsigned = [name for name in headers if name.startswith("x-amz-") and name not in signed]
        if "host" not in claim.signed or unsigned:
            listed = ", ".join(sorted(unsigned) or ["host"])
            message = "There were headers present in the request which were not signed"
            raise access_denied(message, {"HeadersNotSigned": listed})
        if environ["REQUEST_METHOD"] not in BODILESS:
            _check_digest(_hold_body(environ, self._max_body), payload)

    def _check_header(self, environ: WSGIEnvironment, query: sigv4.Query) -> None:
        headers = _headers(environ)
        claim = signature_claims.from_header(headers)
        payload = headers.get("x-amz-content-sha256")
        if payload is None:
            body = _hold_body(environ, self._max_body) if headers.get("content-length") else b""
            payload = hashlib.sha256(body).hexdigest()
        elif _DIGEST.fullmatch(payload) and environ["REQUEST_METHOD"] not in BODILESS:
            _check_digest(_hold_body(environ, self._max_body), payload)
        self._check_signature(claim, _signable(environ, query, headers, claim, payload))

    def _check_signature(self, claim: Claim, request: Signable) -> None:
        claim.check_time(self._now())
        secret = self._secret_for(claim.key_id)
        if secret is None:
            message = "The AWS Access Key Id you provided does not exist in our records."
            raise Refusal(403, "InvalidAccessKeyId", message, {"AWSAccessKeyId": claim.key_id})
        canonical = request.canonical()
        text = sigv4.string_to_sign(canonical, claim.timestamp, claim.scope)
        expected = sigv4.signature(secret, text, claim.scope)
        if not hmac.compare_digest(expected.encode(), claim.signature.encode()):
            raise Refusal(
                403,
                "SignatureDoesNotMatch",
                "The request signature we calculated does not match the signature you provided. "
                "Check your key and signing method.",
                {
                    "AWSAccessKeyId": claim.key_id,
                    "StringToSign": text,
                    "SignatureProvided": claim.signature,
                    "CanonicalRequest": canonical,
                },
            )


def _signable(
    environ: WSGIEnvironment,
    query: sigv4.Query,
    headers: dict[str, str],
    claim: Claim,
    payload_hash: str,
) -> Signable:
    return Signable(
        method=environ["REQUEST_METHOD"],
        raw_path=_raw_path(environ),
        query=query,
        headers=headers,
        signed=claim.signed,
        payload_hash=payload_hash,
        encode_twice=claim.scope.service != "s3",
    )


def _is_trespass(environ: WSGIEnvironment) -> bool:
    """Whether an unsigned request wants of S3 what only signed ones may have."""
    path, method = environ.get("PATH_INFO", "/"), environ["REQUEST_METHOD"]
    if method == "OPTIONS" or NOT_S3.fullmatch(path):
        return False
    if method == "POST" and path == "/":
        return False  # other services: sign-in to user pools and some of STS are never signed
    is_object = "/" in path.strip("/")
    return method not in ("GET", "HEAD") or not is_object


def _headers(environ: WSGIEnvironment) -> dict[str, str]:
    found = {
        name[5:].lower().replace("_", "-"): str(value)
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            found[name.lower().replace("_", "-")] = str(environ[name])
    return found


def _raw_path(environ: WSGIEnvironment) -> str:
    """The path as it was sent, before any server decoded it."""
    raw = str(environ.get("RAW_URI") or environ.get("REQUEST_URI") or "")
    if raw.startswith("/"):
        return raw.partition("?")[0]
    if raw:
        return urlsplit(raw).path
    return str(environ.get("PATH_INFO", "/")).replace("%", "%25")


def _hold_body(environ: WSGIEnvironment, limit: int) -> bytes:
    """Read the body, so that one which is cut short never reaches the application."""
    text = str(environ.get("CONTENT_LENGTH") or "")
    if not re.fullmatch(r"[0-9]{1,18}", text):
        message = "You must provide the Content-Length HTTP header."
        raise Refusal(411, "MissingContentLength", message)
    length = int(text)
    if length > limit:
        message = "Your proposed upload exceeds the maximum allowed size"
        raise Refusal(400, "EntityTooLarge", message, {"MaxSizeAllowed": str(limit)})
    body = _read(environ["wsgi.input"], length)
    environ["wsgi.input"] = io.BytesIO(body)
    if len(body) != length:
        message = (
            "You did not provide the number of bytes specified by the Content-Length HTTP header"
        )
        raise Refusal(400, "IncompleteBody", message)
    return body


def _check_digest(body: bytes, declared: str) -> None:
    if declared != sigv4.UNSIGNED and hashlib.sha256(body).hexdigest() != declared:
        message = "The provided 'x-amz-content-sha256' header does not match what was computed."
        raise Refusal(400, "XAmzContentSHA256Mismatch", message)


def _read(stream: Any, length: int) -> bytes:
    chunks = []
    while length > 0 and (chunk := stream.read(min(length, 1 << 20))):
        chunks.append(chunk)
        length -= len(chunk)
    return b"".join(chunks)


def _drain(environ: WSGIEnvironment, limit: int) -> None:
    """Take the body off the connection: a client that is still sending would miss the answer."""
    text = str(environ.get("CONTENT_LENGTH") or "0")
    if re.fullmatch(r"[0-9]{1,18}", text) and int(text) <= limit:
        try:
            _read(environ["wsgi.input"], int(text))
        except OSError:
            return
