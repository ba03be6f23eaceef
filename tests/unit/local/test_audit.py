from __future__ import annotations

from collections import Counter

from sightline.local.audit import Row, audit
from tests.examples import NOON


def row(image: str, severity: str = "none") -> Row:
    return Row(f"cam#{image}", "line", "cam", "normal", severity, NOON)


def test_books_that_balance() -> None:
    found = audit(["cam#1", "cam#2"], [row("1"), row("2", "high")], Counter(["cam#2"]))
    assert found.balanced
    assert (found.uploaded, found.recorded, found.alerts) == (2, 2, 1)


def test_every_way_of_not_balancing_is_named() -> None:
    found = audit(
        ["cam#1", "cam#2", "cam#3"],
        [row("2", "high"), row("3", "low"), row("4")],
        Counter(["cam#3", "cam#3", "cam#4"]),
    )
    assert not found.balanced
    assert found.unrecorded == ("cam#1",)
    assert found.unasked == ("cam#4",)
    assert found.untold == ("cam#2",)
    assert found.told_twice == ("cam#3",)
    assert found.told_needlessly == ("cam#4",)
