"""The first code that runs in a worker: fence it in, then hand over to AWS's runtime client.

Run as `python -P worker_main.py HANDLER`. It imports nothing of Sightline, because in a worker the
package is the one that was deployed with the function.
"""

from __future__ import annotations

import errno
import os
import runpy
import sys
import threading
from typing import Any

_LOOPBACK = ("localhost", "::1", "0.0.0.0")  # noqa: S104 - names of this machine, nothing is bound


def is_here(host: Any) -> bool:
    """Whether a host name or address is this machine's loopback."""
    if isinstance(host, (bytes, bytearray)):
        host = host.decode("ascii", "replace")
    return host is None or host in _LOOPBACK or str(host).startswith("127.")


def refuse_outside(event: str, args: tuple[Any, ...]) -> None:
    """Audit hook: a function that runs locally reaches nothing outside this machine."""
    if event in ("socket.connect", "socket.sendto"):
        address = args[1]
        host = address[0] if isinstance(address, tuple) else None
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = args[0]
    else:
        return
    if not is_here(host):
        raise OSError(errno.ENETUNREACH, f"the local system reaches nothing outside: {host!r}")


def _exit_with_parent() -> None:
    # The parent holds the other end of this pipe for as long as it lives, however it ends.
    while os.read(0, 4096):
        pass
    os._exit(0)


def main(handler: str) -> None:
    """Run the function's handler until the parent ends."""
    threading.Thread(target=_exit_with_parent, name="parent-watch", daemon=True).start()
    sys.addaudithook(refuse_outside)
    sys.argv = ["awslambdaric", handler]
    runpy.run_module("awslambdaric", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1])
