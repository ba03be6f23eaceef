"""Lambda proxy integration: requests as events, and functions' answers as HTTP.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

from sightline.local.gateway.messages import Answer, Request
from sightline.local.gateway.routes import Match
from sightline.local.iam.credentials import ACCOUNT_ID, REGION

STAGE = "sightline-local"  # of the environment `local`, as services/*/.chalice name it


def method_arn(service: str, request: Request, path: str) -> str:
    """The ARN that a policy must allow for this request."""
    prefix = f"arn:aws:execute-api:{REGION}:{ACCOUNT_ID}:{service}/{STAGE}"
    return f"{prefix}/{request.method}/{path.removeprefix('/')}"


def proxy_event(
    service: str,
    request: Request,
    path: str,
    match: Match,
    authorizer: Mapping[str, Any] | None,
    *,
    binary: bool,
) -> dict[str, Any]:
    """The event of a request (payload version 1.0), its path still percent-encoded as in AWS."""
    query = parse_qs(request.query, keep_blank_values=True) or None
    several: dict[str, list[str]] = {}
    for name, value in request.headers:
        several.setdefault(name, []).append(value)
    if binary:
        body = base64.b64encode(request.body).decode()
    else:
        body = request.body.decode("utf-8", "replace")
    return {
        "resource": match.route.pattern,
        "path": path,
        "httpMethod": request.method,
        "headers": {name: values[-1] for name, values in several.items()},
        "multiValueHeaders": several,
        "queryStringParameters": {name: values[-1] for name, values in (query or {}).items()}
        or None,
        "multiValueQueryStringParameters": query,
        "pathParameters": dict(match.parameters) or None,
        "stageVariables": None,
        "requestContext": _context(service, request, path, match, authorizer),
        "body": body if request.body else None,
        "isBase64Encoded": binary and bool(request.body),
    }


def read_answer(payload: bytes, request: Request, binary_types: frozenset[str]) -> Answer | None:
    """A function's answer as HTTP; None when it has not the form that API Gateway demands."""
    try:
        found = json.loads(payload)
        status = int(found["statusCode"])
        body = found.get("body") or ""
        content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        # Binary content goes out as such only to callers whose first choice is a binary type.
        if found.get("isBase64Encoded") and _is_binary(request.media_type("accept"), binary_types):
            content = base64.b64decode(content)
        headers = [(str(name), str(value)) for name, value in (found.get("headers") or {}).items()]
        for name, values in (found.get("multiValueHeaders") or {}).items():
            headers += [(str(name), str(value)) for value in values]
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    if not 100 <= status <= 599 or any("\n" in n + v or "\r" in n + v for n, v in headers):
        return None
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", "application/json"))
    return Answer(status, content, headers)


def is_binary_request(request: Request, binary_types: frozenset[str]) -> bool:
    """Whether API Gateway would hand the body over in Base64."""
    return _is_binary(request.media_type("content-type"), binary_types)


def _is_binary(media_type: str, binary_types: frozenset[str]) -> bool:
    family = media_type.partition("/")[0] + "/*"
    return not binary_types.isdisjoint((media_type, family, "*/*"))


def _context(
    service: str,
    request: Request,
    path: str,
    match: Match,
    authorizer: Mapping[str, Any] | None,
) -> dict[str, Any]:
    now = time.time()
    context: dict[str, Any] = {
        "accountId": ACCOUNT_ID,
        "apiId": service,
        "domainName": request.header("host") or "localhost",
        "httpMethod": request.method,
        "identity": {"sourceIp": request.source_ip, "userAgent": request.header("user-agent")},
        "path": f"/{STAGE}{path}",
        "protocol": "HTTP/1.1",
        "requestId": request.id,
        "requestTime": datetime.fromtimestamp(now, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "requestTimeEpoch": int(now * 1000),
        "resourceId": match.route.pattern,
        "resourcePath": match.route.pattern,
        "stage": STAGE,
    }
    if authorizer is not None:
        context["authorizer"] = dict(authorizer)
    return context
