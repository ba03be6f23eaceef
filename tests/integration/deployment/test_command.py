"""The commands that people type, with a stand-in for `pulumi` and an emulated AWS."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws
from typer.testing import CliRunner, Result

from sightline.cli import app
from tests.api import ROOT
from tests.integration.deployment.test_service import CODE, OUTPUTS

Command = Callable[..., Result]
PULUMI = """#!/bin/sh
echo "$@" >> "{log}"
case "$1" in
  stack) cat "{outputs}" ;;
  destroy) exit {destroy} ;;
esac
"""


class Pulumi:
    """A command of this name on the path, which remembers how it was called."""

    def __init__(self, folder: Path, outputs: Any) -> None:
        self._folder, self._log = folder, folder / "log"
        (folder / "outputs.json").write_text(json.dumps(outputs))
        self.answer(destroy=0)

    def answer(self, destroy: int) -> None:
        """With which code `destroy` ends."""
        outputs = self._folder / "outputs.json"
        script = PULUMI.format(log=self._log, outputs=outputs, destroy=destroy)
        (self._folder / "pulumi").write_text(script)
        (self._folder / "pulumi").chmod(0o755)

    @property
    def calls(self) -> list[str]:
        return self._log.read_text().splitlines() if self._log.exists() else []


@pytest.fixture
def pulumi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pulumi:
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    return Pulumi(tmp_path, OUTPUTS)


@pytest.fixture
def sightline(monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.chdir(ROOT)
    return lambda *words, **more: CliRunner().invoke(app, list(words), **more)


def test_a_service_that_the_stack_cannot_take_is_refused_by_what_is_missing(
    sightline: Command, tmp_path: Path
) -> None:
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps({**OUTPUTS, "ingestRoleArn": None}))
    done = sightline("deploy-service", "ingest", "--stack", "dev", "--stack-outputs", str(file))
    assert done.exit_code == 2
    assert "The stack dev has no output ingestRoleArn" in done.output


def test_one_missing_output_stops_all_services(sightline: Command, tmp_path: Path) -> None:
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps({"region": "eu-west-1", "artifactsBucket": CODE}))
    done = sightline("deploy-service", "all", "--stack", "dev", "--stack-outputs", str(file))
    assert done.exit_code == 2
    assert "RoleArn" in done.output


def test_control_is_left_out_where_the_stack_has_none(sightline: Command, tmp_path: Path) -> None:
    file = tmp_path / "outputs.json"
    for given, named in (({}, False), ({"controlStackName": "sightline-dev-control"}, True)):
        outputs = {key: value for key, value in OUTPUTS.items() if "control" not in key}
        outputs |= {
            "analyticsRoleArn": "arn:aws:iam::123456789012:role/analytics",
            "analyticsEnvironment": {"QUERIES": "some"},
            "analyticsStackName": "sightline-dev-analytics",
            "analyticsGateway": OUTPUTS["ingestGateway"],
        }
        file.write_text(json.dumps({**outputs, "ingestRoleArn": None, **given}))
        arguments = ["all", "--stack", "dev", "--stack-outputs", str(file)]
        done = sightline("diff-service", *arguments)
        assert done.exit_code == 2
        assert ("controlRoleArn" in done.output) is named


@pytest.mark.parametrize("command", ["deploy-service", "diff-service", "destroy-service"])
def test_no_stack_and_no_such_service_are_questions(
    sightline: Command, pulumi: Pulumi, command: str
) -> None:
    assert "Which stack?" in sightline(command, "ingest").output
    yes = ["--yes"] if command == "destroy-service" else []
    done = sightline(command, "ingset", "--stack", "dev", *yes)
    assert done.exit_code == 2
    assert "Which service?" in done.output
    assert pulumi.calls == ["stack output --json --stack dev"]


def test_without_credentials_it_says_so(
    sightline: Command, pulumi: Pulumi, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    done = sightline("destroy-service", "ingest", "--stack", "dev", "--yes")
    assert done.exit_code == 2
    assert "no AWS credentials" in done.output


def test_without_pulumi_it_says_so(
    sightline: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    done = sightline("deploy", "--stack", "dev")
    assert done.exit_code == 1
    assert "not installed" in done.output


def test_destroying_an_environment_begins_with_what_pulumi_would_do(
    sightline: Command, pulumi: Pulumi
) -> None:
    with mock_aws():
        done = sightline("destroy", "--stack", "dev", input="y\n")
    assert done.exit_code == 0, done.output
    assert "sightline-dev-ingest: was not there" in done.output
    assert pulumi.calls == [
        "destroy --preview-only --stack dev",
        "stack output --json --stack dev",
        "destroy --yes --stack dev",
    ]


def test_an_environment_that_pulumi_protects_is_not_touched(
    sightline: Command, pulumi: Pulumi
) -> None:
    pulumi.answer(destroy=255)
    done = sightline("destroy", "--stack", "prod", "--yes")
    assert done.exit_code == 1
    assert "Nothing was deleted" in done.output
    assert pulumi.calls == ["destroy --preview-only --stack prod"]


def test_saying_no_deletes_nothing(sightline: Command, pulumi: Pulumi) -> None:
    assert sightline("destroy", "--stack", "dev", input="n\n").output.endswith("was deleted.\n")
    assert sightline("destroy-service", "ingest", "--stack", "dev", input="n\n").exit_code == 1
    assert [call for call in pulumi.calls if "--yes" in call] == []


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Tried to parse AWS..Serverless")
def test_the_real_service_can_be_compared_with_what_is_deployed(
    sightline: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("sightline", "services", "requirements"):
        junk = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=junk)
    (tmp_path / "outputs.json").write_text(json.dumps(OUTPUTS))
    monkeypatch.chdir(tmp_path)
    place: Any = {"LocationConstraint": "eu-west-1"}
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket=CODE, CreateBucketConfiguration=place)
        done = sightline(
            "diff-service", "ingest", "--stack", "dev", "--stack-outputs", "outputs.json"
        )
        stored = boto3.client("s3").list_objects_v2(Bucket=CODE)["KeyCount"]
    if "could not be installed" in done.output:
        pytest.skip("wheels cannot be downloaded here")
    assert done.exit_code == 0, done.output
    assert "Add AWS::Serverless::Function APIHandler" in done.output
    assert stored == 2, "the zip and the template"
