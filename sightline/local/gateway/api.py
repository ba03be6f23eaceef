"""One service behind the gateway: from a request to its answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from chalice.utils import to_cfn_resource_name

from sightline.domain.permissions import TABLE
from sightline.local.functions.runtime import FunctionSpec, InvokeResult, Outcome
from sightline.local.gateway.authorizers import Authorizers, RefusedError
from sightline.local.gateway.messages import Answer, Request, refusal, signed_refusal
from sightline.local.gateway.proxy import is_binary_request, method_arn, proxy_event, read_answer
from sightline.local.gateway.routes import Match, Service, read_routes
from sightline.local.gateway.signed import Signatures, UnsignedError
from sightline.local.identity.sessions import Sessions

Observe = Callable[[FunctionSpec, InvokeResult], None]
"""Is told of every invocation of a service's functions."""

SECONDS = 29.0  # as long as API Gateway waits for a function
HANDLER = "app.app"


class Runtime(Protocol):
    """What runs functions; `sightline.local.functions.runtime.Pool` is one."""

    def invoke(self, spec: FunctionSpec, payload: bytes) -> InvokeResult:
        """Run a function and wait for its answer."""


class Api:
    """A Chalice service as API Gateway presents it."""

    def __init__(
        self,
        service: Service,
        runtime: Runtime,
        sessions: Sessions | None = None,
        observe: Observe | None = None,
    ) -> None:
        self.service = service
        self.table = read_routes(service)
        self._runtime = runtime
        self._observe = observe
        self._authorizers = Authorizers(self._run)
        self._signatures = Signatures(sessions=sessions)
        self._signed = bool(TABLE.get(service.name))

    def respond(self, request: Request, path: str) -> Answer:
        """Answer a request whose path within the service is `path`."""
        match = self.table.match(path)
        if match is None:
            return self._refuse("MISSING_AUTHENTICATION_TOKEN", request)
        route = match.route
        if request.method == "OPTIONS" and route.preflight is not None:
            return Answer(200, b"", list(route.preflight.items()))
        if request.method not in route.methods:
            return self._refuse("MISSING_AUTHENTICATION_TOKEN", request)
        try:
            return self._integrate(request, path, match)
        except RefusedError as reason:
            return self._refuse(str(reason), request)
        except UnsignedError as reason:
            return reason.answer()

    def _integrate(self, request: Request, path: str, match: Match) -> Answer:
        if request.method in match.route.closed:
            raise RefusedError("ACCESS_DENIED")
        authorizer = match.route.methods[request.method]
        arn = method_arn(self.service.name, request, path)
        identity: Mapping[str, Any] = {}
        if request.method in match.route.signed:
            signer = self._signatures.identify(request)
            signer.check(arn)
            identity = signer.identity
        context = None
        if authorizer:
            context = self._authorizers.check(authorizer, request.header(authorizer.header), arn)
        types = self.table.binary_types
        binary = is_binary_request(request, types)
        event = proxy_event(self.service.name, request, path, match, context, binary=binary)
        event["requestContext"]["identity"].update(identity)
        result = self._run(HANDLER, json.dumps(event).encode())
        if result.outcome is Outcome.TIMEOUT:
            raise RefusedError("INTEGRATION_TIMEOUT")
        answer = None if result.failed else read_answer(result.payload, request, types)
        return answer or self._refuse("DEFAULT_5XX", request, status=502)

    def _refuse(self, name: str, request: Request, status: int | None = None) -> Answer:
        """A refusal of the gateway itself, in the form that the service's clients read."""
        return signed_refusal(name, status) if self._signed else refusal(name, request, status)

    def _run(self, handler: str, payload: bytes) -> InvokeResult:
        name = self.service.name
        code: Path = self.service.code or self.service.folder
        suffix = "" if handler == HANDLER else f"-{handler.rpartition('.')[2]}"
        spec = FunctionSpec(
            name=f"sightline-{name}{suffix}",
            handler=handler,
            code=code,
            environment=self.service.environment,
            timeout_seconds=SECONDS,
            log_group=f"/aws/lambda/{self._resource(handler)}",
            role_arn=self.service.role_arn,
        )
        result = self._runtime.invoke(spec, payload)
        if self._observe:
            self._observe(spec, result)
        return result

    def _resource(self, handler: str) -> str:
        """A function's name as CloudFormation makes it, after Chalice's name of the resource."""
        function = handler.rpartition(".")[2]
        label = "APIHandler" if handler == HANDLER else to_cfn_resource_name(function)
        return f"{self.service.stack_name or self.service.name}-{label}-local"
