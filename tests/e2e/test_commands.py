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
def test_a_local_stack_serves_other_commands_until_it_is_interrupted(tmp_path: Path) -> None:
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
        sent = run("redrive", "--stack-outputs", str(file), "--json")
        assert json.loads(sent.stdout) == {"sent": 0}, sent.stderr
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
