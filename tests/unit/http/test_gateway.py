"""What API Gateway answers itself for services whose requests are signed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.parsers import RestJSONParser

from sightline.http.gateway import (
    RESPONSES,
    SIGNED_RESPONSES,
    merge_template,
    signed_refusal,
)


def responses(*, signed: bool) -> dict[str, Any]:
    found: dict[str, Any] = merge_template(signed=signed)["Resources"]["RestAPI"]["Properties"][
        "GatewayResponses"
    ]
    return found


@pytest.mark.parametrize("name", SIGNED_RESPONSES)
def test_the_sdk_understands_a_refusal_even_without_its_header(name: str) -> None:
    status, kind, body = signed_refusal(name)
    answer = {"status_code": status, "headers": {}, "body": json.dumps(body).encode()}
    error = RestJSONParser().parse(answer, None)["Error"]
    assert (error["Code"], error["Message"]) == (kind, SIGNED_RESPONSES[name][2])


def test_an_unsigned_request_is_forbidden_and_not_told_that_there_is_no_such_route() -> None:
    assert responses(signed=True)["MISSING_AUTHENTICATION_TOKEN"]["StatusCode"] == 403
    assert responses(signed=True)["ACCESS_DENIED"]["StatusCode"] == 403
    assert responses(signed=False)["MISSING_AUTHENTICATION_TOKEN"]["StatusCode"] == 404


def test_what_is_wrong_with_a_signature_is_said_in_the_gateways_words() -> None:
    for name in ("INVALID_SIGNATURE", "EXPIRED_TOKEN", "DEFAULT_4XX"):
        response = responses(signed=True)[name]
        assert "StatusCode" not in response
        text = response["ResponseTemplates"]["application/json"]
        # The variable stands for a text with its quotation marks.
        assert json.loads(text.replace("$context.error.messageString", '"why"')) == {
            "message": "why",
            "Message": "why",
        }


def test_pages_of_other_origins_may_read_every_refusal() -> None:
    for response in responses(signed=True).values():
        headers = response["ResponseParameters"]["Headers"]
        assert headers["Access-Control-Allow-Origin"] == "'*'"
        assert "x-amzn-errortype" in headers["Access-Control-Expose-Headers"]


def test_services_with_tokens_keep_their_own_table() -> None:
    assert responses(signed=False).keys() == RESPONSES.keys()
