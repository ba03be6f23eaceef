from __future__ import annotations

from pathlib import Path

import typer
from typer.testing import CliRunner

from sightline.cli import edge


def test_what_is_no_bundle_ends_the_command(tmp_path: Path) -> None:
    app = typer.Typer()
    edge.register(app)
    path = tmp_path / "parts.zip"
    path.write_bytes(b"not a zip")
    done = CliRunner().invoke(app, ["edge", "run", str(path), "--port", "0"])
    assert done.exit_code == 1
    assert "parts.zip is not a bundle" in done.stderr
