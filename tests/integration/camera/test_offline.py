"""The network goes, processes die, tokens are revoked: every picture arrives, each one once."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sightline.camera import Camera, SpoolFullError
from sightline.camera.retry import RetryPolicy
from sightline.domain.errors import InvalidError, UnauthorizedError

TOKEN = "slc.cam-1.secret"
JPEG = b"\xff\xd8\xff\xe0" + b"part" * 50


def camera(cloud: Any, folder: Path, *, token: str = TOKEN, **options: Any) -> Camera:
    policy = RetryPolicy(retries=1, base=0.01, cap=0.05)
    return Camera(cloud.url, token, spool_dir=folder, policy=policy, timeout=5, **options)


def eventually(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_pictures_wait_for_the_network_and_leave_in_order(cloud: Any, tmp_path: Path) -> None:
    cloud.down = True
    with camera(cloud, tmp_path) as cam:
        states = {cam.upload(JPEG, f"p{n}").state for n in range(5)}
        assert states == {"spooled"}
        cloud.down = False
        eventually(lambda: len(cloud.objects) == 5)
        eventually(lambda: cam.spool_usage().pending == 0)
        eventually(lambda: cam.upload(JPEG, "p5").state != "spooled")
    assert cloud.order == [f"p{n}" for n in range(6)]
    assert set(cloud.stored.values()) == {1}


def test_a_line_does_not_wait_for_a_network_that_is_known_to_be_gone(
    cloud: Any, tmp_path: Path
) -> None:
    cloud.down = True
    with camera(cloud, tmp_path, background=False) as cam:
        for number in range(5):
            cam.upload(JPEG, f"p{number}")
    assert len(cloud.calls) == 1


def test_the_next_process_sends_what_the_last_one_kept(cloud: Any, tmp_path: Path) -> None:
    cloud.down = True
    with camera(cloud, tmp_path, background=False) as cam:
        cam.upload(JPEG, "p")
    cloud.down = False
    with camera(cloud, tmp_path):
        eventually(lambda: "images/p.jpeg" in cloud.objects)


def test_a_spooled_picture_has_a_state(cloud: Any, tmp_path: Path) -> None:
    with camera(cloud, tmp_path, background=False) as cam:
        cloud.ask_faults.append("cut")
        cam.upload(JPEG, "p")
        assert cam.verdict("p").state == "spooled"
        assert cam.flush().sent == 1
        assert cam.verdict("p").state == "awaiting_upload"


def test_a_refused_token_is_reported_and_the_picture_kept(cloud: Any, tmp_path: Path) -> None:
    cloud.token = "another"
    with camera(cloud, tmp_path, background=False) as cam:
        with pytest.raises(UnauthorizedError, match="kept in the spool"):
            cam.upload(JPEG, "p")
        with pytest.raises(UnauthorizedError):
            cam.flush()
        cloud.token = TOKEN
        assert cam.flush().sent == 1


def test_a_refused_picture_is_reported_at_once_and_not_kept(cloud: Any, tmp_path: Path) -> None:
    cloud.refuse["p"] = 400
    with camera(cloud, tmp_path, background=False) as cam:
        with pytest.raises(InvalidError, match="Refused"):
            cam.upload(JPEG, "p")
        assert cam.spool_usage().pending == 0


def test_a_full_spool_says_so(cloud: Any, tmp_path: Path) -> None:
    cloud.down = True
    with camera(cloud, tmp_path, background=False, spool_max_bytes=500) as cam:
        cam.upload(JPEG, "p1")
        with pytest.raises(SpoolFullError, match="'p2'"):
            cam.upload(JPEG, "p2")


LINE = """
import sys
from sightline.camera import Camera
from sightline.camera.retry import RetryPolicy
url, folder, life = sys.argv[1:]
policy = RetryPolicy(retries=0, base=0.01, cap=0.02)
with Camera(url, "slc.cam-1.secret", spool_dir=folder, policy=policy, timeout=5) as camera:
    for number in range(1000):
        name = f"{life}-{number:03d}"
        state = camera.upload(b"\\xff\\xd8\\xff" + name.encode() * 2000, name).state
        print(name, state, flush=True)
"""


def test_processes_killed_at_any_moment_lose_and_double_nothing(cloud: Any, tmp_path: Path) -> None:
    chance = random.Random(7)  # noqa: S311 - moments to kill at, not secrets
    promised: set[str] = set()
    for life in range(4):
        cloud.put_faults.extend(["cut", "cut-after", 500, "cut"])
        cloud.down = life % 3 == 1
        lines = 5 + chance.randrange(20)
        with program(cloud.url, tmp_path, f"{life}a") as one:
            with program(cloud.url, tmp_path, f"{life}b") as two:
                promised |= killed_after(two, lines)
            promised |= killed_after(one, lines)
    cloud.down = False
    cloud.put_faults.clear()
    with camera(cloud, tmp_path, background=False) as cam:
        cam.flush()
        assert cam.spool_usage().pending_bytes == 0
        assert cam.spool_usage().rejected == 0
    assert promised <= set(cloud.order)
    assert set(cloud.stored.values()) == {1}
    for key, data in cloud.objects.items():
        name = key.removeprefix("images/").removesuffix(".jpeg")
        assert data == b"\xff\xd8\xff" + name.encode() * 2000


def program(url: str, folder: Path, life: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", LINE, url, str(folder), life]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def killed_after(line: subprocess.Popen[str], pictures: int) -> set[str]:
    """The pictures that the program was promised to be safe when it was killed."""
    assert line.stdout
    told = [line.stdout.readline() for _ in range(pictures)]
    line.kill()
    told += line.stdout.readlines()
    return {text.split()[0] for text in told if text.endswith("\n") and text.strip()}
