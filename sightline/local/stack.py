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
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import urllib3
from urllib3.exceptions import HTTPError

from sightline.adapters.aws.people import CognitoPeople
from sightline.domain.errors import ConflictError, UnavailableError
from sightline.domain.site_config import site_config
from sightline.http.site import headers as site_headers
from sightline.local import mail, program, wires
from sightline.local.clients import Clients
from sightline.local.function_logs import keep_service_logs
from sightline.local.functions.package import package
from sightline.local.functions.provisioned import ProvisionedConcurrency
from sightline.local.functions.runtime import Interceptor, Pool
from sightline.local.functions.wire import Warmer, warm_functions
from sightline.local.gateway import Gateway, Service
from sightline.local.gateway.sign_in_pages import sign_in_pages
from sightline.local.greengrass import Greengrass
from sightline.local.iam.credentials import REGION, secret_for
from sightline.local.iam.enforcement import Enforcement
from sightline.local.iam.signatures import SignatureFilter
from sightline.local.identity import people
from sightline.local.identity.pools import Identities
from sightline.local.identity.sessions import Sessions
from sightline.local.identity.sign_in import SignIn
from sightline.local.lake import write_lake
from sightline.local.server import Server, WsgiApp
from sightline.local.site import site_page

if TYPE_CHECKING:
    from infra.settings import StackSettings
    from sightline.local.events.delivery import Delivery
    from sightline.local.firehose.wire import Refuses

logger = logging.getLogger(__name__)

ENVIRONMENT = "local"
ALERT_EMAIL = "quality@sightline.example"
SERVICES = {
    "analytics": "analyticsEnvironment",
    "control": "controlEnvironment",
    "ingest": "ingestEnvironment",
}
"""The Chalice services, by the stack output that is their environment."""
HEALTH = {"control": "sightline/health", "ingest": "health"}


class LocalStack:
    """The system on this machine: `with`, or `start` and `close`. One at a time in a process.

    `port` is the gateway's (0: any free one). For tests: `interceptor` answers invocations in the
    functions' place, `delivery` decides how often and in what order events come, `refuses` which
    rows Firehose does not take.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        workers_per_function: int = 2,
        interceptor: Interceptor | None = None,
        delivery: Delivery | None = None,
        refuses: Refuses | None = None,
    ) -> None:
        self.outputs: dict[str, Any] = {}
        """What the Pulumi program exports."""
        self.mailbox = mail.Mailbox()
        """What was sent to people."""
        self.sessions = Sessions()
        """The credentials of people who signed in."""
        self._port = port
        self._workers = workers_per_function
        self._interceptor = interceptor
        self._delivery = delivery
        self._refuses = refuses
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
        """The gateway's address, where the admin site is."""
        return self._parts.gateway.address

    def api_url(self, service: str) -> str:
        """Where a Chalice service is."""
        return self._parts.gateway.url(service)

    def site_config(self) -> dict[str, Any]:
        """What the site reads of this system: everything is at the gateway's address."""
        return site_config(
            self.outputs,
            {name: self.api_url(name) for name in SERVICES},
            cognito_idp=f"{self.url}/cognito-idp/",
            cognito_identity=f"{self.url}/cognito-identity/",
        )

    def add_people(self, password: str = "") -> dict[str, str]:
        """Somebody for every group, called like it; their passwords by name, random by default."""
        directory = CognitoPeople(self.outputs["userPoolId"], self.client("cognito-idp"))
        return people.add_everybody(directory, password)

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
        """Wait until no event, execution or job is under way; False when that takes too long.

        An execution that waits for a line's minute to end is under way.
        """
        return self._parts.wires.drain(timeout)

    def write_lake(self, folder: Path, timeout: float = 60) -> list[Path]:
        """Leave the lake's files in a folder, with all that was recorded until now; their paths.

        `UnavailableError` when what is on its way does not arrive in time.
        """
        if not self._parts.wires.fill_lake(timeout):
            raise UnavailableError("Not everything arrived in the lake; see the functions' logs.")
        return write_lake(self.clients, self.outputs, folder)

    @property
    def _parts(self) -> _Parts:
        if self._up is None:
            raise ConflictError("the local system is not up")
        return self._up

    def _bring_up(self, exits: contextlib.ExitStack) -> _Parts:
        warm, sign_in = Warmer(), SignIn()
        exits.callback(sign_in.install().restore)
        server = exits.enter_context(
            Server(
                filters=[
                    _check_signatures,
                    Enforcement,
                    lambda app: ProvisionedConcurrency(app, warm),
                    Greengrass,
                    lambda app: Identities(app, self.sessions, sign_in.key),
                ]
            )
        )
        pool = warm.pool = exits.enter_context(
            Pool(
                endpoint=server.endpoint,
                workers_per_function=self._workers,
                interceptor=self._interceptor,
            )
        )
        wired = wires.install(
            exits,
            endpoint=server.endpoint,
            pool=pool,
            mailbox=self.mailbox,
            delivery=self._delivery,
            refuses=self._refuses,
        )
        folder = Path(exits.enter_context(tempfile.TemporaryDirectory(prefix="sightline-zips-")))
        zips = package(folder)
        port = self._port or _free_port()
        self.outputs = program.provision(server.endpoint, settings(port), folder)
        wired.alarms.start()
        services = [self._service(name, zips[name]) for name in SERVICES]
        clients = Clients(server.endpoint)
        gateway = Gateway(
            services,
            pool,
            mailbox=self.mailbox,
            figures=self._status,
            pages=sign_in_pages(server.endpoint, self.site_config),
            site=site_page(program.ROOT, site_headers(pictures=[server.endpoint])),
            sessions=self.sessions,
            observe=keep_service_logs,
            port=port,
        )
        exits.enter_context(gateway)
        return _Parts(clients, pool, wired, gateway)

    def _service(self, name: str, code: Path) -> Service:
        environment, role = self.outputs[SERVICES[name]], self.outputs[f"{name}RoleArn"]
        folder = program.ROOT / "services" / name
        return Service(name, folder, environment, code, role, self.outputs[f"{name}StackName"])

    def _status(self) -> dict[str, object]:
        parts = self._parts
        return {
            "Embedded AWS": parts.clients.endpoint,
            **parts.wires.figures,
            "Worker processes": len(parts.pool.pids()),
            **self.outputs,
        }


@dataclass(frozen=True)
class _Parts:
    """What is up."""

    clients: Clients
    pool: Pool
    wires: wires.Wires
    gateway: Gateway


def _warm_up(parts: _Parts) -> None:
    """Start workers while the system is up already, so that the first picture need not wait."""
    with contextlib.suppress(ConflictError, OSError, HTTPError):  # it may go down meanwhile
        for service, path in HEALTH.items():
            urllib3.request("GET", f"{parts.gateway.url(service)}/{path}", retries=False)
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
        site_hosting=False,  # the gateway has it
        protect_data=False,
        image_transition_days=0,
        stream_window_seconds=1,
        lake_buffer_seconds=60,  # the least; here a file takes two seconds all the same
        lake_transition_days=0,
        daily_digest_hour=0,  # whatever the time is here
        control=True,
    )
    return made


def _check_signatures(app: WsgiApp) -> WsgiApp:
    return SignatureFilter(app, secret_for)


def _free_port() -> int:
    """A port that is free now: the program wants to know it before the gateway can start."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
