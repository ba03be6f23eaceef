from __future__ import annotations

from pathlib import Path

import pytest

from sightline.domain.errors import InvalidError
from sightline.packaging.imports import needed


def tree(root: Path, **files: str) -> Path:
    """`sightline/<a>/<b>.py` for `a__b`; every folder is a package."""
    for name, text in files.items():
        path = root.joinpath("sightline", *name.split("__")).with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        (path.parent / "__init__.py").touch()
        path.write_text(text)
    (root / "sightline/__init__.py").touch()
    return root


def entry(root: Path, text: str) -> Path:
    path = root / "handler.py"
    path.write_text(text)
    return path


def names(root: Path, text: str, *without: str) -> set[str]:
    found = needed(root, [entry(root, text)], without=without)
    return {name.removeprefix("sightline/") for name in found} - {"__init__.py"}


def test_imports_of_imports_are_needed_and_nothing_else(tmp_path: Path) -> None:
    tree(tmp_path, one="import sightline.two\n", two="import json\n", three="")
    assert names(tmp_path, "from sightline import one") == {"one.py", "two.py"}


def test_packages_come_with_their_init(tmp_path: Path) -> None:
    tree(tmp_path, a__b="")
    (tmp_path / "sightline/a/__init__.py").write_text("from sightline import c")
    (tmp_path / "sightline/c.py").touch()
    found = {"a/__init__.py", "a/b.py", "c.py"}
    assert names(tmp_path, "from sightline.a.b import something") == found


def test_late_imports_count(tmp_path: Path) -> None:
    tree(tmp_path, late="")
    code = "def work():\n    if True:\n        from sightline.late import thing\n"
    assert names(tmp_path, code) == {"late.py"}


def test_imports_for_type_checkers_do_not_count(tmp_path: Path) -> None:
    tree(tmp_path, types="", values="")
    code = (
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    from sightline import types\n"
        "else:\n    from sightline import values\n"
    )
    assert names(tmp_path, code) == {"values.py"}


def test_what_is_left_out_takes_along_what_only_it_needs(tmp_path: Path) -> None:
    tree(tmp_path, heavy__a="import sightline.only", only="", heavier="")
    code = "from sightline.heavy import a\nfrom sightline import heavier"
    assert names(tmp_path, code, "sightline.heavy") == {"heavier.py"}


def test_cycles_end(tmp_path: Path) -> None:
    tree(tmp_path, a="import sightline.b", b="import sightline.a")
    assert names(tmp_path, "import sightline.a") == {"a.py", "b.py"}


def test_a_relative_import_is_refused_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(InvalidError, match=r"handler\.py:2: "):
        names(tmp_path, "import json\nfrom . import other")
