"""Lambda authorizers: asked with a token, believed for a while, their policies evaluated.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
"""

from __future__ import annotations

import json
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sightline.local.functions.runtime import InvokeResult
from sightline.local.gateway.routes import Authorizer
from sightline.local.iam.policies import allows

CACHED = 10_000

Ask = Callable[[str, bytes], InvokeResult]
"""Runs a handler of the service by its name, with a payload."""


class RefusedError(Exception):
    """Why a request may not pass: the name of API Gateway's response."""


@dataclass(frozen=True)
class _Verdict:
    """What an authorizer said."""

    policy: Mapping[str, Any]
    context: Mapping[str, Any]


class Authorizers:
    """The authorizers of one service, and what they said lately."""

    def __init__(self, ask: Ask, *, now: Callable[[], float] = time.monotonic) -> None:
        self._ask = ask
        self._now = now
        self._cache: OrderedDict[tuple[str, str], tuple[float, _Verdict]] = OrderedDict()
        self._lock = threading.Lock()

    def check(self, authorizer: Authorizer, token: str | None, arn: str) -> Mapping[str, Any]:
        """What goes into the event of a request that may pass; `RefusedError` for any other."""
        if not token:
            raise RefusedError("UNAUTHORIZED")
        verdict = self._cached(authorizer, token)
        if verdict is None:
            verdict = self._decide(authorizer, token, arn)
            self._remember(authorizer, token, verdict)
        if not allows([verdict.policy], "execute-api:Invoke", arn):
            raise RefusedError("ACCESS_DENIED")
        return verdict.context

    def _cached(self, authorizer: Authorizer, token: str) -> _Verdict | None:
        with self._lock:
            until, verdict = self._cache.get((authorizer.name, token), (0.0, None))
            return verdict if self._now() < until else None

    def _remember(self, authorizer: Authorizer, token: str, verdict: _Verdict) -> None:
        if authorizer.ttl_seconds <= 0:
            return
        with self._lock:
            key = (authorizer.name, token)
            self._cache[key] = (self._now() + authorizer.ttl_seconds, verdict)
            self._cache.move_to_end(key)
            if len(self._cache) > CACHED:
                self._cache.popitem(last=False)

    def _decide(self, authorizer: Authorizer, token: str, arn: str) -> _Verdict:
        question = {"type": "TOKEN", "authorizationToken": token, "methodArn": arn}
        result = self._ask(authorizer.handler, json.dumps(question).encode())
        try:
            answer = json.loads(result.payload)
            if result.failed:
                # The one error that API Gateway takes for a "no" and not for a fault.
                known = answer.get("errorMessage") == "Unauthorized"
                raise RefusedError("UNAUTHORIZED" if known else "AUTHORIZER_FAILURE")
            context = {
                name: _as_text(value) for name, value in (answer.get("context") or {}).items()
            }
            context["principalId"] = str(answer["principalId"])
            return _Verdict(policy=answer["policyDocument"], context=context)
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            raise RefusedError("AUTHORIZER_FAILURE") from error


def _as_text(value: Any) -> str:
    """A context value as it reaches the event: API Gateway turns them all into text."""
    return value if isinstance(value, str) else json.dumps(value)
