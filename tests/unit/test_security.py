"""The threat model names tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_threat_names_a_test_that_exists() -> None:
    text = (ROOT / "SECURITY.md").read_text()
    table = text.partition("| threat |")[2].partition("\n\n")[0]
    threats = [row for row in table.splitlines() if row.startswith("| ")]
    assert threats
    for row in threats:
        named = re.findall(r"`(tests/\S+?\.py)`", row)
        assert named, row
        for name in named:
            assert "def test_" in (ROOT / name).read_text(), name
