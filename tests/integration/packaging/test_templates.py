"""What CloudFormation and Step Functions are given is valid by their published schemas."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import lint_all

from infra.components.machine import fill
from sightline.packaging.contents import services
from sightline.packaging.gateway import Gateway
from sightline.packaging.services import Stage, make_template
from tests.api import ROOT
from tests.environments import python_with

MACHINES = sorted((ROOT / "services" / "workflow").glob("*.asl.json"))
LIMITED = Gateway(50, 100, 2000, "api.example.com")
ARN = "arn:aws:lambda:eu-west-1:111122223333:function:sightline-dev-step"


def complaints(template: dict[str, Any]) -> list[str]:
    """Errors and warnings; what cfn-lint marks as information is advice."""
    found = lint_all(json.dumps(template, indent=1))
    return [str(match) for match in found if not match.rule.id.startswith("I")]


def around(definition: str, kind: str) -> dict[str, Any]:
    """The least template that holds the state machine."""
    properties = {
        "StateMachineType": kind,
        "RoleArn": "arn:aws:iam::111122223333:role/sightline-dev-machine",
        "DefinitionString": definition,
    }
    machine = {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}
    return {"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"Machine": machine}}


def filled(file: Path) -> str:
    text = file.read_text()
    return fill(text, dict.fromkeys(re.findall(r"\$\{(\w+)\}", text), ARN))


@pytest.mark.parametrize("gateway", [Gateway(), LIMITED], ids=["plain", "limited"])
@pytest.mark.parametrize("service", services(ROOT))
def test_a_services_template_is_valid(service: str, gateway: Gateway, tmp_path: Path) -> None:
    template = make_template(service, Stage(gateway=gateway), ROOT, tmp_path)
    assert complaints(template) == []
    api = template["Resources"]["RestAPI"]["Properties"]
    assert ("MethodSettings" in api) is (gateway is LIMITED)
    assert ("DomainMapping" in template["Resources"]) is (gateway is LIMITED)


def test_a_limit_that_api_gateway_does_not_know_is_found(tmp_path: Path) -> None:
    template = make_template("ingest", Stage(gateway=LIMITED), ROOT, tmp_path)
    (settings,) = template["Resources"]["RestAPI"]["Properties"]["MethodSettings"]
    settings["ThrottlingBurst"] = settings.pop("ThrottlingBurstLimit")
    assert complaints(template)


@pytest.mark.parametrize("service", services(ROOT))
def test_a_template_has_the_log_groups_that_its_functions_may_not_make(
    service: str, tmp_path: Path
) -> None:
    resources = make_template(service, Stage(), ROOT, tmp_path)["Resources"]
    functions = {name for name, made in resources.items() if made["Type"].endswith("::Function")}
    groups = [made for made in resources.values() if made["Type"] == "AWS::Logs::LogGroup"]
    named = [group["Properties"]["LogGroupName"]["Fn::Sub"] for group in groups]
    assert sorted(named) == sorted(f"/aws/lambda/${{{name}}}" for name in functions)
    assert all(group["Properties"]["RetentionInDays"] for group in groups)


def test_a_template_that_is_wrong_is_found(tmp_path: Path) -> None:
    template = make_template("ingest", Stage(), ROOT, tmp_path)
    template["Resources"]["APIHandler"]["Properties"]["MemorySize"] = "much"
    assert complaints(template)


@pytest.mark.parametrize("file", MACHINES, ids=lambda file: file.name)
def test_a_state_machine_is_valid(file: Path) -> None:
    assert complaints(around(filled(file), "EXPRESS")) == []


@pytest.mark.parametrize("file", MACHINES, ids=lambda file: file.name)
def test_a_state_machine_with_a_state_that_does_not_exist_is_found(file: Path) -> None:
    definition = json.loads(filled(file))
    definition["StartAt"] = "Nowhere"
    assert any("E3601" in found for found in complaints(around(json.dumps(definition), "EXPRESS")))


@pytest.mark.parametrize("file", MACHINES, ids=lambda file: file.name)
def test_a_task_without_a_resource_is_found(file: Path) -> None:
    definition = json.loads(filled(file))
    task = next(state for state in definition["States"].values() if state["Type"] == "Task")
    del task["Resource"]
    assert any("E3601" in found for found in complaints(around(json.dumps(definition), "EXPRESS")))


@pytest.fixture(scope="module")
def statelint() -> Path:
    return python_with("statelint", "3.1.0").with_name("statelint")


def problems(statelint: Path, definition: str, folder: Path) -> str:
    """What the validator of AWS Labs says of a state machine; nothing when it is valid."""
    file = folder / "machine.asl.json"
    file.write_text(definition)
    done = subprocess.run([statelint, file], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize("file", MACHINES, ids=lambda file: file.name)
def test_statelint_has_nothing_to_say_of_a_state_machine(
    file: Path, statelint: Path, tmp_path: Path
) -> None:
    assert problems(statelint, filled(file), tmp_path) == ""


@pytest.mark.parametrize("file", MACHINES, ids=lambda file: file.name)
def test_statelint_finds_a_state_that_nothing_leads_to(
    file: Path, statelint: Path, tmp_path: Path
) -> None:
    definition = json.loads(filled(file))
    definition["States"]["Forgotten"] = {"Type": "Succeed"}
    assert "Forgotten" in problems(statelint, json.dumps(definition), tmp_path)
