from __future__ import annotations

import pytest

from sightline.local.functions.worker_main import is_here, refuse_outside


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "localhost", "::1", b"localhost", None])
def test_loopback_is_here(host: object) -> None:
    assert is_here(host)


@pytest.mark.parametrize("host", ["192.0.2.1", "aws.example", "169.254.169.254", "fe80::1", b"x"])
def test_all_else_is_outside(host: object) -> None:
    assert not is_here(host)


def test_connections_and_look_ups_are_refused_outside_only() -> None:
    refuse_outside("socket.connect", (None, ("127.0.0.1", 80)))
    refuse_outside("socket.connect", (None, "/run/unix.sock"))
    refuse_outside("open", ("/etc/hosts",))
    with pytest.raises(OSError, match=r"outside: '192\.0\.2\.1'"):
        refuse_outside("socket.connect", (None, ("192.0.2.1", 80)))
    with pytest.raises(OSError, match=r"outside: 'aws\.example'"):
        refuse_outside("socket.getaddrinfo", ("aws.example", 443))
