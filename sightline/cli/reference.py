"""The commands in Markdown: `python -m sightline.cli.reference` writes docs/cli.md."""

from __future__ import annotations

from pathlib import Path

import typer
from typer.cli import get_docs_for_click

from sightline.cli import app

NAME, TITLE = "sightline", "The command line"


def reference() -> str:
    """The page: every command with its arguments and options."""
    command = typer.main.get_command(app)
    context = typer.Context(command, info_name=NAME)
    with context:
        made = get_docs_for_click(obj=command, ctx=context, name=NAME, title=TITLE)
    return f"{made.strip()}\n"


if __name__ == "__main__":
    target = Path("docs/cli.md")
    target.write_text(reference(), encoding="utf-8")
    print(target)
