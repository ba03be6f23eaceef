"""A tree is read although others are read meanwhile."""

import ast
import gc
from collections.abc import Iterator

import pytest

from sightline.syntax import ATTEMPTS, undisturbed

SOURCE = "value = (1 + 2) * 3\n" * 200


@pytest.fixture
def disturber() -> Iterator[list[ast.AST]]:
    """The trees made in the first collections of garbage, of which one long tree sees many."""
    trees: list[ast.AST] = []

    def between(phase: str, _info: dict[str, int]) -> None:
        if phase == "start" and len(trees) < 20:
            trees.append(ast.parse("a + b"))

    before = gc.get_threshold()
    gc.callbacks.append(between)
    gc.set_threshold(50)
    yield trees
    gc.set_threshold(*before)
    gc.callbacks.remove(between)


def test_a_tree_made_in_between_disturbs_no_other(disturber: list[ast.AST]) -> None:
    tree = undisturbed(lambda: ast.parse(SOURCE))
    assert len(disturber) == 20
    assert len(tree.body) == 200


def test_what_is_not_python_is_said_at_once() -> None:
    with pytest.raises(SyntaxError):
        undisturbed(lambda: ast.parse("1 +"))


def test_a_fault_that_stays_is_not_hidden() -> None:
    tried = []

    def broken() -> None:
        tried.append("once")
        raise SystemError("a fault of Python itself")

    with pytest.raises(SystemError, match="of Python itself"):
        undisturbed(broken)
    assert len(tried) == ATTEMPTS
