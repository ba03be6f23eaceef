from __future__ import annotations

import io

from rich.console import Console

from sightline.local.audit import Row
from sightline.local.board import Board
from tests.examples import NOON


def drawn(board: Board, width: int = 80) -> str:
    console = Console(file=io.StringIO(), width=width)
    console.print(board)
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def test_the_board_fits_a_terminal_and_shows_what_came_of_each_picture() -> None:
    board = Board(total=3, lines=[("press-1", "press-1-top")])
    board.sent["press-1-top"] = 2
    board.names["press-1-top#1"] = "anomaly/part-0001.jpg"
    board.told["press-1-top#1"] = 1
    board.rows = [
        Row("press-1-top#1", "press-1", "press-1-top", "anomalous", "high", NOON, 0.93),
        Row("press-1-top#2", "press-1", "press-1-top", "not_inspected", "none", NOON, None, "gone"),
    ]
    text = drawn(board)
    for shown in ("press-1-top", "no verdict", "anomaly/part-0001.jpg", "93 %", "gone"):
        assert shown in text
    assert "2 recorded of 2 sent, 3 in all" in text
    assert max(map(len, text.splitlines())) <= 80
