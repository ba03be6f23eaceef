"""Whatever is wrong, the answer is the one error body, and nothing is stored or logged of it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sightline.adapters.memory import MemoryCameraRegistry, MemoryInspectionTable
from sightline.domain.errors import UnavailableError
from tests.api import assert_canonical_error
from tests.examples import NOON
from tests.integration.ingest.world import CAMERA, TOKEN, World, image, service

SECRET = TOKEN.rpartition(".")[2]
ARN = "arn:aws:execute-api:eu-west-1:123456789012:abc/v1/POST/uploads"


@pytest.mark.parametrize(
    "token", ["", "x", "allow", "slc.press-1-top.wrong", "slc.unknown.x", "slc.press-1-top.\xff"]
)
def test_without_a_cameras_token_nothing_is_given(world: World, token: str) -> None:
    before = world.state()
    for answer in (world.post(image(), token=token), world.get("/images/a", token=token)):
        assert_canonical_error(answer, 401, "Unauthorized")
    assert world.state() == before


@pytest.mark.parametrize(("method", "path"), [("GET", "/"), ("POST", "/upload"), ("GET", "/a/b")])
def test_an_unknown_route_is_not_found(world: World, method: str, path: str) -> None:
    assert_canonical_error(world.api.call(method, path), 404, "NotFound")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_a_method_that_a_route_does_not_have_is_not_allowed(world: World, method: str) -> None:
    answer = world.api.call(method, "/uploads")
    assert_canonical_error(answer, 405, "MethodNotAllowed")
    assert answer.headers["Allow"] == "POST"


def test_health_is_public_and_touches_nothing(world: World) -> None:
    service.use(lambda: 1 / 0)
    answer = world.api.call("GET", "/health", headers={"Accept": "text/html"})
    assert answer.status == 200
    assert answer.json == {"status": "ok", "version": service.sightline.__version__}


class Broken(MemoryInspectionTable):
    """A table that fails as it is told."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def reserve(self, reservation: Any) -> Any:
        raise self.error

    reservation = recorded = reserve


def test_what_may_pass_is_a_503_to_be_tried_again() -> None:
    world = World(table=Broken(UnavailableError("Reserving: throttled")))
    answer = world.post(image())
    assert_canonical_error(answer, 503, "Unavailable")
    assert answer.headers["Retry-After"] == "1"


def test_what_nobody_planned_is_logged_with_the_request_id_and_not_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = World(table=Broken(ZeroDivisionError("the secret of the house")))
    with caplog.at_level(logging.ERROR, logger="sightline-ingest"):
        answers = [world.post(image()), world.get("/images/a")]
    for answer in answers:
        message = assert_canonical_error(answer, 500, "InternalError")
        assert "secret" not in message
        assert answer.json["error"]["requestId"] in caplog.text
    assert "ZeroDivisionError: the secret of the house" in caplog.text


def test_debug_which_would_tell_stack_traces_is_off(world: World) -> None:
    assert world.api.app.debug is False


def test_a_token_is_never_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    world = World(table=Broken(ZeroDivisionError("boom")))
    world.post(image())
    world.post(b"{", token=TOKEN + "x")
    world.get_legacy("cameraid=a", token=TOKEN)
    world.registry.get = _unavailable  # type: ignore[method-assign]
    world.post(image(), token="slc.press-1-top.")
    assert SECRET not in caplog.text
    assert "press-1-top" not in caplog.text


def _unavailable(camera_id: str) -> Any:
    raise UnavailableError("the registry is away")


class TestAuthorizers:
    """What the gateway is told, as the gateway asks it."""

    @pytest.fixture(params=[service.camera, service.legacy_camera])
    def ask(self, request: pytest.FixtureRequest, world: World) -> Callable[[str], Any]:
        event = {"type": "TOKEN", "methodArn": ARN}
        return lambda token: request.param({**event, "authorizationToken": token}, {})

    def test_a_cameras_token_opens_its_routes_only(self, ask: Callable[[str], Any]) -> None:
        answer = ask(f"Bearer {TOKEN}")
        assert answer["principalId"] == CAMERA.camera_id
        (statement,) = answer["policyDocument"]["Statement"]
        assert statement["Effect"] == "Allow"
        base = "arn:aws:execute-api:eu-west-1:123456789012:abc/v1"
        routes = {arn.removeprefix(base) for arn in statement["Resource"]}
        assert routes in ({"/POST/uploads", "/GET/images/*"}, {"/GET/getsignedurl"})

    def test_the_answer_tells_nothing_of_the_camera_but_its_id(
        self, ask: Callable[[str], Any]
    ) -> None:
        answer = ask(TOKEN)
        assert answer["context"] == {}
        assert SECRET not in str(answer)
        assert CAMERA.token_hash not in str(answer)

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
    @given(token=st.one_of(st.text(max_size=80), st.text().map(lambda text: f"slc.{text}.{text}")))
    def test_everything_else_is_denied_and_raises_nothing(
        self, ask: Callable[[str], Any], token: str
    ) -> None:
        answer = ask(token)
        assert answer["principalId"] == "nobody"
        assert [s["Effect"] for s in answer["policyDocument"]["Statement"]] == ["Deny"]

    def test_revoked_wrong_and_unknown_are_denied_alike(
        self, world: World, ask: Callable[[str], Any]
    ) -> None:
        wrong, unknown = ask("slc.press-1-top.wrong"), ask("slc.press-9-top.wrong")
        world.registry.items[CAMERA.camera_id] = replace(CAMERA, revoked_at=NOON)
        assert ask(TOKEN) == wrong == unknown

    def test_a_registry_that_does_not_answer_is_no_refusal(
        self, world: World, ask: Callable[[str], Any]
    ) -> None:
        class Away(MemoryCameraRegistry):
            def get(self, camera_id: str) -> Any:
                raise UnavailableError("throttled")

        world.registry = Away()
        world.__post_init__()
        with pytest.raises(UnavailableError):
            ask(TOKEN)


def test_each_authorizer_has_its_header_and_is_believed_for_a_minute_at_most() -> None:
    ours, samples = service.camera.config, service.legacy_camera.config
    assert (ours.header, samples.header) == ("Authorization", "authorizationToken")
    assert ours.ttl_seconds == samples.ttl_seconds == 60
