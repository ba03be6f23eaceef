"""The gateway over HTTP, with a service in worker processes."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import urllib3

from sightline.domain.errors import ConflictError
from sightline.local.functions.runtime import Pool
from sightline.local.gateway import Gateway, Service
from sightline.local.gateway.messages import Answer, Request
from sightline.local.mail import Mailbox
from tests.unit.local.gateway.sample import write


@pytest.fixture(scope="module")
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory, mailbox: Mailbox) -> Iterator[Gateway]:
    folder = write(tmp_path_factory.mktemp("services") / "sample")
    service = Service("sample", folder, {"STAGE_NAME": "local"})
    with (
        Pool(workers_per_function=2) as pool,
        Gateway([service], pool, mailbox=mailbox, figures=lambda: {"images": 3}) as up,
    ):
        yield up


@pytest.fixture
def http() -> Iterator[urllib3.PoolManager]:
    with urllib3.PoolManager(maxsize=4, retries=False) as manager:
        yield manager


def test_a_service_answers_with_its_own_environment(
    gateway: Gateway, http: urllib3.PoolManager
) -> None:
    headers = {"Authorization": "reader", "X-Given": "g"}
    answer = http.request("GET", f"{gateway.url('sample')}/things/a?x=1&x=2", headers=headers)
    found = answer.json()
    assert answer.status == 200
    assert (found["env"], found["header"], found["query"]) == ("local", "g", {"x": ["1", "2"]})
    assert found["context"]["authorizer"]["principalId"] == "reader"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["x-amzn-RequestId"] == found["context"]["requestId"]


def test_binary_bodies_go_both_ways(gateway: Gateway, http: urllib3.PoolManager) -> None:
    picture = bytes(range(256)) * 1000
    url = gateway.url("sample")
    sent = http.request("POST", f"{url}/open", body=picture, headers={"Content-Type": "image/png"})
    assert sent.json() == {"bytes": len(picture)}
    got = http.request("GET", f"{url}/picture", headers={"Accept": "image/png"})
    assert got.data == b"\x89PNG\x00"


def test_what_fails_says_nothing_of_why(gateway: Gateway, http: urllib3.PoolManager) -> None:
    url = gateway.url("sample")
    for path, status in (("/fails/now", 500), ("/fails/exit", 502), ("/nowhere", 404)):
        answer = http.request("GET", url + path)
        assert answer.status == status
        assert b"secret" not in answer.data
        assert b"Traceback" not in answer.data
    assert http.request("GET", url + "/open").status == 200


def test_a_body_beyond_the_limit_is_refused(gateway: Gateway, http: urllib3.PoolManager) -> None:
    body = b"x" * ((10 << 20) + 1)
    url = f"{gateway.url('sample')}/open"
    assert http.request("POST", url, body=body).status == 413
    assert http.request("POST", url, body=iter([body]), chunked=True).status == 413
    assert http.request("GET", url).status == 200


def test_connections_are_kept_and_answers_come_at_once(
    gateway: Gateway, http: urllib3.PoolManager
) -> None:
    url = f"{gateway.url('sample')}/open"
    http.request("GET", url)
    took = []
    for _ in range(20):
        began = time.perf_counter()
        assert http.request("GET", url).status == 200
        took.append(time.perf_counter() - began)
    assert statistics.median(took) < 0.04  # what Nagle's algorithm alone would take
    assert http.connection_from_url(url).num_connections == 1


def test_requests_run_side_by_side(gateway: Gateway, http: urllib3.PoolManager) -> None:
    url = f"{gateway.url('sample')}/things/"
    headers = {"Authorization": "all"}
    with ThreadPoolExecutor(4) as threads:
        answers = threads.map(
            lambda n: http.request("GET", f"{url}{n}", headers=headers).json()["name"], range(20)
        )
        assert list(answers) == [str(n) for n in range(20)]


def test_pages_say_what_is_up_and_what_was_sent(
    gateway: Gateway, http: urllib3.PoolManager, mailbox: Mailbox
) -> None:
    mailbox.deliver_mail(
        to="a@b.example", subject="<b>Defect</b>", text="<i>x</i>", sender="S", topic_arn="arn"
    )
    page = http.request("GET", f"{gateway.address}/status")
    assert b"GET /sample/things/{name}" in page.data
    assert b"<td>3</td>" in page.data
    assert http.request("GET", f"{gateway.address}/healthz").json()["services"] == ["sample"]
    listed = http.request("GET", f"{gateway.address}/mail")
    assert b"&lt;b&gt;Defect&lt;/b&gt;" in listed.data
    assert b"&lt;i&gt;x&lt;/i&gt;" in http.request("GET", f"{gateway.address}/mail/1").data
    raw = http.request("GET", f"{gateway.address}/mail/1.eml")
    assert raw.headers["Content-Type"] == "message/rfc822"
    for path in ("/mail/2", "/mail/x", "/mail/1.txt", "/other", "/favicon.ico"):
        answer = http.request("GET", gateway.address + path)
        assert answer.status == 404
        assert json.loads(answer.data)["error"]["code"] == "NotFound"


def test_a_site_answers_what_nobody_else_does(tmp_path: Path) -> None:
    def site(request: Request) -> Answer:
        return Answer.text(f"the site's {request.path}")

    folder = write(tmp_path)
    with Pool() as pool, Gateway([Service("sample", folder)], pool, site=site) as gateway:
        for path in ("/", "/lines.html", "/vendor/x.js"):
            assert gateway.respond(Request("GET", path)).body.decode() == f"the site's {path}"
        assert b"None yet" in gateway.respond(Request("GET", "/mail")).body
        assert gateway.respond(Request("GET", "/sample/nowhere")).status == 404


def test_a_gateway_that_is_down_says_so(tmp_path: Path) -> None:
    with Pool() as pool:
        gateway = Gateway([Service("sample", write(tmp_path))], pool)
        with pytest.raises(ConflictError):
            _ = gateway.address
