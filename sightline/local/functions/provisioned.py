"""Provisioned concurrency, of which moto knows nothing: instances of an alias that are kept ready.

https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote

from moto.awslambda.exceptions import LambdaClientError
from moto.awslambda.models import lambda_backends

from sightline.local.iam.credentials import ACCOUNT_ID, REGION
from sightline.local.json_answers import Answer, Content, asked_in, refusal, send

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_PATH = re.compile(r"/2019-09-30/functions/([^/]+)/provisioned-concurrency/?")

Warm = Callable[[Any], None]
"""Has an instance of one of moto's functions ready, without waiting for it."""


class ProvisionedConcurrency:
    """WSGI application that answers these calls itself and hands on all others to `app`."""

    def __init__(self, app: WSGIApplication, warm: Warm = lambda _: None) -> None:
        self._app = app
        self._warm = warm
        self._kept: dict[tuple[str, str], Content] = {}
        self._lock = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer, or let moto answer."""
        found = _PATH.fullmatch(environ.get("PATH_INFO", ""))
        if not found:
            return self._app(environ, start_response)
        query = parse_qs(environ.get("QUERY_STRING", ""))
        name, qualifier = unquote(found[1]), query.get("Qualifier", [""])[0]
        answer = self._respond(environ["REQUEST_METHOD"], name, qualifier, asked_in(environ))
        return send(answer, start_response)

    def _respond(self, method: str, name: str, qualifier: str, asked: Content) -> Answer:
        try:
            function = lambda_backends[ACCOUNT_ID][REGION].get_function(name, qualifier)
        except LambdaClientError as error:
            return refusal(404, "ResourceNotFoundException", str(error.message))
        key = (function.function_name, qualifier)
        with self._lock:
            if method == "PUT":
                self._kept[key] = _configuration(asked["ProvisionedConcurrentExecutions"])
                self._warm(function)
                return 202, self._kept[key]
            if key not in self._kept:
                return refusal(
                    404,
                    "ProvisionedConcurrencyConfigNotFoundException",
                    "No Provisioned Concurrency Config found for this function",
                )
            if method == "DELETE":
                del self._kept[key]
                return 204, {}
            return 200, self._kept[key]


def _configuration(count: int) -> Content:
    return {
        "RequestedProvisionedConcurrentExecutions": count,
        "AvailableProvisionedConcurrentExecutions": count,
        "AllocatedProvisionedConcurrentExecutions": count,
        "Status": "READY",
        "LastModified": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000"),
    }
