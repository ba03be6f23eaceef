from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sightline.deployment.target import Target, environment_of, read_outputs
from sightline.domain.errors import InvalidError, NotFoundError

OUTPUTS: dict[str, Any] = {
    "artifactsBucket": "code",
    "region": "eu-west-1",
    "ingestRoleArn": "arn:aws:iam::123456789012:role/ingest",
    "ingestEnvironment": {"IMAGES_BUCKET": "pictures", "UPLOAD_URL_SECONDS": 300},
    "ingestStackName": "sightline-dev-ingest",
    "ingestGateway": {"requestsPerSecond": 9, "burst": 18, "requestsPerAddress": 0, "domain": ""},
    "imagesBucket": "pictures",
}


def test_a_stack_says_where_a_service_goes() -> None:
    target = Target.of("ingest", "acme/sightline/dev", OUTPUTS)
    assert target.stack_name == "sightline-dev-ingest"
    assert target.bucket == "code"
    assert target.stage.name == "dev"
    assert target.stage.role_arn == OUTPUTS["ingestRoleArn"]
    assert target.stage.environment == {"IMAGES_BUCKET": "pictures", "UPLOAD_URL_SECONDS": "300"}


def test_everything_that_is_missing_is_named_at_once() -> None:
    outputs = {**OUTPUTS, "ingestRoleArn": "", "artifactsBucket": None}
    with pytest.raises(InvalidError, match="dev has no output artifactsBucket, ingestRoleArn;"):
        Target.of("ingest", "dev", outputs)


def test_a_service_that_the_stack_does_not_know_is_refused() -> None:
    with pytest.raises(InvalidError, match="controlRoleArn, controlEnvironment, controlStackName"):
        Target.of("control", "dev", OUTPUTS)


def test_a_blank_variable_is_named() -> None:
    outputs = {**OUTPUTS, "ingestEnvironment": {"IMAGES_BUCKET": ""}}
    with pytest.raises(InvalidError, match="ingestEnvironment of the stack dev has no IMAGES"):
        Target.of("ingest", "dev", outputs)


@pytest.mark.parametrize("stack", ["", "acme/"])
def test_no_stack_is_a_question(stack: str) -> None:
    with pytest.raises(InvalidError, match="STACK=dev"):
        environment_of(stack)


def test_a_file_of_outputs_must_be_one(tmp_path: Path) -> None:
    file = tmp_path / "outputs.json"
    with pytest.raises(NotFoundError, match=r"outputs\.json"):
        read_outputs(file)
    for wrong in ("error: no stack", "[]"):
        file.write_text(wrong)
        with pytest.raises(InvalidError, match=r"outputs\.json"):
            read_outputs(file)
    file.write_text('{"region": "eu-west-1"}')
    assert read_outputs(file) == {"region": "eu-west-1"}
