"""Replacing attributes and putting them back."""

from __future__ import annotations

import pytest

from sightline.local.seams import Seams


class Parent:
    def inherited(self) -> str:
        return "parent"

    @staticmethod
    def fixed() -> str:
        return "static"


class Child(Parent):
    own = "own"


def test_everything_is_put_back_as_it_was() -> None:
    before = dict(vars(Child)), dict(vars(Parent))
    seams = Seams()
    seams.replace(Child, "own", "first")
    seams.replace(Child, "own", "second")
    seams.replace(Child, "inherited", lambda self: "child")
    old = seams.replace(Parent, "fixed", staticmethod(lambda: "replaced"))
    seams.add(Child, "new", 1)
    assert (Child.own, Child().inherited(), Parent().inherited()) == ("second", "child", "parent")
    assert (old(), Child.fixed()) == ("static", "replaced")
    seams.restore()
    assert (dict(vars(Child)), dict(vars(Parent))) == before
    seams.restore()  # once more changes nothing


def test_what_moto_no_longer_has_cannot_be_replaced() -> None:
    with pytest.raises(AttributeError):
        Seams().replace(Child, "gone", 1)
