"""The workflows for GitHub hold no key, may do little, and deploy tags alone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
DEPLOYING = (ROOT / "docs" / "deploying.md").read_text()
each_workflow = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)


def read(file: Path) -> dict[str, Any]:
    # BaseLoader: YAML 1.1 takes the key `on` for a truth value.
    content: dict[str, Any] = yaml.load(file.read_text(), Loader=yaml.BaseLoader)  # noqa: S506
    return content


def steps(workflow: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for job in workflow["jobs"].values():
        yield from job.get("steps", [])


def deploy() -> dict[str, Any]:
    return read(ROOT / ".github/workflows/deploy.yml")


def test_there_is_a_workflow_to_test_and_one_to_deploy() -> None:
    assert {file.stem for file in FILES} == {"test", "deploy"}


@each_workflow
def test_no_stored_secret_is_used(file: Path) -> None:
    text = file.read_text()
    assert not re.search(r"\bsecrets\s*[.:\[]", text)
    assert not re.search(r"access.?key|access.?token|passphrase|password", text, re.IGNORECASE)


@each_workflow
def test_permissions_are_given_where_they_are_needed(file: Path) -> None:
    workflow = read(file)
    assert workflow["permissions"] in ({}, {"contents": "read"})
    for name, job in workflow["jobs"].items():
        given = job.get("permissions", workflow["permissions"])
        assumes = any("role-to-assume" in step.get("with", {}) for step in job.get("steps", []))
        wanted = {"contents": "read"} | ({"id-token": "write"} if assumes else {})
        assert given == wanted, name


@each_workflow
def test_credentials_of_a_checkout_are_not_left_to_what_runs_after_it(file: Path) -> None:
    for step in steps(read(file)):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] == "false"


@each_workflow
def test_actions_are_of_a_named_major_version(file: Path) -> None:
    for step in steps(read(file)):
        if "uses" in step:
            assert re.fullmatch(r"[\w-]+/[\w-]+@(v\d+|[0-9a-f]{40})", step["uses"])


@each_workflow
def test_what_strangers_can_write_reaches_no_shell(file: Path) -> None:
    assert all("${{" not in step.get("run", "") for step in steps(read(file)))
    assert "pull_request_target" not in file.read_text()


@each_workflow
def test_every_make_target_exists(file: Path) -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {
        target
        for step in steps(read(file))
        for target in re.findall(r"\bmake ([a-z-]+)", step.get("run", ""))
    }
    assert named
    assert named <= targets


def test_only_tags_are_deployed_and_only_when_tested() -> None:
    workflow = deploy()
    assert workflow["on"]["push"] == {"tags": ["v*"]}
    assert workflow["on"].keys() == {"push", "pull_request"}
    deploying = [
        name
        for name, job in workflow["jobs"].items()
        if any(re.search("make deploy|pulumi up", s.get("run", "")) for s in job.get("steps", []))
    ]
    assert deploying == ["deploy"]
    job = workflow["jobs"]["deploy"]
    event, _, ref = job["if"].partition(" && ")
    assert event == "github.event_name == 'push'"
    assert ref == "startsWith(github.ref, 'refs/tags/v')"
    assert job["needs"] == "test"
    assert workflow["jobs"]["test"]["uses"] == "./.github/workflows/test.yml"


def test_an_environment_is_deployed_to_by_one_run_that_is_not_interrupted() -> None:
    job = deploy()["jobs"]["deploy"]
    assert job["environment"] == "prod"
    assert job["concurrency"] == {"group": "deploy-prod", "cancel-in-progress": "false"}


def test_a_fork_gets_no_preview() -> None:
    condition = deploy()["jobs"]["preview"]["if"]
    assert "github.event_name == 'pull_request'" in condition
    assert "head.repo.full_name == github.repository" in condition
    assert "||" not in condition


def test_the_pages_trust_policy_is_for_the_environment_that_is_deployed_to() -> None:
    block = DEPLOYING.partition("```json\n")[2].partition("```")[0]
    (statement,) = json.loads(block)["Statement"]
    (operator,) = statement["Condition"]
    assert operator == "StringEquals"  # a pattern lets in more than was meant
    condition = statement["Condition"][operator]
    held = {key.rpartition(":")[2]: value for key, value in condition.items()}
    environment = deploy()["jobs"]["deploy"]["environment"]
    assert held == {
        "aud": "sts.amazonaws.com",
        "sub": f"repo:OWNER/REPOSITORY:environment:{environment}",
    }


def test_every_variable_is_explained() -> None:
    used = set(re.findall(r"vars\.(\w+)", "".join(file.read_text() for file in FILES)))
    table = DEPLOYING.partition("| variable | such as |")[2].partition("\n\n")[0]
    explained = set(re.findall(r"^ *\| `(\w+)` \|", table, re.MULTILINE))
    assert used == explained
