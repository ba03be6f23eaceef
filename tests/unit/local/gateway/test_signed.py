"""Routes with IAM's authorization: signed by botocore, verified by the local gateway."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from sightline.local.gateway.api import Api
from sightline.local.gateway.messages import Answer, Request
from sightline.local.gateway.routes import Service
from sightline.local.gateway.signed import Signatures, UnsignedError
from sightline.local.iam.credentials import ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY

from .sample import InProcess, write

HOST = "127.0.0.1:8080"
BODY = b'{"name": 1}'


def signed(
    *,
    path: str = "/sample/signed",
    query: str = "",
    body: bytes = BODY,
    key: str = ACCESS_KEY_ID,
    secret: str = SECRET_ACCESS_KEY,
    service: str = "execute-api",
    region: str = REGION,
) -> Request:
    """A POST that botocore has signed."""
    url = f"http://{HOST}{path}" + (f"?{query}" if query else "")
    asked = AWSRequest("POST", url, {"Content-Type": "application/json", "Host": HOST}, body)
    SigV4Auth(Credentials(key, secret), service, region).add_auth(asked)
    headers = [(name, str(value)) for name, value in asked.headers.items()]
    return Request("POST", path, query, headers, body)


def changed(request: Request, **values: object) -> Request:
    return Request(**{**vars(request), **values})


@pytest.fixture
def api(tmp_path: Path) -> Api:
    return Api(Service("sample", write(tmp_path / "sample")), InProcess())


def ask(api: Api, request: Request) -> Answer:
    return api.respond(request, request.path.removeprefix("/sample"))


@pytest.mark.parametrize("service", ["execute-api", "lookoutvision"])
def test_who_signs_gets_in_and_the_service_knows_who_it_is(api: Api, service: str) -> None:
    answer = ask(api, signed(service=service))
    assert (answer.status, json.loads(answer.body)) == (200, {"caller": ACCESS_KEY_ID})


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/x/a%2Fb", ""),
        ("/x/%C3%BC%20b", "maxResults=5&labeled=true"),
        ("/x", "tagKeys=a%20b&tagKeys=%C3%A4&empty="),
        ("/x/arn%3Aaws%3Alookoutvision%3Aeu-west-1%3A1%3Amodel%2Fcastings%2F1", "x=~"),
    ],
)
def test_paths_and_queries_are_signed_as_they_are_sent(path: str, query: str) -> None:
    ask = signed(path=path, query=query)
    assert Signatures().identify(ask).identity["accessKey"] == ACCESS_KEY_ID


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda: Request("POST", "/sample/signed"), "MissingAuthenticationTokenException"),
        (lambda: signed(key="AKIASTRANGER"), "UnrecognizedClientException"),
        (lambda: signed(secret="guessed"), "InvalidSignatureException"),
        (lambda: signed(service="s3"), "InvalidSignatureException"),
        (lambda: signed(region="us-east-1"), "InvalidSignatureException"),
        (lambda: changed(signed(), body=b"{}"), "InvalidSignatureException"),
        (lambda: changed(signed(), query="x=1"), "InvalidSignatureException"),
        (
            lambda: Request("POST", "/sample/signed", headers=[("Authorization", "Bearer x")]),
            "IncompleteSignatureException",
        ),
    ],
    ids=["nothing", "stranger", "secret", "service", "region", "body", "query", "token"],
)
def test_everybody_else_is_refused_as_api_gateway_refuses(
    api: Api, make: Callable[[], Request], kind: str
) -> None:
    answer = ask(api, make())  # signed now: a signature is good for minutes
    assert answer.status == 403
    assert dict(answer.headers)["x-amzn-ErrorType"] == kind
    assert json.loads(answer.body)["message"]


def unsigned(service: str) -> Request:
    """A POST whose body was streamed: the signature says that it covers no body."""
    asked = AWSRequest("POST", f"http://{HOST}/sample/signed", {"Host": HOST}, BODY)
    asked.headers["X-Amz-Content-SHA256"] = "UNSIGNED-PAYLOAD"
    SigV4Auth(Credentials(ACCESS_KEY_ID, SECRET_ACCESS_KEY), service, REGION).add_auth(asked)
    headers = [(name, str(value)) for name, value in asked.headers.items()]
    return Request("POST", "/sample/signed", "", headers, BODY)


def test_old_clients_may_stream_a_body_that_they_have_not_signed() -> None:
    request = unsigned("lookoutvision")
    assert Signatures().identify(request).identity["accessKey"] == ACCESS_KEY_ID
    other = [(n, v.replace("UNSIGNED-PAYLOAD", "0" * 64)) for n, v in request.headers]
    with pytest.raises(UnsignedError, match="does not match"):
        Signatures().identify(changed(request, headers=other))


def test_api_gateway_wants_every_body_signed() -> None:
    with pytest.raises(UnsignedError, match="does not match"):
        Signatures().identify(unsigned("execute-api"))


def test_a_signature_grows_old() -> None:
    request = signed()
    later = datetime.now(UTC).timestamp() + 16 * 60
    with pytest.raises(UnsignedError, match="expired"):
        Signatures(now=lambda: later).identify(request)


def test_a_signature_must_say_for_which_host_it_is() -> None:
    request = signed()
    headers = [(n, v.replace(";host", "")) for n, v in request.headers]
    with pytest.raises(UnsignedError, match="Host"):
        Signatures().identify(changed(request, headers=headers))
