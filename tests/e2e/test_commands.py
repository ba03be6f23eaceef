"""The command, as a person types it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.waiting import until

SIGHTLINE = [sys.executable, "-c", "from sightline.cli import main; main()"]


def run(*arguments: str, timeout: float = 240) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*SIGHTLINE, *arguments], capture_output=True, text=True, timeout=timeout, check=False
    )


@pytest.mark.slow
def test_the_demo_ends_by_itself_when_the_books_balance() -> None:
    done = run("demo", "--count", "8", "--budget", "fast", "--exit", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert report["passed"]
    assert report["audit"]["uploaded"] == report["audit"]["recorded"] == 8


@pytest.mark.slow
def test_a_local_stack_serves_other_commands_until_it_is_interrupted(
    tmp_path: Path, parts: Path, artifact: Path
) -> None:
    file = tmp_path / "outputs.json"
    up = subprocess.Popen(
        [*SIGHTLINE, "local", "up", "--stack-outputs", str(file)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "COLUMNS": "100"},
    )
    try:
        until(file.exists, seconds=60, what="the stack's outputs")
        stack = ["--stack-outputs", str(file)]
        sent = run("redrive", *stack, "--json")
        assert json.loads(sent.stdout) == {"sent": 0}, sent.stderr
        hosted = run("host", str(artifact), "--project", "castings", "--version", "7", *stack)
        assert "Version 7 serves project castings." in hosted.stdout, hosted.stderr
        where = ["--line", "press-1", "--project", "castings"]
        added = run("cameras", "add", "press-1-top", *where, *stack, "--json")
        token = json.loads(added.stdout)["token"]
        endpoint = json.loads(file.read_text())["ingestUrl"]
        access = ["--endpoint", endpoint, "--token", token]
        played = run("camera", "simulate", str(parts / "test"), *access, "--count", "3", "--json")
        assert played.returncode == 0, played.stdout + played.stderr
        assert json.loads(played.stdout)["count"] == 3
        stopped = run("unhost", "--project", "castings", *stack)
        assert "no longer" in stopped.stdout, stopped.stderr
    finally:
        up.send_signal(signal.SIGINT)
        printed, _ = up.communicate(timeout=30)
    assert up.returncode == 0, printed
    assert "Ingest API" in printed


def test_what_cannot_be_played_is_said_in_one_line(tmp_path: Path) -> None:
    done = run("demo", "--images", str(tmp_path / "nowhere"), "--exit")
    assert done.returncode in {1, 2}
    assert "nowhere" in done.stderr
    assert "Traceback" not in done.stderr
