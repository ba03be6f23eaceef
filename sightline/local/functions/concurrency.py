"""Reserved concurrency, which moto stores and never acts on: so many invocations at once, no more.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

from moto.awslambda.exceptions import LambdaClientError
from moto.awslambda.models import LambdaFunction, lambda_backends

from sightline.local.seams import Seams


class TooManyRequestsError(LambdaClientError):  # type: ignore[misc]
    """What Lambda answers to an invocation too many."""

    code = 429

    def __init__(self) -> None:
        super().__init__("TooManyRequestsException", "Rate Exceeded.")


def install() -> Seams:
    """Refuse what is more than reserved, over all versions of a function; `restore()` ends it."""
    running: Counter[str] = Counter()
    lock = threading.Lock()

    def run(function: Any, event: Any = None) -> Any:
        name, ceiling = function.function_name, _reserved(function)
        with lock:
            if ceiling is not None and running[name] >= ceiling:
                raise TooManyRequestsError
            running[name] += 1
        try:
            return run_before(function, event)
        finally:
            with lock:
                running[name] -= 1

    seams = Seams()
    run_before: Callable[..., Any] = seams.replace(LambdaFunction, "_invoke_lambda", run)
    return seams


def _reserved(function: Any) -> int | None:
    """What is reserved for a function; moto keeps it with the unpublished version alone."""
    backend = lambda_backends[function.account_id][function.region]
    reserved = backend.get_function(function.function_name).reserved_concurrency
    return None if reserved is None else int(reserved)
