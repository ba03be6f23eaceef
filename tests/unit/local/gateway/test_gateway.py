"""API Gateway on this machine: what it answers itself, and what it hands to a service."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sightline.local.functions.contract import InvokeResult, Outcome
from sightline.local.gateway.api import Api
from sightline.local.gateway.authorizers import Authorizers, RefusedError
from sightline.local.gateway.messages import Answer, Request
from sightline.local.gateway.routes import Authorizer, Route, RouteTable, Service

from .sample import InProcess, write

ARN = "arn:aws:execute-api:eu-west-1:1:api/stage/GET/things/a"


class Caller:
    """Calls the sample service."""

    def __init__(self, folder: Path) -> None:
        self.runtime = InProcess()
        service = Service("sample", write(folder), {"STAGE_NAME": "local"})
        self.api = Api(service, self.runtime)

    def __call__(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        path, _, query = path.partition("?")
        sent = [(name.replace("_", "-"), value) for name, value in headers.items()]
        return self.api.respond(Request(method, f"/sample{path}", query, sent, body), path)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Caller:
    return Caller(tmp_path_factory.mktemp("fuzz") / "sample")


@pytest.fixture
def call(tmp_path: Path) -> Caller:
    return Caller(tmp_path / "sample")


def content(answer: Answer) -> Any:
    return json.loads(answer.body)


def test_a_request_reaches_its_view_as_api_gateway_hands_it_over(call: Caller) -> None:
    answer = call("GET", "/things/a%20b%2Fc?x=1&x=2&y=%C3%BC+z", Authorization="all", X_Given="g")
    assert answer.status == 200
    found = content(answer)
    assert found["name"] == "a%20b%2Fc"  # REST APIs hand paths over as they were sent
    assert found["query"] == {"x": ["1", "2"], "y": ["ü z"]}
    assert found["header"] == "g"
    context = found["context"]
    assert context["authorizer"] == {"principalId": "all", "n": "1", "line": "l1"}
    assert context["resourcePath"] == "/things/{name}"
    assert context["identity"]["sourceIp"] == "127.0.0.1"
    event = call.runtime.events[-1]
    assert event["resource"] == "/things/{name}"
    assert event["path"] == "/things/a%20b%2Fc"
    assert event["queryStringParameters"] == {"x": "2", "y": "ü z"}


def test_workers_get_the_environment_of_the_stage(call: Caller) -> None:
    call("GET", "/things/a", Authorization="all")
    authorizer, app = call.runtime.specs
    assert (authorizer.handler, app.handler) == ("app.cached", "app.app")
    assert app.environment == {"STAGE_NAME": "local"}
    assert app.timeout_seconds <= 29


def test_a_literal_route_wins_over_a_parameter(call: Caller) -> None:
    assert content(call("GET", "/things/special", X_Key="all")) == {"special": True}


@pytest.mark.parametrize("path", ["/open", "/open/", "/open?"])
def test_a_slash_at_the_end_counts_for_nothing(call: Caller, path: str) -> None:
    assert call("GET", path).status == 200


def test_the_root(call: Caller) -> None:
    answer = call("GET", "/")
    assert (answer.status, answer.body) == (200, b"hello")
    assert ("X-Own", "ü") in answer.headers


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/nowhere"), ("GET", "/things"), ("GET", "/things/"), ("PUT", "/open")],
)
def test_an_unknown_route_is_refused_by_the_gateway(call: Caller, method: str, path: str) -> None:
    answer = call(method, path, Authorization="all")
    assert answer.status == 404
    assert content(answer)["error"]["code"] == "NotFound"
    assert call.runtime.events == []


@pytest.mark.parametrize(
    ("token", "status", "code"),
    [
        (None, 401, "Unauthorized"),
        ("", 401, "Unauthorized"),
        ("no", 401, "Unauthorized"),
        ("stranger", 401, "Unauthorized"),
        ("boom", 503, "Unavailable"),
    ],
)
def test_who_may_not_pass_is_told_so(
    call: Caller, token: str | None, status: int, code: str
) -> None:
    headers = {} if token is None else {"Authorization": token}
    answer = call("GET", "/things/a", **headers)
    assert (answer.status, content(answer)["error"]["code"]) == (status, code)
    assert "app.app" not in [spec.handler for spec in call.runtime.specs]


def test_a_policy_holds_for_methods_and_paths(call: Caller) -> None:
    assert call("GET", "/things/a", Authorization="reader").status == 200
    assert call("DELETE", "/things/a", Authorization="reader").status == 401


def test_verdicts_are_remembered_as_long_as_the_authorizer_says(call: Caller) -> None:
    for _ in range(3):
        call("GET", "/things/a", Authorization="all")
        call("GET", "/things/special", X_Key="all")
    asked = [spec.handler for spec in call.runtime.specs]
    assert asked.count("app.cached") == 1
    assert asked.count("app.fresh") == 3


def test_routes_with_an_authorizer_that_is_not_played_here_stay_shut(call: Caller) -> None:
    assert call("GET", "/shut", Authorization="all").status == 401


def test_preflights_are_answered_for_routes_that_are_shared(call: Caller) -> None:
    answer = call("OPTIONS", "/things/a")
    headers = dict(answer.headers)
    assert answer.status == 200
    assert headers["Access-Control-Allow-Methods"] == "GET,DELETE,OPTIONS"
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert "Authorization" in headers["Access-Control-Allow-Headers"]
    own = dict(call("OPTIONS", "/picture").headers)
    assert own["Access-Control-Allow-Origin"] == "https://site.example"
    assert own["Access-Control-Max-Age"] == "60"
    assert call("OPTIONS", "/open").status == 404
    assert call.runtime.events == []


def test_a_body_is_text_or_base64_by_its_content_type(call: Caller) -> None:
    text = call("POST", "/open", b'{"a": "\xc3\xbc"}', Content_Type="application/json")
    assert content(text)["body"] == {"a": "ü"}
    binary = call("POST", "/open", b"\x89PNG\xff", Content_Type="image/png")
    assert content(binary) == {"bytes": 5}


def test_binary_answers_go_out_as_such_to_those_who_accept_them(call: Caller) -> None:
    answer = call("GET", "/picture", Accept="image/png")
    assert answer.body == b"\x89PNG\x00"
    assert call("GET", "/picture", Accept="text/html").status == 400  # Chalice's answer


def test_the_services_own_refusals_pass(call: Caller) -> None:
    assert call("GET", "/fails/refused").status == 400
    crash = call("GET", "/fails/now")
    assert crash.status == 500
    assert b"secret" not in crash.body


@pytest.mark.parametrize(
    ("outcome", "status"),
    [(Outcome.TIMEOUT, 503), (Outcome.CRASH, 502), (Outcome.INIT_ERROR, 502), (Outcome.ERROR, 502)],
)
def test_a_function_that_does_not_answer(call: Caller, outcome: Outcome, status: int) -> None:
    call.runtime.outcome = outcome
    answer = call("GET", "/open")
    assert answer.status == status
    assert set(content(answer)["error"]) == {"code", "message", "requestId"}


@pytest.mark.parametrize("payload", [b"", b"null", b"[]", b'{"principalId": "a"}', b'"x"'])
def test_an_authorizer_that_talks_nonsense_is_a_fault(payload: bytes) -> None:
    authorizers = Authorizers(lambda handler, body: InvokeResult(Outcome.OK, payload))
    with pytest.raises(RefusedError, match="AUTHORIZER_FAILURE"):
        authorizers.check(Authorizer("a", "app.a", "Authorization", 0), "token", ARN)


def test_verdicts_are_forgotten_in_time() -> None:
    clock, asked = [0.0], []
    policy = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
    answer = json.dumps({"principalId": "p", "policyDocument": policy}).encode()

    def ask(handler: str, payload: bytes) -> InvokeResult:
        asked.append(json.loads(payload)["authorizationToken"])
        return InvokeResult(Outcome.OK, answer)

    authorizers = Authorizers(ask, now=lambda: clock[0])
    authorizer = Authorizer("a", "app.a", "Authorization", 60)
    for moment in (0.0, 59.0, 61.0):
        clock[0] = moment
        authorizers.check(authorizer, "t", ARN)
    authorizers.check(authorizer, "u", ARN)
    assert asked == ["t", "t", "u"]


def test_routes_are_matched_by_segment() -> None:
    patterns = ["/", "/a", "/a/{x}", "/{y}/b", "/a/b"]
    table = RouteTable([Route(pattern, {}, frozenset(), None) for pattern in patterns])

    def matched(path: str) -> Any:
        found = table.match(path)
        return found and (found.route.pattern, dict(found.parameters))

    assert matched("/") == ("/", {})
    assert matched("/a/b") == ("/a/b", {})
    assert matched("/a/c") == ("/a/{x}", {"x": "c"})
    assert matched("/c/b") == ("/{y}/b", {"y": "c"})
    assert matched("/c/d") is None
    assert matched("//b") is None


@settings(max_examples=150, deadline=None)
@given(
    method=st.sampled_from(["GET", "POST", "DELETE", "OPTIONS", "HEAD", "X"]),
    segments=st.lists(st.text(st.characters(max_codepoint=255), max_size=12), max_size=3),
    query=st.text(st.characters(max_codepoint=255), max_size=40),
    token=st.text(st.characters(max_codepoint=255), max_size=20),
    kind=st.sampled_from(["application/json", "image/png", "", ";", "a/b, c"]),
    body=st.binary(max_size=40),
)
def test_nothing_that_comes_in_is_a_fault(
    sample: Caller,
    method: str,
    segments: list[str],
    query: str,
    token: str,
    kind: str,
    body: bytes,
) -> None:
    path = "/" + "/".join(part.replace("?", "") for part in ["things", *segments])
    headers = {"Authorization": token, "Content_Type": kind}
    for wanted in (path, "/open"):
        answer = sample(method, f"{wanted}?{query}", body, **headers)
        assert answer.status < 500 or token == "boom"
