"""Requests that schemathesis draws from a service's own OpenAPI document, singly and in chains.

It draws what the document allows and some that it does not, and follows answers to further
requests. Every answer must be one that the document has, and none a 5xx.
"""

from __future__ import annotations

import copy
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from tests.api import Api

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    unsupported_method,
]


# Only an answer has one that means anything, and chains carry these on.
CURSORS = ("cursor", "nextToken", "If-None-Match")


@dataclass(frozen=True)
class World:
    """What requests go through: what happens after each of them, and at the end."""

    go_on: Callable[[], object] = lambda: None
    end: Callable[[], object] = lambda: None


@dataclass(frozen=True)
class Known:
    """What exists: parameters and members by name, whole bodies and queries by operation.

    Of what is drawn for these, most would only ever be a 404 or a 400.
    """

    parameters: Mapping[str, Any] = field(default_factory=dict)
    members: Mapping[str, Any] = field(default_factory=dict)
    bodies: Mapping[str, Any] = field(default_factory=dict)
    queries: Mapping[str, Any] = field(default_factory=dict)

    def aim(self, case: Any) -> None:
        """Have a request that the document allows meet what is there."""
        for place in (case.path_parameters, case.query, case.headers):
            place.update((n, v) for n, v in self.parameters.items() if n in place)
            for name in CURSORS:
                place.pop(name, None)
        label = case.operation.label
        if label in self.queries:
            case.query = dict(self.queries[label])
        if label in self.bodies:
            case.body = copy.deepcopy(self.bodies[label])
        elif isinstance(case.body, dict):
            case.body.update((n, v) for n, v in self.members.items() if n in case.body)

    def aim_most(self, case: Any) -> None:
        """The same for three of four; the others, and what is not allowed, stay as drawn."""
        drawn = (case.operation.label, case.path_parameters, case.query, case.body)
        wild = zlib.crc32(repr(drawn).encode()) % 4 == 0
        if not wild and not case.meta.generation.mode.is_negative:
            self.aim(case)


def as_wsgi(app: Any) -> Callable[..., Iterable[bytes]]:
    """A service for programs that speak WSGI, behind the gateway of `tests.api`."""

    def answered(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        headers = {
            name.removeprefix("HTTP_").replace("_", "-"): value
            for name, value in environ.items()
            if name.startswith("HTTP_") or name in {"CONTENT_TYPE", "CONTENT_LENGTH"}
        }
        path = environ["REQUEST_URI"].partition("?")[0]
        if environ["QUERY_STRING"]:
            path += "?" + environ["QUERY_STRING"]
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        answer = Api(app).call(environ["REQUEST_METHOD"], path, body=body, headers=headers)
        status = f"{answer.status} {HTTPStatus(answer.status).phrase}"
        start(status, [(name, str(value)) for name, value in answer.headers.items()])
        return [answer.body]

    return answered


def visit(schema: Any, begin: Callable[[], World], known: Known, *, examples: int = 4) -> set[str]:
    """Make requests of every operation, each operation in a world of its own.

    Gives the operations that were answered with a success at least once: fuzzing what only ever
    refuses says little.
    """
    succeeded: set[str] = set()

    for found in schema.get_all_operations():
        good, bad = map(found.ok().as_strategy, GenerationMode)
        world = begin()

        @_settings(examples)
        @given(aimed=good, wild=good | bad)
        def send(aimed: Any, wild: Any) -> None:
            known.aim(aimed)
            for case in (aimed, wild):
                if case.call_and_validate(checks=CHECKS).status_code < 300:
                    succeeded.add(case.operation.label)
                world.go_on()  # noqa: B023 - it is called in this round

        try:
            send()
        finally:
            world.end()
    return succeeded


def walk(schema: Any, begin: Callable[[], World], known: Known, *, examples: int = 40) -> None:
    """Follow answers to further requests, each walk in a world of its own."""

    class Service(schema.as_state_machine()):  # type: ignore[misc]
        def setup(self) -> None:
            self.world = begin()

        def teardown(self) -> None:
            super().teardown()
            self.world.end()

        def before_call(self, case: Any) -> None:
            known.aim_most(case)

        def after_call(self, response: Any, case: Any) -> None:
            super().after_call(response, case)
            self.world.go_on()

        def validate_response(self, response: Any, case: Any, **more: Any) -> None:
            case.validate_response(response, checks=CHECKS)

    Service.run(settings=settings(_settings(examples), stateful_step_count=10))


def _settings(examples: int) -> settings:
    return settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
