"""Packaging: what `chalice package` makes of the service, without a network."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from sightline.http.gateway import RESPONSES, merge_template
from sightline.settings.pipeline import IngestSettings
from tests.api import ROOT

SERVICE = ROOT / "services/ingest"
ROLE = "arn:aws:iam::123456789012:role/sightline-ingest"
CHALICE = "from chalice.cli import main; main()"
PACKAGE = ["package", "--stage", "prod", "--merge-template", "gateway.json", "out"]
SHARED = ["__init__.py", "adapters", "bootstrap", "domain", "http", "settings", "workflow"]


@pytest.fixture(scope="module")
def packaged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The service staged as a deployment does it, but for the dependencies, and packaged."""
    stage = tmp_path_factory.mktemp("stage")
    (stage / ".chalice").mkdir()
    shutil.copy(SERVICE / "app.py", stage)
    (stage / "requirements.txt").touch()
    (stage / ".chalice/config.json").write_text(json.dumps(config_of("prod")))
    (stage / "gateway.json").write_text(json.dumps(merge_template()))
    for name in SHARED:
        source, target = ROOT / "sightline" / name, stage / "vendor/sightline" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    done = subprocess.run(
        [sys.executable, "-c", CHALICE, *PACKAGE],
        cwd=stage,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(stage / "vendor"), "PIP_NO_INDEX": "1"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Could not install" not in done.stdout + done.stderr
    return stage / "out"


def config_of(stage: str) -> dict[str, Any]:
    """The service's configuration with what a deployment fills in from the stack's outputs."""
    config: dict[str, Any] = json.loads((SERVICE / ".chalice/config.json").read_text())
    variables = dict.fromkeys(IngestSettings.variables(), "1")
    config["stages"][stage].update(iam_role_arn=ROLE, environment_variables=variables)
    return config


@pytest.fixture(scope="module")
def template(packaged: Path) -> Any:
    return json.loads((packaged / "sam.json").read_text())


def of_kind(template: Any, kind: str) -> list[Any]:
    return [r["Properties"] for r in template["Resources"].values() if r["Type"] == kind]


def test_there_is_one_function_for_the_routes_and_one_per_authorizer(template: Any) -> None:
    functions = of_kind(template, "AWS::Serverless::Function")
    assert {function["Handler"] for function in functions} == {
        "app.app",
        "app.camera",
        "app.legacy_camera",
    }
    for function in functions:
        assert function["Role"] == ROLE
        assert set(function["Environment"]["Variables"]) == set(IngestSettings.variables())
        assert function["Tracing"] == "Active"
        assert function["Timeout"] <= 20, "well before the gateway gives up"


def test_no_permission_is_made_up(template: Any) -> None:
    kinds = {resource["Type"] for resource in template["Resources"].values()}
    assert not [kind for kind in kinds if kind.startswith("AWS::IAM")]
    assert all("Policies" not in f for f in of_kind(template, "AWS::Serverless::Function"))


def test_the_gateway_is_regional_and_asks_the_right_header(template: Any) -> None:
    (api,) = of_kind(template, "AWS::Serverless::Api")
    assert api["EndpointConfiguration"] == "REGIONAL"
    schemes = api["DefinitionBody"]["securityDefinitions"]
    assert schemes["camera"]["name"] == "Authorization"
    assert schemes["legacy_camera"]["name"] == "authorizationToken"
    for scheme in schemes.values():
        assert scheme["x-amazon-apigateway-authorizer"]["authorizerResultTtlInSeconds"] == 60


def test_only_health_and_the_document_are_public(template: Any) -> None:
    (api,) = of_kind(template, "AWS::Serverless::Api")
    public = {
        path
        for path, item in api["DefinitionBody"]["paths"].items()
        for method, operation in item.items()
        if method != "options" and "security" not in operation
    }
    assert public == {"/health", "/openapi.json"}


def test_every_function_keeps_its_log_for_as_long_as_the_stage_says(template: Any) -> None:
    groups = of_kind(template, "AWS::Logs::LogGroup")
    functions = {name for name, r in template["Resources"].items() if "Handler" in r["Properties"]}
    assert {group["LogGroupName"]["Fn::Sub"] for group in groups} == {
        f"/aws/lambda/${{{name}}}" for name in functions
    }
    assert {group["RetentionInDays"] for group in groups} == {90}


def test_cloudformation_would_take_the_template(packaged: Path) -> None:
    linter = Path(sys.executable).with_name("cfn-lint")
    if not linter.exists():
        pytest.skip("cfn-lint is not installed")
    done = subprocess.run(
        [linter, "--regions", "eu-west-1", "--", packaged / "sam.json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_the_gateways_own_refusals_have_our_form(template: Any) -> None:
    (api,) = of_kind(template, "AWS::Serverless::Api")
    responses = api["GatewayResponses"]
    assert responses.keys() == RESPONSES.keys()
    for response in responses.values():
        body = json.loads(response["ResponseTemplates"]["application/json"])
        assert body["error"]["requestId"] == "$context.requestId"
    assert responses["ACCESS_DENIED"]["StatusCode"] == 401


def test_what_is_packed_starts_without_the_repository(packaged: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(packaged / "deployment.zip") as archive:
        archive.extractall(tmp_path)
        assert not [name for name in archive.namelist() if "vision" in name or "local" in name]
    code = (
        "import sys, app\n"
        "assert app.get_health().status_code == 200\n"
        "assert 'boto3' not in sys.modules, 'the SDK loads when a request needs it'\n"
        "from sightline import bootstrap\n"
        "assert bootstrap.__file__.startswith(sys.argv[1]), bootstrap.__file__\n"
        "heavy = {'numpy', 'onnxruntime', 'aws_lambda_powertools'}\n"
        "assert not heavy & set(sys.modules)\n"
    )
    bare = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", code, str(tmp_path)]
    subprocess.run(command, cwd=tmp_path, env=bare, check=True)


def test_the_services_requirements_are_those_that_are_tested() -> None:
    locked = (ROOT / "requirements/dev.txt").read_text()
    pins = (SERVICE / "requirements.txt").read_text().splitlines()
    for pin in pins:
        if pin and not pin.startswith("#"):
            # Locked versions are followed by a mark of the platform, or by their hashes.
            found = f"\n{pin} \\" in locked or f"\n{pin} ; " in locked
            assert found, f"{pin} is not what requirements/dev.txt locks"
