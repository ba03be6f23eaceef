"""The whole system on this machine, as one thing that is up or down.

    with LocalStack() as stack:
        print(stack.api_url("ingest"), stack.outputs["imagesBucket"])

The Pulumi program of `infra/` provisions moto's server, the functions run in worker processes, and
the wires that moto lacks are put in. State lives in memory only and is gone at the end.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import tempfile
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import urllib3
from moto.stepfunctions.models import stepfunctions_backends
from moto.stepfunctions.parser.api import ExecutionStatus
from urllib3.exceptions import HTTPError

from sightline.domain.errors import ConflictError
from sightline.local import events, mail, program, state_machines
from sightline.local.clients import Clients
from sightline.local.credentials import REGION, secret_for
from sightline.local.gateway import Gateway, Service
from sightline.local.inspection_pages import InspectionPages
from sightline.local.lambdas import install_lambda, warm_functions
from sightline.local.package import package
from sightline.local.runtime import Interceptor, Pool
from sightline.local.server import Server, WsgiApp
from sightline.local.signatures import SignatureFilter

if TYPE_CHECKING:
    from infra.settings import StackSettings
    from sightline.local.event_delivery import Delivery

logger = logging.getLogger(__name__)

_ENDING_SECONDS = 2.0

ENVIRONMENT = "local"
ALERT_EMAIL = "quality@sightline.example"
SERVICES = {"ingest": "ingestEnvironment"}
"""The Chalice services, by the stack output that is their environment."""


class LocalStack:
    """The system on this machine: `with`, or `start` and `close`. One at a time in a process.

    `port` is the gateway's (0: any free one). For tests: `interceptor` answers invocations in the
    functions' place, `delivery` decides how often and in what order events come.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        workers_per_function: int = 2,
        interceptor: Interceptor | None = None,
        delivery: Delivery | None = None,
    ) -> None:
        self.outputs: dict[str, Any] = {}
        """What the Pulumi program exports."""
        self.mailbox = mail.Mailbox()
        """What was sent to people."""
        self._port = port
        self._workers = workers_per_function
        self._interceptor = interceptor
        self._delivery = delivery
        self._exits = contextlib.ExitStack()
        self._up: _Parts | None = None

    def start(self) -> Self:
        """Bring everything up; what came up is taken down again when something fails."""
        with contextlib.ExitStack() as exits:
            parts = self._bring_up(exits)
            self._up = parts
            exits.callback(setattr, self, "_up", None)
            threading.Thread(target=_warm_up, args=(parts,), name="warm-up", daemon=True).start()
            self._exits = exits.pop_all()
        logger.info("up at %s; state is in memory and gone at the end", self.url)
        return self

    def close(self) -> None:
        """Take everything down; nothing happens when it is down."""
        self._exits.close()

    def __enter__(self) -> Self:
        return self if self._up else self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def url(self) -> str:
        """The gateway's status page."""
        return self._parts.gateway.address

    def api_url(self, service: str) -> str:
        """Where a Chalice service is."""
        return self._parts.gateway.url(service)

    @property
    def endpoint(self) -> str:
        """Where the embedded AWS is."""
        return self.clients.endpoint

    @property
    def clients(self) -> Clients:
        """boto3 clients of the embedded AWS."""
        return self._parts.clients

    def client(self, service: str) -> Any:
        """A boto3 client of the embedded AWS."""
        return self.clients.get(service)

    @property
    def pool(self) -> Pool:
        """The functions' worker processes, and their figures."""
        return self._parts.pool

    def drain(self, timeout: float) -> bool:
        """Wait until no event and no execution is under way; False when that takes too long.

        An execution that waits for a line's minute to end is under way.
        """
        parts, deadline = self._parts, time.monotonic() + timeout
        while parts.events.unfinished or parts.machines.unfinished:
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            if parts.events.drain(left):
                parts.machines.drain(deadline - time.monotonic())
        return True

    @property
    def _parts(self) -> _Parts:
        if self._up is None:
            raise ConflictError("the local system is not up")
        return self._up

    def _bring_up(self, exits: contextlib.ExitStack) -> _Parts:
        server = exits.enter_context(Server(filters=[_check_signatures]))
        pool = exits.enter_context(
            Pool(
                endpoint=server.endpoint,
                workers_per_function=self._workers,
                interceptor=self._interceptor,
            )
        )
        exits.callback(install_lambda(pool).restore)
        exits.callback(mail.install(self.mailbox).close)
        machines = state_machines.install(endpoint_url=server.endpoint)
        exits.callback(_end_executions, machines)
        bus = events.install(delivery=self._delivery)
        exits.callback(bus.close)
        folder = Path(exits.enter_context(tempfile.TemporaryDirectory(prefix="sightline-zips-")))
        zips = package(folder)
        port = self._port or _free_port()
        self.outputs = program.provision(server.endpoint, settings(port), folder)
        services = [
            Service(
                name,
                program.ROOT / "services" / name,
                environment=self.outputs[environment],
                code=zips[name],
            )
            for name, environment in SERVICES.items()
        ]
        clients = Clients(server.endpoint)
        shown = InspectionPages(clients, self.outputs)
        gateway = Gateway(
            services,
            pool,
            mailbox=self.mailbox,
            figures=self._status,
            pages={"inspections.html": shown.latest, "inspection.html": shown.one},
            port=port,
        )
        exits.enter_context(gateway)
        return _Parts(clients, pool, machines, bus, gateway)

    def _status(self) -> dict[str, object]:
        parts = self._parts
        return {
            "Embedded AWS": parts.clients.endpoint,
            "Events under way": parts.events.unfinished,
            "Executions under way": parts.machines.unfinished,
            "Worker processes": len(parts.pool.pids()),
            **self.outputs,
        }


@dataclass(frozen=True)
class _Parts:
    """What is up."""

    clients: Clients
    pool: Pool
    machines: state_machines.StateMachines
    events: events.EventBridge
    gateway: Gateway


def _warm_up(parts: _Parts) -> None:
    """Start workers while the system is up already, so that the first picture need not wait."""
    with contextlib.suppress(ConflictError, OSError, HTTPError):  # it may go down meanwhile
        for service in SERVICES:
            urllib3.request("GET", f"{parts.gateway.url(service)}/health", retries=False)
        warm_functions(parts.pool, REGION)


def settings(port: int) -> StackSettings:
    """The settings of the environment `local`, whose site is on the gateway's port."""
    site = f"http://127.0.0.1:{port}"
    made: StackSettings = program.infra("settings").StackSettings(
        environment=ENVIRONMENT,
        site_url=site,
        region=REGION,
        alert_emails=(ALERT_EMAIL,),
        cors_origins=(site,),
        protect_data=False,
        image_transition_days=0,
        alarm_actions=False,
    )
    return made


def _end_executions(machines: state_machines.StateMachines) -> None:
    """Stop what still runs or waits, which would find everything gone when it went on."""
    for regions in stepfunctions_backends.values():
        for backend in regions.values():
            for machine in backend.state_machines:
                for execution in list(machine.executions):
                    if execution.exec_status is ExecutionStatus.RUNNING:
                        execution.stop(datetime.now(UTC), "States.Stopped", "The system ends.")
    machines.drain(_ENDING_SECONDS)
    machines.close()


def _check_signatures(app: WsgiApp) -> WsgiApp:
    return SignatureFilter(app, secret_for)


def _free_port() -> int:
    """A port that is free now: the program wants to know it before the gateway can start."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
