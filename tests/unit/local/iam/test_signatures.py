"""Signed requests, as botocore signs them, against the filter that stands in front of S3."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import boto3
import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from hypothesis import given, settings
from hypothesis import strategies as st

from sightline.local.iam.signatures import SignatureFilter

KEY_ID, SECRET = "AKIALOCAL", "a/secret+with=signs"
BODY = b"picture"
HEADERS = {
    "content-type": "image/jpeg",
    "content-length": str(len(BODY)),
    "if-none-match": "*",
    "x-amz-meta-part": "p 1",
}
PARAMS = {
    "Bucket": "pictures",
    "Key": "images/f/l/ü b+c%d.jpg",
    "ContentType": "image/jpeg",
    "ContentLength": len(BODY),
    "IfNoneMatch": "*",
    "Metadata": {"part": "p 1"},
}
CLIENT = boto3.client(
    "s3",
    region_name="eu-west-1",
    endpoint_url="http://127.0.0.1:4566",
    aws_access_key_id=KEY_ID,
    aws_secret_access_key=SECRET,
    config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
)


class Store:
    """The application behind the filter: what it was handed, and what the caller got."""

    def __init__(self, **options: Any) -> None:
        self.reached: list[bytes] = []
        self.status = 0
        self.body = b""
        secrets = {KEY_ID: SECRET}
        self._filter = SignatureFilter(self._store, secrets.get, **options)

    @property
    def code(self) -> str:
        """The code of S3's error."""
        found = re.search(rb"<Code>(\w+)</Code>", self.body)
        return found[1].decode() if found else ""

    def send(
        self,
        url: str,
        method: str = "PUT",
        headers: dict[str, str] | None = None,
        body: bytes = b"",
        query: str | None = None,
    ) -> Store:
        """One request through the filter; `query` stands in for the URL's, as raw as it is."""
        parts = urlsplit(url)
        query = parts.query if query is None else query
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "PATH_INFO": unquote(parts.path, "latin-1"),
            "QUERY_STRING": query,
            "REQUEST_URI": f"{parts.path}?{query}",
            "HTTP_HOST": parts.netloc,
            "wsgi.input": io.BytesIO(body),
        }
        for name, value in (headers or {}).items():
            variable = name.upper().replace("-", "_")
            plain = variable in ("CONTENT_TYPE", "CONTENT_LENGTH")
            environ[variable if plain else f"HTTP_{variable}"] = value
        self.body = b"".join(self._filter(environ, self._start))
        return self

    def _store(self, environ: Any, start_response: Callable[..., Any]) -> Iterable[bytes]:
        self.reached.append(environ["wsgi.input"].read())
        start_response("200 OK", [])
        return [b""]

    def _start(self, status: str, headers: Any, exc_info: Any = None) -> Any:
        self.status = int(status[:3])


def signed_url(method: str = "put_object", seconds: int = 300, **params: Any) -> str:
    return str(CLIENT.generate_presigned_url(method, Params=PARAMS | params, ExpiresIn=seconds))


def test_what_was_signed_gets_in() -> None:
    store = Store().send(signed_url(), headers=HEADERS, body=BODY)
    assert (store.status, store.reached) == (200, [BODY])


def test_a_signed_get_and_its_query_get_in() -> None:
    params = {"Bucket": "b", "Key": "k", "ResponseContentType": "text/plain; a=b c"}
    url = CLIENT.generate_presigned_url("get_object", Params=params)
    assert Store().send(url, "GET").status == 200
    assert Store().send(url + "&versionId=1", "GET").code == "SignatureDoesNotMatch"


@pytest.mark.parametrize("key", ["a/b c.jpg", "bläh.jpg", "50%/x%20y+z.jpg", "q?=&#'(1)!*~.jpg"])
def test_any_key_can_be_signed(key: str) -> None:
    assert Store().send(signed_url(Key=key), headers=HEADERS, body=BODY).status == 200


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("content-type", "text/html"),
        ("content-length", "8"),
        ("if-none-match", None),
        ("if-none-match", "x"),
        ("x-amz-meta-part", "p 2"),
        ("x-amz-meta-part", None),
        ("content-type", None),
    ],
)
def test_a_signed_header_must_be_sent_as_it_was_signed(header: str, value: str | None) -> None:
    headers = {name: text for name, text in HEADERS.items() if name != header}
    if value is not None:
        headers[header] = value
    store = Store().send(signed_url(), headers=headers, body=BODY + b"!")
    assert (store.status, store.code, store.reached) == (403, "SignatureDoesNotMatch", [])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("images/f/", "images/g/"),
        ("/pictures/", "/others/"),
        ("X-Amz-Expires=300", "X-Amz-Expires=301"),
        ("X-Amz-SignedHeaders=content-length%3B", "X-Amz-SignedHeaders="),
        ("127.0.0.1:4566", "127.0.0.1:4567"),
    ],
)
def test_a_url_that_was_tampered_with_is_refused(old: str, new: str) -> None:
    url = signed_url()
    assert old in url
    store = Store().send(url.replace(old, new), headers=HEADERS, body=BODY)
    assert (store.status, store.code, store.reached) == (403, "SignatureDoesNotMatch", [])


def test_a_url_is_good_for_its_method_only() -> None:
    store = Store().send(signed_url(), "DELETE", headers=HEADERS)
    assert (store.status, store.code) == (403, "SignatureDoesNotMatch")


def test_a_url_expires() -> None:
    url = signed_url(seconds=60)
    late = Store(now=lambda: time.time() + 62).send(url, headers=HEADERS, body=BODY)
    assert (late.status, late.code) == (403, "AccessDenied")
    assert b"Request has expired" in late.body
    early = Store(now=lambda: time.time() - 1000).send(url, headers=HEADERS, body=BODY)
    assert (early.status, early.code) == (403, "AccessDenied")


def test_headers_of_amazons_must_be_signed() -> None:
    extra = {"x-amz-meta-more": "1", "x-amz-acl": "public-read"}
    store = Store().send(signed_url(), headers=HEADERS | extra, body=BODY)
    assert (store.status, store.code, store.reached) == (403, "AccessDenied", [])
    assert b"x-amz-acl, x-amz-meta-more" in store.body


@pytest.mark.parametrize("body", [b"", BODY[:-1]])
def test_a_body_that_is_cut_short_is_refused(body: bytes) -> None:
    store = Store().send(signed_url(), headers=HEADERS, body=body)
    assert (store.status, store.code, store.reached) == (400, "IncompleteBody", [])


def test_no_more_than_the_signed_length_is_taken() -> None:
    store = Store().send(signed_url(), headers=HEADERS, body=BODY + b"more")
    assert store.reached == [BODY]


def test_a_body_without_a_length_or_beyond_the_limit_is_refused() -> None:
    url = CLIENT.generate_presigned_url("put_object", Params={"Bucket": "b", "Key": "k"})
    assert Store().send(url, body=BODY).code == "MissingContentLength"
    headers = {"content-length": str(10**15)}
    assert Store().send(url, headers=headers).code == "EntityTooLarge"


def test_an_unknown_key_is_refused() -> None:
    url = signed_url().replace(KEY_ID, "AKIAOTHER")
    assert Store().send(url, headers=HEADERS, body=BODY).code == "InvalidAccessKeyId"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/pictures/a.jpg", False),
        ("POST", "/pictures", False),
        ("POST", "/pictures/a.jpg?uploads", False),
        ("DELETE", "/pictures/a.jpg", False),
        ("GET", "/pictures", False),
        ("GET", "/pictures/", False),
        ("GET", "/", False),
        ("PATCH", "/pictures/a.jpg", False),
        ("GET", "/pictures/a.jpg", True),  # moto answers for what is public
        ("OPTIONS", "/pictures/a.jpg", True),
        ("POST", "/", True),
        ("POST", "/moto-api/reset", True),
        ("GET", "/eu-west-1_abc/.well-known/jwks.json", True),
        ("PUT", "/moto-api-not/x", False),
    ],
)
def test_unsigned_requests(method: str, path: str, allowed: bool) -> None:
    headers = {"x-amz-target": "Any.Thing"}
    store = Store().send(f"http://127.0.0.1{path}", method, headers)
    assert store.status == (200 if allowed else 403)
    assert bool(store.reached) == allowed


def test_a_form_is_refused() -> None:
    headers = {"content-type": "multipart/form-data; boundary=x", "content-length": "3"}
    assert Store().send("http://127.0.0.1/pictures", "POST", headers, b"abc").status == 403


def test_the_old_signature_version_is_refused() -> None:
    url = "http://127.0.0.1/b/k?AWSAccessKeyId=A&Signature=x&Expires=9999999999"
    assert Store().send(url, "GET").code == "InvalidRequest"


def sign_header(service: str, url: str, body: bytes, secret: str = SECRET) -> dict[str, str]:
    request = AWSRequest("POST", url, headers={"content-type": "text/plain"}, data=body)
    signer = S3SigV4Auth if service == "s3" else SigV4Auth
    signer(Credentials(KEY_ID, secret), service, "eu-west-1").add_auth(request)
    return {**dict(request.headers.items()), "content-length": str(len(body))}


@pytest.mark.parametrize("service", ["s3", "lambda", "dynamodb"])
def test_a_call_signed_in_its_header_gets_in(service: str) -> None:
    name = quote("arn:aws:lambda:eu-west-1:1:function:f g", safe="")
    url = f"http://127.0.0.1:4566/2015/{name}/calls?a=b%20c&list"
    store = Store().send(url, "POST", sign_header(service, url, BODY), BODY)
    assert (store.status, store.reached) == (200, [BODY])
    forged = Store().send(url, "POST", sign_header(service, url, BODY, "wrong"), BODY)
    assert (forged.code, forged.reached) == ("SignatureDoesNotMatch", [])
    changed = Store().send(url, "POST", sign_header(service, url, BODY), BODY[::-1])
    assert (changed.status // 100, changed.reached) == (4, [])


def test_headers_are_left_alone_on_request() -> None:
    store = Store(check_headers=False).send("http://h/b/k", headers={"authorization": "any"})
    assert store.status == 200


def test_a_header_that_is_old_or_garbled_is_refused() -> None:
    url = "http://127.0.0.1/b/k"
    headers = sign_header("s3", url, BODY)
    late = Store(now=lambda: time.time() + 1000).send(url, "POST", headers, BODY)
    assert (late.status, late.code) == (403, "RequestTimeTooSkewed")
    assert Store().send(url, "POST", headers | {"authorization": "x"}, BODY).status == 400


AUTH_NAMES = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Signature",
    "X-Amz-Date",
    "X-Amz-SignedHeaders",
    "X-Amz-Expires",
]
ODD = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            "-1",
            "604801",
            "9" * 30,
            "１２",
            "99990101T000000Z",
            "00000101T000000Z",
            "host;",
            ";;",
            "",
        ]
    ),
)


@settings(max_examples=200, deadline=None)
@given(name=st.sampled_from(AUTH_NAMES), value=ODD)
def test_any_malformed_parameter_is_a_4xx(name: str, value: str) -> None:
    url = re.sub(f"{name}=[^&]*", lambda _: f"{name}={quote(value)}", signed_url())
    store = Store().send(url, headers=HEADERS, body=BODY)
    assert store.status in (400, 403)
    assert store.reached == []


@settings(max_examples=200, deadline=None)
@given(
    query=st.text(st.characters(max_codepoint=255, exclude_characters="#"), max_size=80),
    name=st.sampled_from(AUTH_NAMES),
    authorization=st.one_of(st.none(), st.text(max_size=60)),
)
def test_no_query_or_header_breaks_the_filter(
    query: str, name: str, authorization: str | None
) -> None:
    headers = {"authorization": authorization} if authorization else {}
    store = Store().send("http://h/b/k", headers=headers, query=f"{name}=1&{query}")
    assert store.status in (400, 403)
    store.send("http://h/b/k", headers=headers)
    assert store.status in (400, 403)
    assert store.reached == []
