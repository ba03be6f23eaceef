"""The embedded AWS: moto's server in this process, on a free port of the loopback.

All state is in memory (objects larger than 16 KB in temporary files) and gone when it stops. moto
keeps its state in module globals, so one process has one server at a time.
"""

from __future__ import annotations

import contextlib
import functools
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from cheroot import wsgi
from moto.core import responses
from moto.core.request import (
    PRESERVED_HEADER_NAMES_ENVIRON_KEY,
    environ_key_for_header,
    should_preserve_original_header_name,
)
from moto.moto_api._internal.models import moto_api_backend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from sightline.domain.errors import ConflictError
from sightline.local import dynamodb
from sightline.local.iam import permissions
from sightline.local.seams import Seams

WsgiApp = Callable[[dict[str, Any], Any], Any]
Filter = Callable[[WsgiApp], WsgiApp]
"""Wraps the server's application, to look at requests before moto does."""

# Requests may wait for other requests (a function invoked over HTTP reads a table), so there must
# be more threads than such requests at once.
_THREADS = 48
_KEEP_ALIVE_SECONDS = 120
_OBJECT_BYTES_IN_MEMORY = 16 * 1024
_OPEN_FILES = 65_536

_running = threading.Lock()


class Server:
    """The embedded AWS server; use it as a context manager or with `start` and `stop`."""

    def __init__(self, *, filters: Sequence[Filter] = (), port: int = 0) -> None:
        self._filters = filters
        self._port = port
        self._stack = contextlib.ExitStack()
        self._http: wsgi.Server | None = None

    @property
    def endpoint(self) -> str:
        """`http://127.0.0.1:<port>`."""
        if self._http is None:
            raise ConflictError("the local AWS server is not running")
        return f"http://127.0.0.1:{self._http.bind_addr[1]}"

    def start(self) -> Self:
        """Start serving with empty state. `ConflictError` when this process has a server."""
        if not _running.acquire(blocking=False):
            raise ConflictError("this process already runs a local AWS server")
        with contextlib.ExitStack() as stack:
            stack.callback(_running.release)
            stack.callback(moto_api_backend.reset)
            moto_api_backend.reset()
            permissions.forget_calls()
            allow_open_files(_OPEN_FILES)
            stack.callback(dynamodb.install().restore)
            seams = Seams()
            stack.callback(seams.restore)
            seams.replace(responses, "method_names_from_class", _method_names)
            self._http = http = self._listen()
            stack.callback(self._stop_serving)
            port = str(http.bind_addr[1])
            environment = {
                "MOTO_PORT": port,
                "MOTO_S3_DEFAULT_KEY_BUFFER_SIZE": str(_OBJECT_BYTES_IN_MEMORY),
            }
            stack.enter_context(_environment(environment))
            threading.Thread(target=http.serve, name="local-aws", daemon=True).start()
            self._stack = stack.pop_all()
        return self

    def stop(self) -> None:
        """Stop serving and forget everything; nothing happens when it does not run."""
        self._stack.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _listen(self) -> wsgi.Server:
        app: WsgiApp = _Dispatcher(create_backend_app)
        for wrap in reversed(self._filters):
            app = wrap(app)
        http = wsgi.Server(
            ("127.0.0.1", self._port),
            app,
            numthreads=_THREADS,
            timeout=_KEEP_ALIVE_SECONDS,
            shutdown_timeout=1,
            request_queue_size=256,
        )
        http.gateway = _Gateway
        http.nodelay = True
        http.prepare()
        return http

    def _stop_serving(self) -> None:
        if self._http is not None:
            self._http.stop()
            self._http = None


class _Dispatcher(DomainDispatcherApplication):  # type: ignore[misc]
    """moto's dispatcher, which otherwise lists its own folder on disk for every request."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.get_backend_for_host = functools.lru_cache(256)(super().get_backend_for_host)


class _Gateway(wsgi.Gateway_10):
    """Adds to WSGI's environment what moto expects of its server."""

    def get_environ(self) -> dict[str, Any]:  # type: ignore[override]
        environ: dict[str, Any] = super().get_environ()  # type: ignore[no-untyped-call]
        environ["RAW_URI"] = environ["REQUEST_URI"]
        # S3 metadata keys may contain underscores, which WSGI cannot tell from dashes.
        names = (name.decode("latin-1") for name in self.req.inheaders)
        environ[PRESERVED_HEADER_NAMES_ENVIRON_KEY] = {
            environ_key_for_header(name): name
            for name in names
            if should_preserve_original_header_name(name)
        }
        return environ


_method_names = functools.cache(responses.method_names_from_class)


@contextlib.contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def allow_open_files(wanted: int) -> int:
    """Raise this process's limit of open files as far as the system lets; the limit now.

    moto holds one open temporary file per stored object.
    """
    try:
        import resource
    except ImportError:
        return 0
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    possible = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft == resource.RLIM_INFINITY or soft >= possible:
        return soft
    resource.setrlimit(resource.RLIMIT_NOFILE, (possible, hard))
    return possible
