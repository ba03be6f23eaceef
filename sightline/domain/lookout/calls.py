"""Idempotency: a call that carries a client token happens once, however often it is sent."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sightline.domain.lookout import errors, limits
from sightline.domain.lookout.records import Record


@dataclass(frozen=True)
class Call:
    """One request: which operation, with which members, under which client token."""

    operation: str
    members: Mapping[str, object]
    token: str | None = None

    @property
    def fingerprint(self) -> str:
        """SHA-256 over the members, the token apart."""
        text = json.dumps([self.operation, self.members], sort_keys=True, default=_text)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Answered(Record):
    """The answer that a token got: it is given again while the token is active (8 hours)."""

    operation: str
    token: str
    fingerprint: str
    answer: str
    job: str | None
    expires_at: datetime

    @property
    def identity(self) -> tuple[str, str]:
        return identity(self.operation, self.token)

    def check(self, call: Call, resource_type: str) -> None:
        """Raise `ResourceConflictError` when the call is another one under the same token."""
        if self.fingerprint != call.fingerprint:
            raise errors.ResourceConflictError(
                f"ClientToken {self.token} was used for another {self.operation} request; "
                "a new request needs a new token.",
                resource_type,
                self.token,
            )


def identity(operation: str, token: str) -> tuple[str, str]:
    """Where the answer of a token is kept."""
    return f"{operation}#{token}", "-"


def answered(call: Call, answer: str, job: str | None, at: datetime) -> Answered:
    """The record that makes the call happen once."""
    assert call.token is not None  # noqa: S101 - only calls with a token are remembered
    return Answered(
        operation=call.operation,
        token=call.token,
        fingerprint=call.fingerprint,
        answer=answer,
        job=job,
        expires_at=at + timedelta(hours=limits.TOKEN_HOURS),
    )


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    return str(value)
