"""No log holds what would let its reader in: tokens, signed URLs, signatures, passwords."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.exceptions import ClientError

from tests.e2e.conftest import World
from tests.e2e.observed import Observed, logged
from tests.e2e.test_pipeline import a_part, announce, image, request
from tests.e2e.waiting import until
from tests.sign_in import Site

GUESSED, PASSWORD = "guessed-token-0123456789", "Not-For-Logs-1"  # pragma: allowlist secret
# What secrets come with, whoever's they are: signed URLs and headers, tokens of cameras, of
# functions' roles and of people who signed in.
FORMS = (
    r"X-Amz-(Signature|Credential|Security-Token)",
    r"AWS4-HMAC-SHA256",
    r"Bearer\s+\S",
    r"authorization(token)?['\"]?\s*[:=]",
    r"slc\.[\w.-]+\.\w",
    r"local-session-\w",
    r"\beyJ[\w-]{16,}",
)
FUNCTIONS = {
    *("detect", "record", "notify", "digest", "stream", "silence", "daily"),
    *("control-job", "control-detect"),
}
SERVICES = {
    *("ingest-APIHandler", "ingest-Camera", "ingest-LegacyCamera"),
    *("control-APIHandler", "analytics-APIHandler"),
}


def leaks(lines: Iterable[str], secrets: Iterable[str]) -> list[str]:
    """The lines that hold a secret, or what secrets come with."""
    known = re.compile("|".join([*FORMS, *map(re.escape, secrets)]), re.IGNORECASE)
    return [line for line in lines if known.search(line)]


def inspect_and_tell(world: World, parts: Path) -> set[str]:
    """Pictures are uploaded until somebody is told of one; the signatures of the URLs."""
    signatures = set()
    for number in range(12):
        data = a_part(parts, "anomaly", number)
        _, answer = announce(world, image(f"defect {number}", data))
        place = answer["uploads"][0]
        signatures.update(parse_qs(urlsplit(place["url"]).query)["X-Amz-Signature"])
        assert request("PUT", place["url"], data, place["headers"])[0] == 200
    until(lambda: world.tap.listen() or world.tap.told(), seconds=60, what="an alert")
    return signatures


def be_refused(world: World) -> None:
    """What is wrong with a request, and who may not make it."""
    ingest = world.stack.api_url("ingest")
    assert announce(world, image("x", b"") | {"contentType": "text/plain"})[0] == 400
    assert announce(world, image("x", b"") | {"token": world.token()})[0] == 400
    query = "cameraid=press-1-top&assemblylineid=press-1&imageid=x"
    for token in (GUESSED, world.token() + "x"):
        headers = {"Authorization": f"Bearer {token}", "authorizationToken": token}
        assert request("POST", f"{ingest}/uploads", b"{}", headers)[0] in {401, 403}
        assert request("GET", f"{ingest}/getsignedurl?{query}", headers=headers)[0] in {401, 403}


def sign_in_and_look(world: World) -> set[str]:
    """People ask model control and analytics; the keys and tokens that they had."""
    site = Site.at(world.stack.url)
    tokens = site.begin("admin", PASSWORD)["AuthenticationResult"]
    keys = site.keys(tokens["IdToken"])
    assert site.ask(keys, "GET", "/2020-11-20/projects").status == 200
    assert site.ask(keys, "GET", "/sightline/inspections/press-1-top/defect%200").status == 200
    assert site.ask(keys, "GET", "/queries", api="analytics").status == 200
    assert site.ask(keys, "POST", "/queries/nonsense", {}, api="analytics").status == 400
    with suppress(Exception):
        site.begin("admin", PASSWORD + "x")
    return {keys.secret_key, keys.token, *(tokens[name] for name in ("IdToken", "RefreshToken"))}


def fail_inside(world: World) -> None:
    """Errors that nobody foresaw: what they log is a stack trace."""
    site = Site.at(world.stack.url)
    keys = site.sign_in("admin", PASSWORD)
    for name in ("modelsTable", "camerasTable", "inspectionsTable", "controlTable"):
        world.stack.client("dynamodb").delete_table(TableName=world.stack.outputs[name])
    assert announce(world, image("after", b"123"))[0] in {401, 500, 503}
    assert site.ask(keys, "GET", "/2020-11-20/projects").status >= 500
    assert site.ask(keys, "GET", "/live", api="analytics").status >= 400


def break_every_function(world: World, secret: str) -> None:
    """Every function gets an event that makes no sense and holds a token and a signed URL."""
    url = f"https://images.example/a.jpg?X-Amz-Signature={secret}"
    event = {"authorizationToken": world.token(), "detail": {"url": url}, "Records": [{"url": url}]}
    functions = world.stack.client("lambda")
    for function in functions.list_functions()["Functions"]:
        with suppress(ClientError):
            functions.invoke(FunctionName=function["FunctionName"], Payload=json.dumps(event))


def test_nothing_that_lets_its_reader_in_is_logged(
    new_world: Callable[..., Iterator[World]],
    observed: Observed,
    parts: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level("INFO")
    with contextmanager(new_world)() as world:
        world.stack.add_people(PASSWORD)
        secrets = {world.token(), GUESSED, PASSWORD}
        secrets |= inspect_and_tell(world, parts)
        be_refused(world)
        secrets |= sign_in_and_look(world)
        assert world.stack.drain(60)
        break_every_function(world, "0123456789abcdef" * 4)
        fail_inside(world)
        kept = logged(world.stack.client("logs"))
    groups = {line.partition(": ")[0] for line in kept}
    for name in FUNCTIONS | SERVICES:
        assert any(name in group for group in groups), f"nothing of {name} was logged"
    assert any("Traceback" in line for line in kept)
    said = [*kept, *caplog.text.splitlines(), *"".join(capfd.readouterr()).splitlines()]
    assert leaks(said, secrets) == []
    assert leaks(observed.lines, ()) == [], "something was logged by another test's stack"


@pytest.mark.parametrize(
    "line",
    [
        json.dumps({"message": "calling", "url": "https://b.s3/k?X-Amz-Signature=00ff"}),
        "headers: {'authorization': 'x'}",
        "event: {'authorizationToken': 'x'}",
        "camera said token-of-a-camera",
        "known: slc.press-1-top.AbC",
    ],
)
def test_a_leak_would_be_found(line: str) -> None:
    assert leaks(["fine", line, "fine"], ["token-of-a-camera"]) == [line]


def test_what_is_needed_to_understand_an_error_is_no_leak() -> None:
    fine: list[Any] = [
        {"message": "refused", "code": "Unauthorized", "camera": "press-1-top"},
        {"message": "The authorizer could not ask the registry.", "location": "authenticate:12"},
    ]
    assert leaks(map(json.dumps, fine), ["token-of-a-camera"]) == []
