"""Temporary credentials of people, as AWS's token service gives them out: good for an hour."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

SECONDS = 3600.0


@dataclass(frozen=True)
class Session:
    """Credentials of a role until `expires_at`, in seconds since 1970.

    `identity` is what API Gateway tells a service of who signs with them.
    """

    access_key_id: str
    secret_access_key: str
    session_token: str
    expires_at: float
    role_arn: str
    identity: Mapping[str, Any]


class Sessions:
    """All sessions of one local system. Safe to use from several threads."""

    def __init__(self, *, seconds: float = SECONDS, now: Callable[[], float] = time.time) -> None:
        self._seconds = seconds
        self._now = now
        self._sessions: dict[str, Session] = {}
        self._lock = threading.Lock()

    def begin(self, role_arn: str, identity: Mapping[str, Any]) -> Session:
        """New credentials of a role."""
        key = f"ASIA{secrets.token_hex(8).upper()}"
        session = Session(
            access_key_id=key,
            secret_access_key=secrets.token_urlsafe(30),
            session_token=secrets.token_urlsafe(120),
            expires_at=self._now() + self._seconds,
            role_arn=role_arn,
            identity={**identity, "accessKey": key},
        )
        with self._lock:
            self._sessions[key] = session
        return session

    def find(self, access_key_id: str) -> Session | None:
        """The session that a key belongs to, expired or not."""
        with self._lock:
            return self._sessions.get(access_key_id)

    def end_all(self) -> None:
        """Let everybody's credentials expire now."""
        with self._lock:
            for key, session in self._sessions.items():
                self._sessions[key] = Session(**{**vars(session), "expires_at": self._now()})
