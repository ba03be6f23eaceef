"""Models hosted at endpoints: starting creates one, stopping deletes it.

A run may be cut off anywhere: the next one looks at what is there and goes on from it. An endpoint
that failed is never left behind, because it would have to be removed by hand.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from sightline.domain.errors import InvalidError, UnavailableError
from sightline.domain.lookout.hosts import EndpointHost
from sightline.domain.lookout.models import Model
from sightline.domain.lookout.records import S3Object
from sightline.workflow.control.ports import DetectHost, Found, Hosting

POLL_SECONDS = 15.0
POLLS = 48  # twelve minutes: the function that waits lives fifteen


class EndpointStatus(Enum):
    """What an endpoint is about."""

    MOVING = "moving"
    IN_SERVICE = "in service"
    FAILED = "failed"


@dataclass(frozen=True)
class EndpointState:
    """An endpoint as it stands: how many instances were asked for, and why it failed."""

    status: EndpointStatus
    instances: int
    reason: str = ""


class Endpoints(Protocol):
    """SageMaker's endpoints."""

    def state(self, host: EndpointHost) -> EndpointState | None:
        """The host's endpoint; None when there is none."""

    def create(self, host: EndpointHost, instances: int) -> None:
        """Begin to create it where none is, over what an earlier attempt may have left of it.

        `InvalidError` says why it cannot be had.
        """

    def delete(self, host: EndpointHost) -> None:
        """Begin to delete it; one that is not there is fine."""

    def clean(self, host: EndpointHost) -> None:
        """Delete what else belongs to an endpoint that is gone; nothing there is fine."""


class EndpointHosting:
    """`Hosting` at an endpoint per version; an inference unit is an instance."""

    def __init__(
        self,
        serving: Hosting,
        endpoints: Endpoints,
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._serving = serving
        self._endpoints = endpoints
        self._sleep = sleep

    def start(self, model: Model) -> None:
        host, wanted = host_of(model), model.min_units or 1
        created = False
        for _ in range(POLLS):
            state = self._endpoints.state(host)
            if state is None:
                self._endpoints.create(host, wanted)
                created = True
            elif state.status is EndpointStatus.FAILED and created:
                self._endpoints.delete(host)
                raise InvalidError(f"Endpoint {host.endpoint} failed: {state.reason}")
            elif state.status is EndpointStatus.IN_SERVICE and state.instances == wanted:
                self._serving.start(model)
                return
            elif state.status is not EndpointStatus.MOVING:  # an earlier start left it so
                self._endpoints.delete(host)
            self._sleep(POLL_SECONDS)
        raise UnavailableError(f"Endpoint {host.endpoint} is not in service yet.")

    def stop(self, model: Model) -> None:
        self._serving.stop(model)
        host = host_of(model)
        for _ in range(POLLS):
            state = self._endpoints.state(host)
            if state is None:
                self._endpoints.clean(host)
                return
            if state.status is not EndpointStatus.MOVING:
                self._endpoints.delete(host)
            self._sleep(POLL_SECONDS)
        raise UnavailableError(f"Endpoint {host.endpoint} is not gone yet.")


class HostingByHost:
    """`Hosting` that leaves each model to the host that was chosen for it."""

    def __init__(self, functions: Hosting, endpoints: Hosting | None) -> None:
        self._functions = functions
        self._endpoints = endpoints

    def start(self, model: Model) -> None:
        self._of(model).start(model)

    def stop(self, model: Model) -> None:
        self._of(model).stop(model)

    def _of(self, model: Model) -> Hosting:
        if model.host is None:
            return self._functions
        if self._endpoints is None:
            raise InvalidError(
                f"Model version {model.version} runs at a SageMaker endpoint, and these are "
                "switched off here; the setting sagemakerHost switches them on."
            )
        return self._endpoints


class DetectHostByHost:
    """`DetectHost` that asks the host that was chosen for the model."""

    def __init__(self, functions: DetectHost, endpoints: DetectHost) -> None:
        self._functions = functions
        self._endpoints = endpoints

    def detect(
        self, model: Model, picture: bytes, source: S3Object | None, *, mapped: bool = False
    ) -> Found:
        chosen = self._endpoints if model.host else self._functions
        return chosen.detect(model, picture, source, mapped=mapped)


def host_of(model: Model) -> EndpointHost:
    """The endpoint that was chosen for a model; `InvalidError` when none was."""
    if model.host is None:
        raise InvalidError(f"Model version {model.version} has no endpoint.")
    return model.host
