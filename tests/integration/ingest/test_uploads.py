"""POST /uploads: what cameras and their SDK rely on."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from chalice.app import AuthResponse

from sightline.domain import cameras
from tests.api import assert_canonical_error
from tests.examples import NOON, recorded, reservation
from tests.integration.ingest.world import CAMERA, OTHER_TOKEN, TOKEN, World, image, service


def test_one_picture_gets_a_place_and_a_signed_url(world: World) -> None:
    answer = world.post(image(metadata={"shift": "früh"}))
    key = "images/leipzig/press-1/press-1-top/2026/03/14/part-1.jpg"
    assert answer.status == 200
    assert answer.json == {
        "uploads": [
            {
                "imageId": "part-1",
                "key": key,
                "method": "PUT",
                "url": f"https://images.example/{key}?signed",
                "headers": {"Content-Type": "image/jpeg", "If-None-Match": "*"},
                "expiresAt": "2026-03-14T12:05:05.250Z",
                "state": "awaiting_upload",
            }
        ]
    }
    (stored,) = world.table.reservations.values()
    assert stored.metadata == {"shift": "früh"}
    assert world.registry.items[CAMERA.camera_id].last_seen_at == NOON


def test_a_hundred_pictures_are_answered_in_order_and_quickly(world: World) -> None:
    asked = [image(f"part {n}") for n in range(100)]
    start = time.perf_counter()
    answer = world.post({"images": asked})
    assert time.perf_counter() - start < 2
    assert [one["imageId"] for one in answer.json["uploads"]] == [one["imageId"] for one in asked]


def test_asking_again_gives_the_same_place(world: World) -> None:
    first = world.post(image()).json["uploads"][0]
    again = world.post({"images": [image(capturedAt="2026-03-13T23:00:00+01:00")]})
    assert again.json["uploads"][0]["key"] == first["key"]


def test_what_was_inspected_says_so(world: World) -> None:
    world.table.reserve(reservation())
    world.table.record(recorded())
    answer = world.post(image(reservation().ref.image_id))
    assert answer.json["uploads"][0]["state"] == "inspected"


def test_a_camera_cannot_say_which_line_or_project_it_belongs_to(world: World) -> None:
    for member in ("line", "facility", "project", "cameraId", "key"):
        refused = world.post(image(**{member: "press-2"}))
        message = assert_canonical_error(refused, 400, "InvalidRequest")
        assert message == f"{member}: is not a known member"
    assert not world.table.reservations


def test_two_cameras_may_use_the_same_image_id(world: World) -> None:
    mine = world.post(image()).json["uploads"][0]["key"]
    theirs = world.post(image(), token=OTHER_TOKEN).json["uploads"][0]["key"]
    assert mine != theirs


@pytest.mark.parametrize("other", [{"size": 99}, {"contentType": "image/png"}])
def test_another_picture_under_the_same_id_is_a_conflict(
    world: World, other: dict[str, Any]
) -> None:
    world.post(image())
    message = assert_canonical_error(world.post(image(**other)), 409, "Conflict")
    assert message.startswith("Image 'part-1' was announced as image/jpeg of 1234 bytes before")


DAYS_AGO_31 = (NOON - timedelta(days=31)).isoformat()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "The body is not JSON"),
        (b"{", "The body is not JSON"),
        (b"\xff\xfe", "The body is not JSON"),
        (b'{"imageId": "\\ud800"}', "The body is not JSON"),
        (b"[" * 100_000, "The body is not JSON"),
        ([], "The body must be an object"),
        ("null", "The body must be an object"),
        ({}, "imageId: is required; contentType: is required; size: is required; capturedAt"),
        ({"images": []}, "images: must have at least 1 entries"),
        ({"images": {}}, "images: must be an array"),
        ({"images": [1]}, "images[0]: must be an object"),
        ({"images": [image(str(n)) for n in range(101)]}, "images: must have at most 100 entries"),
        ({"images": [image()], "more": 1}, "more: is not a known member"),
        ({"images": [image("a"), image("b"), image("a")]}, "imageId 'a' is given more than once."),
        ({"images": [*map(image, "abc"), image("d", size=0)]}, "images[3].size: must be at least"),
        (image(size="1234"), "size: must be a whole number"),
        (image(size=12.0), "size: must be a whole number"),
        (image(size=True), "size: must be a whole number"),
        (image(size=None), "size: must be a whole number"),
        (image(contentType="text/html"), "contentType: must be 'image/jpeg', 'image/png'"),
        (image("../../etc"), "imageId: Image id '../../etc' contains '/'"),
        (image(" a"), "imageId: Image id ' a' may not begin or end with a space"),
        (image(""), "imageId: Image id must have 1 to 128 characters, not 0"),
        (image("x" * 129), "imageId: Image id must have 1 to 128 characters, not 129"),
        (image("a\u0000b"), "imageId: Image id 'a\\x00b' contains"),
        (image(7), "imageId: must be a string"),
        (image(capturedAt="yesterday"), "capturedAt: 'yesterday' is not an ISO 8601 time."),
        (image(capturedAt="2026-03-14T12:00:00"), "capturedAt: '2026-03-14T12:00:00' has no time"),
        (image(capturedAt=1773489600), "capturedAt: must be a string"),
        (image(capturedAt="2026-03-16T12:00:00Z"), "Image 'part-1': capturedAt 2026-03-16T12"),
        (image(capturedAt=DAYS_AGO_31), "Image 'part-1': capturedAt 2026-02-11T12:00:05.250Z is"),
        (image(metadata=None), "metadata: must be an object"),
        (image(metadata={"a": 1}), "metadata.a: must be a string"),
        (image(metadata={"A": "x"}), "metadata: Metadata key 'A' must be"),
        (image(metadata={str(n): "x" for n in range(11)}), "metadata: Metadata has 11 keys"),
        (image(metadata={"a": "x" * 257}), "metadata: Metadata 'a' is longer than 256"),
        (image(**{"\nnot a name": 1}), "'\\nnot a name': is not a known member"),
    ],
)
def test_a_wrong_body_is_refused_with_the_member_named(world: World, body: Any, words: str) -> None:
    before = world.state()
    message = assert_canonical_error(world.post(body), 400, "InvalidRequest")
    assert message.startswith(words)
    assert world.state() == before


def test_many_problems_are_not_all_listed(world: World) -> None:
    answer = world.post({"images": [{}] * 100})
    assert assert_canonical_error(answer, 400, "InvalidRequest").endswith("; and 395 more")


@pytest.mark.parametrize(
    "body",
    [image(size=10_000_001), image(size=10**30), b'{"imageId": "' + b"x" * 1024 * 1024 + b'"}'],
)
def test_what_is_too_large_is_refused_as_such(world: World, body: Any) -> None:
    before = world.state()
    assert "limit" in assert_canonical_error(world.post(body), 413, "TooLarge")
    assert world.state() == before


@pytest.mark.parametrize("sent", ["text/plain", "image/jpeg", "*/*", "text/html, application/json"])
def test_a_body_that_is_not_announced_as_json_is_refused(world: World, sent: str) -> None:
    before = world.state()
    answer = world.post(image(), **{"Content-Type": sent})
    assert_canonical_error(answer, 415, "UnsupportedMediaType")
    assert world.state() == before


@pytest.mark.parametrize("sent", ["application/json", "application/json; charset=utf-8"])
def test_json_may_name_its_character_set(world: World, sent: str) -> None:
    assert world.post(image(), **{"Content-Type": sent}).status == 200


@pytest.mark.parametrize("path", ["/uploads", "/images/part-1", "/getsignedurl"])
def test_a_revoked_camera_is_refused_while_the_gateway_still_believes_it(
    world: World, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.post(image())
    for authorizer in (service.camera, service.legacy_camera):
        monkeypatch.setattr(authorizer, "func", lambda _: AuthResponse([path], CAMERA.camera_id))
    world.registry.items[CAMERA.camera_id] = replace(CAMERA, revoked_at=NOON)
    before = world.state()
    answer = world.api.call(
        "POST" if path == "/uploads" else "GET",
        path,
        body=image("part-2"),
        headers={"Authorization": f"Bearer {TOKEN}", "authorizationToken": TOKEN},
    )
    message = assert_canonical_error(answer, 401, "Unauthorized")
    assert message.startswith("This is not the token of a registered camera")
    assert world.state() == before


def test_a_replaced_token_is_void_while_the_gateway_still_believes_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    allowed = AuthResponse(["/uploads"], CAMERA.camera_id)
    monkeypatch.setattr(service.camera, "func", lambda _: allowed)
    world.registry.items[CAMERA.camera_id], fresh = cameras.rotate(CAMERA)
    assert_canonical_error(world.post(image()), 401, "Unauthorized")
    assert world.post(image(), token=fresh).status == 200
