from __future__ import annotations

from pathlib import Path

import typer
from typer.testing import CliRunner

from sightline.cli import lookoutvision


def test_the_description_is_installed_and_the_rest_is_said(tmp_path: Path) -> None:
    app = typer.Typer()
    lookoutvision.register(app)
    done = CliRunner().invoke(app, ["lookoutvision", "install", "--folder", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "lookoutvision/2020-11-20/service-2.json").is_file()
    assert f"AWS_DATA_PATH={tmp_path}" in done.output.replace("\n", "")
    assert "AWS_ENDPOINT_URL_LOOKOUTVISION" in done.output
