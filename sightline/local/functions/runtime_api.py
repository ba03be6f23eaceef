"""The Lambda Runtime API of one worker, served by the thread that invokes it.

AWS's runtime client keeps a single connection and alternates strictly: ask for the next event, post
its result, ask again. So no server thread is needed: whoever invokes writes the event as the answer
to the pending question and reads the result from the same socket. Waiting is a `poll` on sockets
and the worker's output; nothing sleeps and nothing is handed between threads.

The protocol: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from __future__ import annotations

import os
import selectors
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

_HEAD_END = b"\r\n\r\n"
_CHUNK = 65536
_LIVENESS_SECONDS = 1.0
_ENDING_SECONDS = 0.005


class WorkerExitedError(Exception):
    """The worker's process ended."""


@dataclass(frozen=True)
class Request:
    """One request of the runtime client."""

    connection: socket.socket
    method: str
    path: str
    body: bytes

    @property
    def asks_for_event(self) -> bool:
        return self.method == "GET" and self.path.endswith("/invocation/next")


def parse(buffer: bytes) -> tuple[str, str, bytes, int] | None:
    """Method, path, body and length of the first request in `buffer`; None when it is cut short."""
    head_end = buffer.find(_HEAD_END)
    if head_end < 0:
        return None
    start, *lines = buffer[:head_end].decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(":") for line in lines)}
    body_start = head_end + len(_HEAD_END)
    length = body_start + int(headers.get("content-length", "0"))
    if len(buffer) < length:
        return None
    method, path, _ = start.split(" ", 2)
    return method, path, buffer[body_start:length], length


def response(status: str, headers: Mapping[str, str], body: bytes) -> bytes:
    """An HTTP/1.1 response with a length, so that the connection is kept."""
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode("latin-1") + body


@dataclass
class OutputTail:
    """The last `limit` bytes of what a worker printed since it was last taken."""

    limit: int = 256 * 1024
    _text: bytearray = field(default_factory=bytearray)
    _dropped: int = 0

    def add(self, data: bytes) -> None:
        self._text += data
        excess = len(self._text) - self.limit
        if excess > 0:
            del self._text[:excess]
            self._dropped += excess

    def take(self) -> str:
        text = bytes(self._text).decode("utf-8", "replace")
        if self._dropped:
            text = f"[{self._dropped} earlier bytes dropped]\n{text}"
        self._text.clear()
        self._dropped = 0
        return text


class RuntimeApi:
    """Listens for one worker and collects its output. Used by one thread at a time."""

    def __init__(self) -> None:
        self.output = OutputTail()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ, self._accept)
        self._buffers: dict[socket.socket, bytes] = {}
        self._stdout = -1
        self._ending = False
        self._alive: Callable[[], bool] = lambda: True

    @property
    def address(self) -> str:
        """`host:port` for AWS_LAMBDA_RUNTIME_API."""
        host, port = self._listener.getsockname()[:2]
        return f"{host}:{port}"

    def watch(self, stdout: int, alive: Callable[[], bool]) -> None:
        """Collect what the worker prints to `stdout`; `alive` tells whether its process lives."""
        os.set_blocking(stdout, False)
        self._stdout, self._alive = stdout, alive
        self._selector.register(stdout, selectors.EVENT_READ, self._read_output)

    def receive(self, deadline: float) -> Request:
        """The worker's next request.

        `deadline` is a `time.monotonic` value. `TimeoutError` when it passes first,
        `WorkerExitedError` when the worker ends first.
        """
        while True:
            for connection in list(self._buffers):
                if request := self._take_request(connection):
                    return request
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                raise TimeoutError
            # Something closed: the process ends within moments, or lives on without it.
            patience = _ENDING_SECONDS if self._ending else _LIVENESS_SECONDS
            ready = self._selector.select(min(remaining, patience))
            for key, _ in ready:
                key.data(key.fileobj)
            if not ready and not self._alive():
                raise WorkerExitedError

    def close(self) -> None:
        """Close every socket; the worker's process is the caller's to end."""
        self._selector.close()
        for connection in (*self._buffers, self._listener):
            connection.close()

    def _take_request(self, connection: socket.socket) -> Request | None:
        parsed = parse(self._buffers[connection])
        if parsed is None:
            return None
        method, path, body, length = parsed
        self._buffers[connection] = self._buffers[connection][length:]
        # What was printed before the request was sent is in the pipe by now.
        if self._stdout >= 0:
            self._read_output(self._stdout)
        return Request(connection, method, path, body)

    def _accept(self, _: object) -> None:
        connection, _address = self._listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffers[connection] = b""
        self._selector.register(connection, selectors.EVENT_READ, self._read_connection)

    def _read_connection(self, connection: socket.socket) -> None:
        try:
            data = connection.recv(_CHUNK)
        except ConnectionResetError:
            data = b""
        if data:
            self._buffers[connection] += data
        else:
            self._selector.unregister(connection)
            del self._buffers[connection]
            connection.close()
            self._ending = True

    def _read_output(self, stdout: int) -> None:
        try:
            while data := os.read(stdout, _CHUNK):
                self.output.add(data)
        except BlockingIOError:
            return
        self._selector.unregister(stdout)
        self._stdout = -1
        self._ending = True
