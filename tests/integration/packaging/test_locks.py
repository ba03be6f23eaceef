"""What is locked for Lambda is what is tested, and comes from anybody's package index."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.api import ROOT

LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
PIN = re.compile(r"^([a-z0-9_.-]+)==(\S+)", re.MULTILINE)


def pins(lock: Path) -> set[tuple[str, str]]:
    return set(PIN.findall(lock.read_text()))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_locks_name_no_index(lock: Path) -> None:
    text = lock.read_text()
    assert "://" not in text
    assert "--index" not in text
    assert "--find-links" not in text


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_every_pin_has_a_hash(lock: Path) -> None:
    lines = [line for line in lock.read_text().splitlines() if line and "#" not in line]
    for at, line in enumerate(lines):
        if PIN.match(line):
            assert "--hash=sha256:" in lines[at + 1], line


@pytest.mark.parametrize("lock", [lock for lock in LOCKS if lock.stem != "dev"], ids=str)
def test_what_is_deployed_was_tested(lock: Path) -> None:
    assert pins(lock) <= pins(ROOT / "requirements/dev.txt")


def test_a_service_lock_has_what_the_service_asks_for() -> None:
    for asked in ROOT.glob("services/*/requirements.txt"):
        lock = ROOT / "requirements" / f"{asked.parent.name}.txt"
        assert pins(asked) <= pins(lock), f"run `make lock-packages` for {asked.parent.name}"
