"""What a Chalice app says of itself: its routes, and who may call them."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chalice.app import Chalice, ChaliceAuthorizer, IAMAuthorizer

from sightline.domain.errors import NotFoundError

DEFAULT_TTL_SECONDS = 300


@dataclass(frozen=True)
class Service:
    """A Chalice service: `folder` holds its app.py, `environment` is its stage's.

    `code` is what its workers run: a folder or a zip, `folder` itself by default. They run as
    `role_arn`. `stack_name` is that of the CloudFormation stack it would be.
    """

    name: str
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    code: Path | None = None
    role_arn: str = ""
    stack_name: str = ""


@dataclass(frozen=True)
class Authorizer:
    """A function that decides from a header's value; `ttl_seconds` is how long it is believed."""

    name: str
    handler: str
    header: str
    ttl_seconds: int


@dataclass(frozen=True)
class Route:
    """A resource of the API: its pattern, and who authorizes each of its methods.

    A method without an authorizer is open. `signed` are methods that want an IAM signature;
    `closed` are those whose kind of authorizer is not played here. `preflight` holds the headers of
    the answer to OPTIONS, None when there is none.
    """

    pattern: str
    methods: Mapping[str, Authorizer | None]
    closed: frozenset[str]
    preflight: Mapping[str, str] | None
    signed: frozenset[str] = frozenset()

    @property
    def parts(self) -> list[str]:
        return self.pattern.split("/")


@dataclass(frozen=True)
class Match:
    """A route, and the values of the parameters in its path, percent-encoded as they were sent."""

    route: Route
    parameters: Mapping[str, str]


class RouteTable:
    """The routes of one app."""

    def __init__(self, routes: Sequence[Route], binary_types: Sequence[str] = ()) -> None:
        # Literal segments win over parameters, as in API Gateway.
        self.routes = sorted(routes, key=lambda route: [_is_parameter(p) for p in route.parts])
        self.binary_types = frozenset(binary_types)

    def match(self, path: str) -> Match | None:
        """The route of a path, None for an unknown one; a slash at the end counts for nothing."""
        parts = (path if path == "/" else path.removesuffix("/")).split("/")
        for route in self.routes:
            parameters = _capture(route.parts, parts)
            if parameters is not None:
                return Match(route, parameters)
        return None


def read_routes(service: Service) -> RouteTable:
    """Load a service's app for its routes. `NotFoundError` when there is no app."""
    app = _load(service)
    routes = []
    for pattern, entries in app.routes.items():
        authorizers = {method: entry.authorizer for method, entry in entries.items()}
        routes.append(
            Route(
                pattern=pattern,
                methods={method: _authorizer(a) for method, a in authorizers.items()},
                closed=frozenset(
                    method
                    for method, a in authorizers.items()
                    if not isinstance(a, ChaliceAuthorizer | IAMAuthorizer | None)
                ),
                preflight=_preflight(entries),
                signed=frozenset(m for m, a in authorizers.items() if isinstance(a, IAMAuthorizer)),
            )
        )
    return RouteTable(routes, app.api.binary_types)


def _load(service: Service) -> Any:
    """The Chalice app, under a module name of its own: every service calls its file app.py."""
    path = service.folder / "app.py"
    name = f"sightline_local_{service.name}_app"
    if not path.is_file():
        raise NotFoundError(f"{path} does not exist")
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise NotFoundError(f"{path} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    app = getattr(module, "app", None)
    if not isinstance(app, Chalice):
        raise NotFoundError(f"{path} has no Chalice app called `app`")
    return app


def _authorizer(authorizer: Any) -> Authorizer | None:
    if not isinstance(authorizer, ChaliceAuthorizer):
        return None
    config = authorizer.config
    ttl = DEFAULT_TTL_SECONDS if config.ttl_seconds is None else config.ttl_seconds
    return Authorizer(config.name, config.handler_string, config.header, ttl)


def _preflight(entries: Mapping[str, Any]) -> dict[str, str] | None:
    """What Chalice has API Gateway answer to OPTIONS."""
    shared = {method: entry.cors for method, entry in entries.items() if entry.cors is not None}
    if not shared or "OPTIONS" in entries:
        return None
    cors = next(iter(shared.values()))
    allowed = ",".join([*shared, "OPTIONS"])
    return {"Access-Control-Allow-Methods": allowed, **cors.get_access_control_headers()}


def _is_parameter(part: str) -> bool:
    return part.startswith("{") and part.endswith("}")


def _capture(pattern: Sequence[str], parts: Sequence[str]) -> dict[str, str] | None:
    if len(pattern) != len(parts):
        return None
    captured = {}
    for wanted, part in zip(pattern, parts, strict=True):
        if _is_parameter(wanted):
            if not part:
                return None
            captured[wanted[1:-1]] = part
        elif wanted != part:
            return None
    return captured
