"""Refusals that API Gateway makes itself, in the words and the form of ours.

One table for both gateways: `merge_template` puts it into the CloudFormation template of a
packaged service, `refusal` gives the local gateway the same answers. Services whose requests are
signed have a table of their own: their clients read errors as AWS's own services write them.
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
    # The one rule that there may be is about how often an address asks.
    "WAF_FILTERED": (429, "Too many requests from this address; try again in some minutes."),
    "AUTHORIZER_FAILURE": (503, "The credentials could not be checked; try again."),
    "INTEGRATION_FAILURE": (503, "The service did not answer; try again."),
    "INTEGRATION_TIMEOUT": (503, "The service did not answer in time; try again."),
    "DEFAULT_4XX": (400, "The request was refused before it reached the service."),
    "DEFAULT_5XX": (500, INTERNAL_MESSAGE),
}
_OWN_STATUS = frozenset({"DEFAULT_4XX", "DEFAULT_5XX"})

_UNAVAILABLE = "ServiceUnavailableException"
# API Gateway's name -> status, type as the SDKs name the exception, message. API Gateway sends the
# type in the header x-amzn-errortype itself.
SIGNED_RESPONSES: Mapping[str, tuple[int, str, str]] = {
    "ACCESS_DENIED": (
        403,
        "AccessDeniedException",
        "Your role does not allow this; an administrator may put you into another group.",
    ),
    "MISSING_AUTHENTICATION_TOKEN": (
        403,
        "MissingAuthenticationTokenException",
        "The request is not signed, or there is no such route.",
    ),
    "REQUEST_TOO_LARGE": (413, "RequestTooLargeException", RESPONSES["REQUEST_TOO_LARGE"][1]),
    "THROTTLED": (429, "ThrottlingException", RESPONSES["THROTTLED"][1]),
    "QUOTA_EXCEEDED": (429, "LimitExceededException", RESPONSES["QUOTA_EXCEEDED"][1]),
    "WAF_FILTERED": (429, "ThrottlingException", RESPONSES["WAF_FILTERED"][1]),
    "INTEGRATION_FAILURE": (
        503,
        "ServiceUnavailableException",
        RESPONSES["INTEGRATION_FAILURE"][1],
    ),
    "INTEGRATION_TIMEOUT": (
        503,
        "ServiceUnavailableException",
        RESPONSES["INTEGRATION_TIMEOUT"][1],
    ),
    "DEFAULT_5XX": (500, "InternalServerException", INTERNAL_MESSAGE),
}
# What is wrong with a signature or a token is best said in API Gateway's own words.
_OWN_WORDS = ("INVALID_SIGNATURE", "EXPIRED_TOKEN", "DEFAULT_4XX")
_OWN_TEMPLATE = '{"message":$context.error.messageString,"Message":$context.error.messageString}'
# Refusals reach pages of other origins too: they hold nothing, and no cookie is ever looked at.
_CORS = {
    "Access-Control-Allow-Origin": "'*'",
    "Access-Control-Expose-Headers": "'x-amzn-errortype,x-amzn-requestid'",
}


def refusal(name: str, request_id: str) -> tuple[int, dict[str, Any]]:
    """Status and body of one of API Gateway's responses."""
    status, message = RESPONSES[name]
    return status, error_body(CODES.get(status, INTERNAL.code), message, request_id)


def signed_refusal(name: str) -> tuple[int, str, dict[str, str]]:
    """Status, type and body of a response to a client that signs."""
    known = name if name in SIGNED_RESPONSES else "DEFAULT_5XX"
    status, kind, message = SIGNED_RESPONSES[known]
    return status, kind, signed_body(kind, message)


def signed_body(kind: str, message: str) -> dict[str, str]:
    """The body of a refusal to a client that signs: `message` as API Gateway's, `Message` too."""
    return {"__type": kind, "message": message, "Message": message}


def merge_template(*, signed: bool = False) -> dict[str, Any]:
    """What `chalice package --merge-template` adds to the template of a service.

    `signed` is whether its requests are. Besides the refusals it lets traces begin at the gateway,
    as the functions continue them, and puts a log group right: with
    `log_retention_in_days`, which every service sets, Chalice 1.34 names the API's function there
    as no resource is called.
    """
    responses = _signed_responses() if signed else {n: _response(n) for n in RESPONSES}
    api = {
        "GatewayResponses": responses,
        "TracingEnabled": True,
        # Without a version, SAM makes a second stage, called "Stage", that no limit holds for.
        "OpenApiVersion": "2.0",
    }
    log_group = {"LogGroupName": {"Fn::Sub": "/aws/lambda/${APIHandler}"}}
    return {
        "Resources": {
            "RestAPI": {"Properties": api},
            "ApiHandlerLogGroup": {"Properties": log_group},
        }
    }


def _response(name: str) -> dict[str, Any]:
    status, body = refusal(name, "$context.requestId")
    response: dict[str, Any] = {"ResponseTemplates": {"application/json": json.dumps(body)}}
    if name not in _OWN_STATUS:
        response["StatusCode"] = status
    return response


def _signed_responses() -> dict[str, Any]:
    own = {name: _templated(_OWN_TEMPLATE) for name in _OWN_WORDS}
    for name in SIGNED_RESPONSES:
        status, _, body = signed_refusal(name)
        own[name] = _templated(json.dumps(body))
        if name not in _OWN_STATUS:
            own[name]["StatusCode"] = status
    return own


def _templated(body: str) -> dict[str, Any]:
    return {
        "ResponseTemplates": {"application/json": body},
        "ResponseParameters": {"Headers": dict(_CORS)},
    }
