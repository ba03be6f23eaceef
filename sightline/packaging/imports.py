"""Which of our own files an entry point needs: a walk over its imports, however late they come."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from sightline.domain.errors import InvalidError
from sightline.syntax import undisturbed

PACKAGE = "sightline"


def needed(
    root: Path, entries: Iterable[Path], *, without: Collection[str] = ()
) -> dict[str, Path]:
    """The files of our package that the entry points import, by their names below `root`.

    Imports inside functions count, those for type checkers only do not. `without` names modules
    and packages that are left out with all that only they need.
    """
    found: dict[str, Path] = {}
    waiting = list(entries)
    while waiting:
        for module in _imported(waiting.pop()):
            if _is_below(module, without):
                continue
            for path in _files(root, module):
                name = path.relative_to(root).as_posix()
                if name not in found:
                    found[name] = path
                    waiting.append(path)
    return found


def _is_below(module: str, names: Collection[str]) -> bool:
    return any(module == name or module.startswith(f"{name}.") for name in names)


def _files(root: Path, module: str) -> Iterator[Path]:
    """The module's file and its packages' `__init__.py`; none for what is not a module of ours."""
    parts = module.split(".")
    if parts[0] != PACKAGE:
        return
    for length in range(1, len(parts) + 1):
        place = root.joinpath(*parts[:length])
        for path in (place / "__init__.py", place.with_suffix(".py")):
            if path.is_file():
                yield path


def _imported(path: Path) -> Iterator[str]:
    visitor = _Imports(path)
    source = path.read_text("utf-8")
    visitor.visit(undisturbed(lambda: ast.parse(source, str(path))))
    return iter(visitor.names)


class _Imports(ast.NodeVisitor):
    def __init__(self, path: Path) -> None:
        self._path = path
        self.names: list[str] = []

    def visit_If(self, node: ast.If) -> None:
        if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            for statement in node.orelse:
                self.visit(statement)
        else:
            self.generic_visit(node)

    def visit_Import(self, node: ast.Import) -> None:
        self.names.extend(alias.name for alias in node.names)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.level or node.module is None:
            raise InvalidError(f"{self._path}:{node.lineno}: write this import in full.")
        self.names.append(node.module)
        self.names.extend(f"{node.module}.{alias.name}" for alias in node.names)
