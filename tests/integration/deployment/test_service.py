"""Deploying a service against an emulated CloudFormation and S3.

The emulator knows no SAM, so the packages here hold plain buckets; and it forgets the outputs of
what was made by a change set, so the address is put back.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from sightline.deployment.addresses import addresses
from sightline.deployment.service import Cloud, deploy, destroy, diff
from sightline.deployment.target import Target
from sightline.deployment.watching import Pace
from sightline.domain.errors import InvalidError, NotFoundError, UnavailableError
from sightline.packaging.package import Package
from sightline.packaging.services import ServicePackage
from sightline.packaging.zips import write_zip

pytestmark = pytest.mark.filterwarnings("ignore:Tried to parse AWS..Serverless")

CODE = "sightline-code"
OUTPUTS: dict[str, Any] = {
    "artifactsBucket": CODE,
    "region": "eu-west-1",
    "ingestRoleArn": "arn:aws:iam::123456789012:role/ingest",
    "ingestEnvironment": {"IMAGES_BUCKET": "pictures"},
    "ingestStackName": "sightline-dev-ingest",
    "ingestGateway": {"requestsPerSecond": 9, "burst": 18, "requestsPerAddress": 0, "domain": ""},
}
ADDRESS = "https://api.example.test/v1/"


class Api:
    """The deployed service, as far as its health check goes: one answer after the other."""

    def __init__(self, *answers: tuple[int, bytes] | OSError) -> None:
        self.answers = list(answers) or [(200, b'{"status": "ok"}')]
        self.asked: list[str] = []

    def __call__(self, url: str) -> tuple[int, bytes]:
        self.asked.append(url)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, OSError):
            raise answer
        return answer


class WithAddress:
    """A CloudFormation client whose stacks have the output that the emulator forgets."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def describe_stacks(self, **asked: Any) -> Any:
        answer = self._client.describe_stacks(**asked)
        for stack in answer["Stacks"]:
            stack["Outputs"] = [{"OutputKey": "EndpointURL", "OutputValue": ADDRESS}]
        return answer


@dataclasses.dataclass
class World:
    """An account with a stack's bucket, and what was said during a deployment."""

    cloud: Cloud
    target: Target
    said: list[str]
    api: Api

    def stacks(self) -> dict[str, str]:
        found = self.cloud.cloudformation.describe_stacks()["Stacks"]
        return {stack["StackName"]: stack["StackStatus"] for stack in found}

    def waiting_change_sets(self) -> list[str]:
        listed = self.cloud.cloudformation.list_change_sets(StackName=self.target.stack_name)
        return [
            summary["ChangeSetName"]
            for summary in listed["Summaries"]
            if summary.get("ExecutionStatus") != "EXECUTE_COMPLETE"
        ]

    def keys(self, kind: str) -> list[str]:
        listed = self.cloud.s3.list_objects_v2(Bucket=CODE).get("Contents", [])
        return [entry["Key"] for entry in listed if entry["Key"].endswith(kind)]


@pytest.fixture
def world() -> Iterator[World]:
    with mock_aws():
        s3 = boto3.client("s3", "eu-west-1")
        place: Any = {"LocationConstraint": "eu-west-1"}
        s3.create_bucket(Bucket=CODE, CreateBucketConfiguration=place)
        said: list[str] = []
        api = Api()
        cloud = Cloud(
            s3=s3,
            cloudformation=WithAddress(boto3.client("cloudformation", "eu-west-1")),
            fetch=api,
            say=said.append,
            pace=Pace(sleep=lambda _: None),
        )
        yield World(cloud, Target.of("ingest", "dev", OUTPUTS), said, api)


def package(folder: Path, content: bytes = b"x = 1", **resources: str) -> ServicePackage:
    """A service that consists of its function and of resources by name and kind."""
    path = folder / "deployment.zip"
    write_zip(path, {"app.py": content})
    role = OUTPUTS["ingestRoleArn"]
    api = {"DefinitionBody": {"paths": {"/uploads": {}, "/health": {}}}}
    template = {
        "Resources": {
            "APIHandler": {
                "Type": "AWS::Serverless::Function",
                "Properties": {"Role": role, "CodeUri": "./deployment.zip"},
            },
            "RestAPI": {"Type": "AWS::Serverless::Api", "Properties": api},
            **{name: {"Type": kind, "Properties": {}} for name, kind in resources.items()},
        },
    }
    return ServicePackage(Package.of("ingest", path), template)


def test_a_service_is_created_and_answers(world: World, tmp_path: Path) -> None:
    address = deploy(world.target, package(tmp_path, One="AWS::S3::Bucket"), world.cloud)

    assert address == ADDRESS
    assert world.stacks() == {"sightline-dev-ingest": "CREATE_COMPLETE"}
    assert world.api.asked == [f"{ADDRESS}health"]
    assert "sightline-dev-ingest: to create" in world.said
    assert "  Add AWS::S3::Bucket One" in world.said


def test_a_domain_of_ones_own_is_the_address_and_health_is_asked_before_it_leads_there(
    world: World, tmp_path: Path
) -> None:
    gateway = {**OUTPUTS["ingestGateway"], "domain": "ingest.example.com"}
    target = Target.of("ingest", "dev", {**OUTPUTS, "ingestGateway": gateway})
    address = deploy(target, package(tmp_path), world.cloud)

    assert address == "https://ingest.example.com/"
    assert world.api.asked == [f"{ADDRESS}health"]
    assert world.said[-1] == "ingest: https://ingest.example.com/"


def test_services_are_found_where_their_domains_are(world: World, tmp_path: Path) -> None:
    deploy(world.target, package(tmp_path), world.cloud)
    gateway = {**OUTPUTS["ingestGateway"], "domain": "ingest.example.com"}
    more = {"controlStackName": "sightline-dev-control", "controlGateway": gateway}
    for changed, found in (
        ({}, ADDRESS),
        ({"ingestGateway": gateway}, "https://ingest.example.com/"),
    ):
        outputs = {**OUTPUTS, **more, **changed}
        said: list[str] = []
        listed = addresses(world.cloud.cloudformation, outputs, said.append)
        assert dict(listed) == {"ingest": found}
        assert said == ["sightline-dev-control is not deployed; the site goes without it."]


def test_the_code_is_kept_under_its_hash_and_the_template_refers_to_it(
    world: World, tmp_path: Path
) -> None:
    service = package(tmp_path)
    deploy(world.target, service, world.cloud)

    (key,) = world.keys(".zip")
    assert key == f"services/ingest-{service.package.sha256}.zip"
    body = world.cloud.cloudformation.get_template(StackName="sightline-dev-ingest")["TemplateBody"]
    text = body if isinstance(body, str) else json.dumps(body)
    assert f"s3://{CODE}/{key}" in text


def test_the_stack_says_whose_it_is(world: World, tmp_path: Path) -> None:
    deploy(world.target, package(tmp_path), world.cloud)
    (stack,) = world.cloud.cloudformation.describe_stacks()["Stacks"]
    assert {tag["Key"]: tag["Value"] for tag in stack["Tags"]} == {
        "Project": "Sightline",
        "Environment": "dev",
        "Service": "ingest",
    }


def test_an_unchanged_service_is_left_alone_and_still_looked_at(
    world: World, tmp_path: Path
) -> None:
    deploy(world.target, package(tmp_path), world.cloud)
    world.said.clear()
    assert deploy(world.target, package(tmp_path), world.cloud) == ADDRESS
    assert world.said[0] == "sightline-dev-ingest: no changes"
    assert len(world.api.asked) == 2
    assert len(world.keys(".zip")) == 1


def test_a_changed_service_is_updated(world: World, tmp_path: Path) -> None:
    deploy(world.target, package(tmp_path), world.cloud)
    deploy(world.target, package(tmp_path, b"x = 2", One="AWS::S3::Bucket"), world.cloud)
    assert world.stacks() == {"sightline-dev-ingest": "UPDATE_COMPLETE"}
    assert len(world.keys(".zip")) == 2


def test_diff_shows_the_changes_and_makes_none(world: World, tmp_path: Path) -> None:
    deploy(world.target, package(tmp_path), world.cloud)
    changes = diff(world.target, package(tmp_path, One="AWS::S3::Bucket"), world.cloud)
    assert changes == ("Add AWS::S3::Bucket One",)
    assert world.stacks() == {"sightline-dev-ingest": "CREATE_COMPLETE"}
    assert diff(world.target, package(tmp_path), world.cloud) == ()
    assert world.waiting_change_sets() == []


def test_diff_of_a_new_service_leaves_no_stack(world: World, tmp_path: Path) -> None:
    assert diff(world.target, package(tmp_path, One="AWS::S3::Bucket"), world.cloud)
    assert world.stacks() == {}


def test_destroying_is_done_once_and_harmless_twice(world: World, tmp_path: Path) -> None:
    deploy(world.target, package(tmp_path, One="AWS::S3::Bucket"), world.cloud)
    assert destroy(world.target, world.cloud)
    assert world.stacks() == {}
    assert not destroy(world.target, world.cloud)


def test_a_service_can_come_back(world: World, tmp_path: Path) -> None:
    deploy(world.target, package(tmp_path), world.cloud)
    destroy(world.target, world.cloud)
    assert deploy(world.target, package(tmp_path), world.cloud) == ADDRESS


def test_a_new_api_may_take_a_moment(world: World, tmp_path: Path) -> None:
    world.api.answers = [OSError("no such host"), (403, b"{}"), (200, b"{}")]
    deploy(world.target, package(tmp_path), world.cloud)
    assert len(world.api.asked) == 3


def test_a_service_that_stays_ill_is_an_error_with_what_it_said(
    world: World, tmp_path: Path
) -> None:
    world.api.answers = [(502, b'{"message": "Internal server error"}')]
    with pytest.raises(UnavailableError, match=r"/v1/health .* 502 .*Internal server error"):
        deploy(world.target, package(tmp_path), world.cloud)


def test_a_package_for_another_environment_is_refused(world: World, tmp_path: Path) -> None:
    stage = dataclasses.replace(world.target.stage, role_arn="arn:aws:iam::123456789012:role/prod")
    with pytest.raises(InvalidError, match="role/prod"):
        deploy(dataclasses.replace(world.target, stage=stage), package(tmp_path), world.cloud)
    assert world.stacks() == {}


def test_what_aws_refuses_is_an_error_with_its_words(world: World, tmp_path: Path) -> None:
    target = dataclasses.replace(world.target, bucket="nobody-has-this-bucket")
    with pytest.raises(NotFoundError, match=r"Deploying sightline-dev-ingest.*NoSuchBucket"):
        deploy(target, package(tmp_path), world.cloud)
