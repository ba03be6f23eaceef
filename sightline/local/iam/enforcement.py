"""IAM in front of moto: what a role asks for, its policies must allow.

Requests that the keys of a role signed, in a header or in a URL, are judged; the owner's are not.
moto's own enforcement is no help: it knows the resources of four services, and refuses everything
to a role that names the resources of others.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from moto.s3.models import s3_backends
from moto.sns.models import sns_backends

from sightline.local.iam.credentials import ACCOUNT_ID, Keys, role_of
from sightline.local.iam.permissions import NotAllowedError, check
from sightline.local.iam.requests import Ask, Request, asks
from sightline.local.iam.s3_errors import Refusal, access_denied
from sightline.local.iam.signature_claims import is_preflight

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/\d+/([^/]+)/([^/]+)/")
_QUERY_PROTOCOL = frozenset({"sns"})
# What publishing to an encrypted topic takes, apart from the permission to publish:
# https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
_USE_KEY = ("kms:Decrypt", "kms:GenerateDataKey")


class Enforcement:
    """WSGI application that hands on to `app` what the signing role may do."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer that it is not allowed, or with what the application answers."""
        credential = None if is_preflight(environ) else _credential(environ)
        role = role_of(credential[0]) if credential else None
        if credential is None or role is None:
            return self._app(environ, start_response)
        _, region, service = credential
        arn, keys = role
        try:
            _check_token(environ, keys)
            request = _request(environ, service, region)
            operation, wanted = asks(request)
            for ask in [*wanted, *_implied(request, wanted)]:
                check(ACCOUNT_ID, arn, ask.action, ask.resource, operation)
        except NotAllowedError as error:
            return _deny(service, str(error), environ, start_response)
        except Refusal as refusal:
            return refusal.answer(environ, start_response)
        return self._app(environ, start_response)


def _credential(environ: WSGIEnvironment) -> tuple[str, str, str] | None:
    """Access key id, region and service."""
    found = _CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
    if found:
        return found[1], found[2], found[3]
    query = environ.get("QUERY_STRING", "")
    if "X-Amz-Credential=" not in query:
        return None
    key, _, region, service, *_ = parse_qs(query)["X-Amz-Credential"][0].split("/")
    return key, region, service


def _check_token(environ: WSGIEnvironment, keys: Keys) -> None:
    query = parse_qs(environ.get("QUERY_STRING", ""))
    given = environ.get("HTTP_X_AMZ_SECURITY_TOKEN") or query.get("X-Amz-Security-Token", [""])[0]
    if given != keys.session_token:
        raise Refusal(400, "InvalidToken", "The provided token is malformed or otherwise invalid.")


def _request(environ: WSGIEnvironment, service: str, region: str) -> Request:
    body = b""
    if service != "s3" or environ["REQUEST_METHOD"] == "POST":
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(length) if length else b""
        environ["wsgi.input"] = io.BytesIO(body)
    return Request(
        service=service,
        region=region,
        method=environ["REQUEST_METHOD"],
        path=environ.get("PATH_INFO", "/").encode("latin-1").decode("utf-8", "replace"),
        query=parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True),
        target=environ.get("HTTP_X_AMZ_TARGET", ""),
        body=body,
        copies=environ.get("HTTP_X_AMZ_COPY_SOURCE", ""),
    )


def _implied(request: Request, wanted: Iterable[Ask]) -> Iterator[Ask]:
    """What AWS asks for besides, because of what the resource is like."""
    for ask in wanted:
        if ask.action == "sns:Publish":
            topic = sns_backends[ACCOUNT_ID][request.region].topics.get(ask.resource)
            if topic is not None and topic.kms_master_key_id:
                yield from (Ask(action, topic.kms_master_key_id) for action in _USE_KEY)
        elif ask.action in ("s3:GetObject", "s3:GetObjectVersion") and not _is_there(ask.resource):
            # S3 says that an object is missing only to those who may list its bucket.
            yield Ask("s3:ListBucket", ask.resource.partition("/")[0])


def _is_there(arn: str) -> bool:
    bucket, _, key = arn.removeprefix("arn:aws:s3:::").partition("/")
    found = s3_backends[ACCOUNT_ID]["aws"].buckets.get(bucket)
    return found is not None and key in found.keys


def _deny(
    service: str, message: str, environ: WSGIEnvironment, start_response: StartResponse
) -> Iterable[bytes]:
    """The refusal, in the words of the service's protocol."""
    if service == "s3":
        return access_denied(message).answer(environ, start_response)
    if service in _QUERY_PROTOCOL:
        error = f"<Type>Sender</Type><Code>AuthorizationError</Code><Message>{escape(message)}"
        body = f"<ErrorResponse><Error>{error}</Message></Error></ErrorResponse>".encode()
        kind, status = "text/xml", "403 Forbidden"
    else:
        content: dict[str, Any] = {"__type": "AccessDeniedException", "message": message}
        body, kind = json.dumps(content).encode(), "application/x-amz-json-1.1"
        status = "400 Bad Request" if environ.get("HTTP_X_AMZ_TARGET") else "403 Forbidden"
    headers = [
        ("Content-Type", kind),
        ("Content-Length", str(len(body))),
        ("x-amzn-ErrorType", "AccessDeniedException"),
    ]
    start_response(status, headers)
    return [body]
