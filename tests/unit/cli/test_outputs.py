from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from sightline.cli.outputs import read_outputs, write_local_outputs
from sightline.domain.errors import InvalidError, NotFoundError


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    file = tmp_path / "outputs.json"
    with pytest.raises(NotFoundError, match=r"outputs\.json"):
        read_outputs(file)
    for text, problem in [("{", "not JSON"), ("[]", "not an object"), ("{}", "parkedQueueUrl")]:
        file.write_text(text)
        with pytest.raises(InvalidError, match=problem):
            read_outputs(file, "parkedQueueUrl")


def test_outputs_of_pulumi_leave_the_endpoint_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps({"camerasTable": "cameras"}))
    assert read_outputs(file, "camerasTable") == {"camerasTable": "cameras"}
    assert "AWS_ENDPOINT_URL" not in os.environ


def test_outputs_of_a_local_stack_lead_to_it_and_are_private(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "before")
    file = tmp_path / "new" / "outputs.json"
    write_local_outputs(file, {"a": "b"}, {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"})
    assert file.stat().st_mode & 0o077 == 0
    assert read_outputs(file, "a")["a"] == "b"
    assert os.environ["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"
