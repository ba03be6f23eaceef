"""`sightline projects`, `datasets` and `models` against the service, as a person types them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from sightline.adapters.aws.control_objects import S3ObjectStore
from sightline.cli import app
from tests.control_server import BUCKET, boards, serving, storage
from tests.control_world import PICTURE


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A command's words in, its result out; the service and S3 are on local ports."""
    world = boards(tmp_path)
    with storage() as (url, client), serving(world) as endpoint:
        world.use_objects(S3ObjectStore(client))
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", url)
        monkeypatch.setenv("AWS_ENDPOINT_URL_LOOKOUTVISION", endpoint)
        yield lambda *words: CliRunner().invoke(app, list(words))


def test_a_folder_becomes_a_running_model(run: Any, tmp_path: Path) -> None:
    def ok(*words: str) -> Any:
        done = run(*words)
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout) if "--json" in words else done.stdout

    for label, count in (("normal", 20), ("anomaly", 10)):
        (tmp_path / "parts" / label).mkdir(parents=True)
        for n in range(count):
            (tmp_path / "parts" / label / f"{n}.png").write_bytes(PICTURE)
    assert ok("projects", "create", "castings", "--json")["ProjectName"] == "castings"
    folder = ("--folder", str(tmp_path / "parts"), "--bucket", BUCKET)
    made = ok("datasets", "create", "castings", *folder, "--wait", "--json")
    assert made["ImageStats"] == {"Total": 30, "Labeled": 30, "Normal": 20, "Anomaly": 10}
    trained = ok("models", "train", "castings", "--bucket", BUCKET, "--wait", "--json")
    assert trained["Performance"]["F1Score"] == 0.95
    assert "0.950" in ok("models", "list", "castings")
    assert ok("models", "start", "castings", "--wait", "--json")["Status"] == "HOSTED"
    picture = tmp_path / "new.png"
    picture.write_bytes(PICTURE)
    found = json.loads(ok("models", "detect", "castings", str(picture)))
    assert (found["IsAnomalous"], found["image"]) == (True, str(picture))
    assert ok("models", "stop", "castings", "--wait", "--json")["Status"] == "TRAINED"
    assert "is deleted" in ok("models", "delete", "castings", "1", "--wait")
    assert "is deleted" in ok("datasets", "delete", "castings", "--wait")
    assert ok("projects", "show", "castings", "--json")["Datasets"] == []
    assert "is deleted" in ok("projects", "delete", "castings")
    assert "No projects yet" in ok("projects", "list")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("projects", "show", "nobody"), 1, "There is no project nobody. (ResourceNotFoundExc"),
        (("projects", "create", "a b"), 2, "must match"),
        (("datasets", "create", "x", "--folder", "."), 2, "Give --bucket with --folder"),
        (("datasets", "create", "x", "--manifest", "here"), 2, "is not of the form s3://bucket"),
        (("projects", "list", "--endpoint", "http://127.0.0.1:9"), 1, "Could not connect"),
    ],
)
def test_what_goes_wrong_is_said_in_one_line(
    run: Any, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], code: int, said: str
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    done = run(*words)
    assert done.exit_code == code, done.output
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_missing_address_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL_LOOKOUTVISION", raising=False)
    done = CliRunner().invoke(app, ["projects", "list"])
    assert done.exit_code == 2
    assert "AWS_ENDPOINT_URL_LOOKOUTVISION" in done.stderr
