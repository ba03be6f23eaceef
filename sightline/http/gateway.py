"""Refusals that API Gateway makes itself, in the words and the form of ours.

One table for both gateways: `merge_template` puts it into the CloudFormation template of a
packaged service, `refusal` gives the local gateway the same answers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sightline.http.errors import CODES, INTERNAL, INTERNAL_MESSAGE, error_body

# API Gateway's name of the response -> status, message. A refused token is a 401 like a missing
# one: the caller is not known. What is called MISSING_AUTHENTICATION_TOKEN is an unknown route.
RESPONSES: Mapping[str, tuple[int, str]] = {
    "UNAUTHORIZED": (401, "Credentials are required."),
    "ACCESS_DENIED": (401, "These credentials are not valid here, or were revoked."),
    "MISSING_AUTHENTICATION_TOKEN": (404, "There is no such route."),
    "REQUEST_TOO_LARGE": (413, "The request is larger than the gateway takes."),
    "UNSUPPORTED_MEDIA_TYPE": (415, "This content type is not taken here."),
    "THROTTLED": (429, "Too many requests; slow down and try again."),
    "QUOTA_EXCEEDED": (429, "The quota is used up; try again later."),
    "AUTHORIZER_FAILURE": (503, "The credentials could not be checked; try again."),
    "INTEGRATION_FAILURE": (503, "The service did not answer; try again."),
    "INTEGRATION_TIMEOUT": (503, "The service did not answer in time; try again."),
    "DEFAULT_4XX": (400, "The request was refused before it reached the service."),
    "DEFAULT_5XX": (500, INTERNAL_MESSAGE),
}
_OWN_STATUS = frozenset({"DEFAULT_4XX", "DEFAULT_5XX"})


def refusal(name: str, request_id: str) -> tuple[int, dict[str, Any]]:
    """Status and body of one of API Gateway's responses."""
    status, message = RESPONSES[name]
    return status, error_body(CODES.get(status, INTERNAL.code), message, request_id)


def merge_template() -> dict[str, Any]:
    """What `chalice package --merge-template` adds to the template of a service.

    Besides the refusals it puts a log group right: with `log_retention_in_days`, which every
    service sets, Chalice 1.34 names the API's function there as no resource is called.
    """
    responses = {name: _response(name) for name in RESPONSES}
    log_group = {"LogGroupName": {"Fn::Sub": "/aws/lambda/${APIHandler}"}}
    return {
        "Resources": {
            "RestAPI": {"Properties": {"GatewayResponses": responses}},
            "ApiHandlerLogGroup": {"Properties": log_group},
        }
    }


def _response(name: str) -> dict[str, Any]:
    status, body = refusal(name, "$context.requestId")
    response: dict[str, Any] = {"ResponseTemplates": {"application/json": json.dumps(body)}}
    if name not in _OWN_STATUS:
        response["StatusCode"] = status
    return response
