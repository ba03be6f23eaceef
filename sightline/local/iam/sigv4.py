"""AWS Signature Version 4 from the receiver's side.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote_to_bytes

ALGORITHM = "AWS4-HMAC-SHA256"
UNSIGNED = "UNSIGNED-PAYLOAD"
SIGNATURE = "X-Amz-Signature"

Query = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Scope:
    """What a signing key is good for: a day (`yyyymmdd`), a region, a service."""

    day: str
    region: str
    service: str

    def __str__(self) -> str:
        return f"{self.day}/{self.region}/{self.service}/aws4_request"


@dataclass(frozen=True)
class Signable:
    """A request as it arrived: the raw path, the decoded query, the headers as WSGI has them.

    Services other than S3 sign the path encoded twice.
    """

    method: str
    raw_path: str
    query: Query
    headers: Mapping[str, str]
    signed: tuple[str, ...]
    payload_hash: str = UNSIGNED
    encode_twice: bool = False

    def header(self, name: str) -> str:
        """A header's value, empty when it was not sent; WSGI cannot tell `_` from `-` in names."""
        return self.headers.get(name.replace("_", "-"), "")

    def canonical(self) -> str:
        """The canonical request."""
        path = self.raw_path if self.encode_twice else _unquoted(self.raw_path)
        path = quote(path, safe="/-_.~")
        lines = [f"{name}:{_folded(self.header(name))}" for name in self.signed]
        return "\n".join(
            [
                self.method,
                path or "/",
                canonical_query(self.query),
                *lines,
                "",
                ";".join(self.signed),
                self.payload_hash,
            ]
        )


def canonical_query(query: Query) -> str:
    """Everything but the signature, encoded and sorted."""
    encoded = [
        (quote(name, safe="-_.~"), quote(value, safe="-_.~"))
        for name, value in query
        if name != SIGNATURE
    ]
    return "&".join(f"{name}={value}" for name, value in sorted(encoded))


def parse_query(raw: str) -> Query:
    """The pairs of a raw query string, percent-decoded; undecodable bytes are kept as escapes."""
    pairs = []
    for part in raw.split("&"):
        if part:
            name, _, value = part.partition("=")
            pairs.append((_decode(name), _decode(value)))
    return tuple(pairs)


def string_to_sign(canonical: str, timestamp: str, scope: Scope) -> str:
    """What is signed; `timestamp` is `yyyymmddThhmmssZ`."""
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    return "\n".join([ALGORITHM, timestamp, str(scope), digest])


def signature(secret: str, text: str, scope: Scope) -> str:
    """The signature of a string to sign, as 64 hexadecimal digits."""
    key = f"AWS4{secret}".encode()
    for part in (scope.day, scope.region, scope.service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def _folded(value: str) -> str:
    """A header's value with its white space folded; WSGI shows its bytes as Latin-1."""
    value = value.encode("latin-1", "replace").decode("utf-8", "replace")
    return " ".join(value.split())


def _decode(text: str) -> str:
    return _unquoted(text).decode("utf-8", "backslashreplace")


def _unquoted(text: str) -> bytes:
    return unquote_to_bytes(text.encode("latin-1", "replace"))
