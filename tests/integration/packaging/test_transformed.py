"""What CloudFormation makes of a service's template, by the very transform that it runs there."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from sightline.packaging.contents import services
from sightline.packaging.gateway import Gateway
from sightline.packaging.services import Stage, make_template
from tests.api import ROOT
from tests.environments import python_with

REGION = "eu-west-1"
LIMITED = Gateway(50, 100, 2000, "api.example.com")
TRANSFORM = f"""
import json, sys
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
known = {{"AWS::Region": "{REGION}"}}
print(json.dumps(Translator({{}}, Parser()).translate(json.load(sys.stdin), known)))
"""


@pytest.fixture(scope="module")
def sam() -> Path:
    return python_with("aws-sam-translator", "1.115.0")


def transformed(sam: Path, template: dict[str, Any]) -> dict[str, Any]:
    """The resources that the template comes to."""
    for made in template["Resources"].values():
        if made["Type"] == "AWS::Serverless::Function":
            made["Properties"]["CodeUri"] = "s3://artifacts/services/package.zip"
    done = subprocess.run(
        [sam, "-c", TRANSFORM],
        input=json.dumps(template),
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "AWS_DEFAULT_REGION": REGION},
    )
    assert done.returncode == 0, done.stderr
    resources: dict[str, Any] = json.loads(done.stdout)["Resources"]
    return resources


def of_kind(resources: dict[str, Any], kind: str) -> dict[str, Any]:
    return {name: r["Properties"] for name, r in resources.items() if r["Type"] == kind}


@pytest.mark.parametrize("service", services(ROOT))
def test_an_api_has_one_stage_and_all_limits_hold_for_it(
    service: str, sam: Path, tmp_path: Path
) -> None:
    made = transformed(sam, make_template(service, Stage(gateway=LIMITED), ROOT, tmp_path))
    [(name, stage)] = of_kind(made, "AWS::ApiGateway::Stage").items()
    [deployment] = of_kind(made, "AWS::ApiGateway::Deployment").values()
    assert "StageName" not in deployment  # it would be a stage too
    [limits] = stage["MethodSettings"]
    assert (limits["ThrottlingRateLimit"], limits["ThrottlingBurstLimit"]) == (50, 100)
    [limited] = of_kind(made, "AWS::WAFv2::WebACLAssociation").values()
    assert limited["ResourceArn"]["Fn::Sub"].endswith(f"/stages/${{{name}}}")
    [mapping] = of_kind(made, "AWS::ApiGateway::BasePathMapping").values()
    assert mapping["Stage"] == {"Ref": name}
    assert stage["TracingEnabled"] is True


@pytest.mark.parametrize("service", services(ROOT))
def test_no_role_comes_of_the_transform(service: str, sam: Path, tmp_path: Path) -> None:
    made = transformed(sam, make_template(service, Stage(), ROOT, tmp_path))
    assert not [r["Type"] for r in made.values() if r["Type"].startswith("AWS::IAM::")]
    roles = {f["Role"] for f in of_kind(made, "AWS::Lambda::Function").values()}
    assert roles == {Stage().role_arn}
