"""The one local port: `/<service>/<path>`, and the pages of the local system."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from http import HTTPStatus
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from cheroot import wsgi

from sightline.domain.errors import ConflictError
from sightline.local.gateway.api import Api, Observe, Runtime
from sightline.local.gateway.messages import Answer, Request, read_request, refusal
from sightline.local.gateway.pages import Page, mail_page, status_page
from sightline.local.gateway.routes import Service
from sightline.local.identity.sessions import Sessions
from sightline.local.mail import Mailbox

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

logger = logging.getLogger(__name__)

BODY_MAX = 10 << 20  # API Gateway's limit
_THREADS = 24
_KEEP_ALIVE_SECONDS = 60


class Gateway:
    """The gateway; use it as a context manager or with `start` and `stop`.

    `figures` gives what the status page shows. `pages` may add pages by their first segment; a page
    gets the whole request. `site` answers all that nobody else does. `sessions` are those of people
    who signed in. `observe` is told of every invocation.
    """

    def __init__(
        self,
        services: Sequence[Service],
        runtime: Runtime,
        *,
        mailbox: Mailbox | None = None,
        figures: Callable[[], Mapping[str, object]] = dict,
        pages: Mapping[str, Page] | None = None,
        site: Page | None = None,
        sessions: Sessions | None = None,
        observe: Observe | None = None,
        port: int = 0,
    ) -> None:
        self._apis = {
            service.name: Api(service, runtime, sessions, observe) for service in services
        }
        self._mailbox = mailbox or Mailbox()
        self._figures = figures
        self._pages = self._own_pages() | dict(pages or {})
        self._site = site
        self._port = port
        self._http: wsgi.Server | None = None

    @property
    def address(self) -> str:
        """`http://127.0.0.1:<port>`. `ConflictError` when the gateway is not up."""
        if self._http is None:
            raise ConflictError("the local gateway is not running")
        return f"http://127.0.0.1:{self._http.bind_addr[1]}"

    def url(self, service: str) -> str:
        """Where a service is, without a slash at the end."""
        return f"{self.address}/{self._apis[service].service.name}"

    def start(self) -> Self:
        """Listen; `OSError` when the port is taken."""
        http = wsgi.Server(
            ("127.0.0.1", self._port),
            self._serve,
            numthreads=_THREADS,
            timeout=_KEEP_ALIVE_SECONDS,
            shutdown_timeout=1,
            request_queue_size=256,
        )
        http.gateway = _Gateway
        http.nodelay = True
        http.prepare()
        self._http = http
        threading.Thread(target=http.serve, name="local-gateway", daemon=True).start()
        return self

    def stop(self) -> None:
        """Stop listening; nothing happens when it does not run."""
        if self._http is not None:
            self._http.stop()
            self._http = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def respond(self, request: Request) -> Answer:
        """Answer a request, whoever it is for."""
        name, _, below = request.path.removeprefix("/").partition("/")
        if name in self._apis:
            return self._apis[name].respond(request, f"/{below}")
        if name in self._pages:
            return self._pages[name](request)
        if self._site:
            return self._site(request)
        return refusal("MISSING_AUTHENTICATION_TOKEN", request)

    def _own_pages(self) -> dict[str, Page]:
        def mail(request: Request) -> Answer:
            return mail_page(self._mailbox, request)

        def health(request: Request) -> Answer:
            del request
            return Answer.of_json(200, {"status": "ok", "services": sorted(self._apis)})

        def status(request: Request) -> Answer:
            del request
            return status_page(self._listed_routes(), self._figures())

        return {"status": status, "mail": mail, "healthz": health}

    def _listed_routes(self) -> dict[str, list[str]]:
        return {
            name: [
                f"{method} /{name}{route.pattern}"
                for route in api.table.routes
                for method in route.methods
            ]
            for name, api in self._apis.items()
        }

    def _serve(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        headers: list[tuple[str, str]] = environ["sightline.headers"]
        request = read_request(environ, headers, BODY_MAX)
        if request is None:
            request = Request(method=environ["REQUEST_METHOD"], path="/")
            answer = refusal("REQUEST_TOO_LARGE", request)
        else:
            answer = self._answer(request)
        phrase = HTTPStatus(answer.status).phrase if answer.status in _KNOWN else "Unknown"
        # Header values are bytes on the wire, which WSGI shows as Latin-1.
        sent = [
            (name, value.encode().decode("latin-1"))
            for name, value in answer.headers
            if name.lower() not in _OURS
        ]
        sent += [("Content-Length", str(len(answer.body))), ("x-amzn-RequestId", request.id)]
        start_response(f"{answer.status} {phrase}", sent)
        return [] if request.method == "HEAD" else [answer.body]

    def _answer(self, request: Request) -> Answer:
        try:
            return self.respond(request)
        except Exception:  # whatever it is, the caller gets an answer and no stack trace
            logger.exception("request %s failed: %s %s", request.id, request.method, request.path)
            return refusal("DEFAULT_5XX", request)


_KNOWN = frozenset(status.value for status in HTTPStatus)
_OURS = frozenset({"content-length", "connection", "transfer-encoding", "x-amzn-requestid"})


class _Gateway(wsgi.Gateway_10):
    """Adds the headers as they came, which WSGI folds into variables."""

    def get_environ(self) -> dict[str, Any]:  # type: ignore[override]
        environ: dict[str, Any] = super().get_environ()  # type: ignore[no-untyped-call]
        environ["sightline.headers"] = [
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, value in self.req.inheaders.items()
        ]
        return environ
