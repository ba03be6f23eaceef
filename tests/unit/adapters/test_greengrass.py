from __future__ import annotations

import boto3
import pytest
from botocore.stub import Stubber

from sightline.adapters.aws.greengrass import GreengrassComponents
from sightline.domain.errors import UnavailableError
from tests.lookout_examples import OWNER

ARN = "arn:aws:greengrass:eu-west-1:123456789012:components:boards:versions:1.0.0"


@pytest.mark.parametrize("there", [False, True])
def test_a_component_version_is_created_once(there: bool) -> None:
    client = boto3.client("greengrassv2")
    with Stubber(client) as stub:
        sent = {"inlineRecipe": b"{}"}
        if there:
            method = "create_component_version"
            stub.add_client_error(method, "ConflictException", expected_params=sent)
        else:
            answer = {
                "arn": ARN,
                "componentName": "boards",
                "componentVersion": "1.0.0",
                "creationTimestamp": 0,
                "status": {},
            }
            stub.add_response("create_component_version", answer, sent)
        assert GreengrassComponents(client, OWNER).create("boards", "1.0.0", "{}") == ARN


def test_what_greengrass_refuses_is_tried_again() -> None:
    client = boto3.client("greengrassv2")
    with Stubber(client) as stub:
        stub.add_client_error("create_component_version", "ThrottlingException")
        with pytest.raises(UnavailableError, match=r"Creating component boards 1\.0\.0"):
            GreengrassComponents(client, OWNER).create("boards", "1.0.0", "{}")
