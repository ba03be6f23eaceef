"""A camera's picture becomes a verdict, an alert and a row: over HTTP, as a camera would."""

from __future__ import annotations

import http.client
import io
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
from PIL import Image

from sightline.domain import times
from sightline.domain.errors import ForbiddenError, UnauthorizedError
from sightline.domain.images import ImageRef
from sightline.domain.models import HostingStatus
from sightline.vision.artifact import Detector
from tests.e2e.conftest import LINE, World
from tests.e2e.waiting import until


def request(
    method: str, url: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> tuple[int, bytes]:
    """One bare HTTP request, with these headers and no others."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    connection.request(method, path, body, headers or {})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, content


def announce(world: World, image: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    status, body = request(
        "POST",
        world.stack.api_url("ingest") + "/uploads",
        json.dumps(image).encode(),
        {"Authorization": f"Bearer {world.token()}", "Content-Type": "application/json"},
    )
    return status, json.loads(body)


def image(image_id: str, data: bytes, content_type: str = "image/jpeg") -> dict[str, Any]:
    return {
        "imageId": image_id,
        "contentType": content_type,
        "size": len(data),
        "capturedAt": times.to_wire(times.now()),
    }


def traces(world: World) -> tuple[set[str], int]:
    """All that could have been left behind, once nothing is under way."""
    assert world.stack.drain(60)
    return world.objects(), len(world.rows())


def a_part(parts: Path, kind: str = "normal", number: int = 0) -> bytes:
    return sorted((parts / "test" / kind).iterdir())[number].read_bytes()


def test_a_defect_is_found_recorded_and_told_of(world: World, parts: Path) -> None:
    camera = world.camera()
    for number in range(12):
        camera.upload(a_part(parts, "anomaly", number), image_id=f"defect {number}", batch="A 7")
    found = [world.recorded(f"press-1-top#defect {number}") for number in range(12)]
    told = [row for row in found if row.severity != "none"]
    assert told, "not one of twelve defects was worth an alert"
    first = told[0].image
    until(lambda: world.tap.listen() or world.tap.told()[first], seconds=30, what="its alert")
    single = next(m for m in world.tap.messages if m["type"] == "inspection")
    assert single["line"] == LINE
    assert single["metadata"] == {"batch": "A 7"}
    assert single["s3"]["mapKey"] in world.objects()
    assert camera.verdict(first.partition("#")[2]).verdict == told[0].verdict


def test_the_pipeline_scores_as_the_artifact_does(
    world: World, parts: Path, artifact: Path
) -> None:
    picture = a_part(parts, "anomaly", 3)
    world.camera().upload(picture, image_id="parity")
    world.recorded("press-1-top#parity")
    found = world.inspections.recorded(ImageRef("press-1-top", "parity"))
    assert found is not None
    alone = Detector.load(artifact).detect(picture)
    assert found.inspection.score == pytest.approx(alone.score, abs=1e-5)
    assert found.inspection.confidence == pytest.approx(alone.confidence, abs=1e-5)


def test_people_get_a_mail_that_they_can_act_on(world: World) -> None:
    mail = until(world.stack.mailbox.messages, seconds=30, what="mail")[0]
    text = mail.text
    assert LINE in mail.subject
    assert "confidence" in text or "Severity" in text
    link = urlsplit(re.findall(r"http\S+", text)[0])
    assert f"{link.scheme}://{link.netloc}" == world.stack.url.rstrip("/")
    assert link.path == "/inspection.html"
    [camera], [image] = (parse_qs(link.query)[name] for name in ("camera", "image"))
    assert f"{camera}#{image}" in {row.image for row in world.rows()}


@pytest.mark.parametrize("image_id", ["größe 12,5 µm", "a+b%20c&d", "部品 0001", "100%"])
def test_any_image_id_comes_through(world: World, parts: Path, image_id: str) -> None:
    world.camera().upload(a_part(parts), image_id=image_id)
    assert world.recorded(f"press-1-top#{image_id}").verdict in {"normal", "anomalous"}


def test_sending_the_same_picture_again_changes_nothing(world: World, parts: Path) -> None:
    camera = world.camera()
    first = camera.upload(a_part(parts), image_id="twice")
    world.recorded("press-1-top#twice")
    again = camera.upload(a_part(parts), image_id="twice")
    assert (first.state, again.state) == ("uploaded", "already_there")
    assert sum(row.image == "press-1-top#twice" for row in world.rows()) == 1


def test_the_contract_of_the_samples_cameras(world: World, parts: Path) -> None:
    """GET with query parameters and `authorizationToken`, then PUT with a content type alone."""
    query = urlencode({"cameraid": "press-1-top", "assemblylineid": LINE, "imageid": "cast_1.jpeg"})
    status, body = request(
        "GET",
        f"{world.stack.api_url('ingest')}/getsignedurl?{query}",
        headers={"authorizationToken": world.token()},
    )
    assert status == 200, body
    answer = json.loads(body)
    assert answer.keys() == {"uploadURL", "photoFilename"}
    assert answer["photoFilename"] == "cast_1.jpeg"
    status, body = request(
        "PUT", answer["uploadURL"], a_part(parts), {"Content-Type": "image/jpeg"}
    )
    assert status == 200, body
    assert world.recorded("press-1-top#cast_1").verdict in {"normal", "anomalous"}


def test_a_sample_camera_without_the_token_gets_nothing(world: World) -> None:
    before = traces(world)
    query = urlencode({"cameraid": "press-1-top", "assemblylineid": LINE, "imageid": "x"})
    url = f"{world.stack.api_url('ingest')}/getsignedurl?{query}"
    for headers in ({}, {"authorizationToken": "allow"}):
        status, body = request("GET", url, headers=headers)
        assert status in {401, 403}, body
        assert "error" in json.loads(body)
    assert traces(world) == before


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"<html>not a picture</html>", "not_an_image"),
        (b"\xff\xd8\xff\xe0 almost a JPEG", "truncated"),
    ],
)
def test_a_picture_that_is_none_gets_a_record_that_says_so(
    world: World, data: bytes, reason: str
) -> None:
    name = f"{reason} {len(data)}"
    _, answer = announce(world, image(name, data))
    place = answer["uploads"][0]
    status, _ = request("PUT", place["url"], data, place["headers"])
    assert status == 200
    found = world.recorded(f"press-1-top#{name}")
    assert (found.verdict, found.reason) == ("not_inspected", reason)


def test_a_picture_of_a_wrong_size_gets_a_record_that_says_so(world: World) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (32, 32)).save(buffer, "PNG")
    world.camera().upload(buffer.getvalue(), image_id="tiny")
    found = world.recorded("press-1-top#tiny")
    assert (found.verdict, found.reason) == ("not_inspected", "too_small")


def test_an_upload_that_lies_is_refused_by_its_signature(world: World, parts: Path) -> None:
    data = a_part(parts)
    _, answer = announce(world, image("liar", data))
    place = answer["uploads"][0]
    before = world.objects()
    lies: list[tuple[str, bytes, dict[str, str]]] = [
        (place["url"], data + b"more", {}),
        (place["url"], data[:-1], {}),
        (place["url"], data, {"Content-Type": "text/html"}),
        (place["url"], data, {"x-amz-meta-camera": "another"}),
        (place["url"].replace("liar", "other"), data, {}),
        (place["url"].replace("X-Amz-Expires=300", "X-Amz-Expires=3000"), data, {}),
    ]
    for url, body, changed in lies:
        status, _ = request("PUT", url, body, {**place["headers"], **changed})
        assert status in {400, 403}, (url, changed)
    assert world.objects() == before
    status, _ = request("PUT", place["url"], data, place["headers"])
    assert status == 200
    status, _ = request("PUT", place["url"], data, place["headers"])
    assert status == 412, "a signed URL overwrote its own picture"


@pytest.mark.parametrize(
    ("path", "headers", "body"),
    [
        ("/uploads", {}, b"{}"),
        ("/uploads", {"Authorization": "Bearer slc.press-1-top.guess"}, b"{}"),
        ("/uploads", {"Authorization": "Bearer slc.nobody.guess"}, b"{}"),
        ("/uploads", {"Authorization": "\x7f"}, b"{}"),
    ],
)
def test_strangers_get_a_clear_refusal_and_leave_no_trace(
    world: World, path: str, headers: dict[str, str], body: bytes
) -> None:
    before = traces(world)
    status, answer = request("POST", world.stack.api_url("ingest") + path, body, headers)
    assert status in {401, 403}
    assert json.loads(answer)["error"]["message"]
    assert traces(world) == before


def test_malformed_requests_are_refused_by_name(world: World) -> None:
    for wrong, name in [
        ({"imageId": "x"}, "contentType"),
        ({**image("x", b"123"), "size": -1}, "size"),
        ({**image("x", b"123"), "imageId": "../../etc"}, "etc"),
        ({**image("x", b"123"), "colour": "red"}, "colour"),
        ({**image("x", b"123"), "capturedAt": "yesterday"}, "capturedAt"),
    ]:
        status, answer = announce(world, wrong)
        assert status == 400
        assert name in answer["error"]["message"]


def test_a_camera_sees_only_its_own_pictures(world: World, parts: Path) -> None:
    world.camera().upload(a_part(parts), image_id="mine")
    other = world.token("press-1-side")
    status, _ = request(
        "GET",
        f"{world.stack.api_url('ingest')}/images/{quote('mine')}",
        headers={"Authorization": f"Bearer {other}"},
    )
    assert status == 404


def test_a_revoked_camera_is_refused_at_once(world: World, parts: Path) -> None:
    camera = world.camera("press-1-lost")
    camera.upload(a_part(parts), image_id="before")
    world.registry.change("press-1-lost", {"revoked_at": times.now()})
    with pytest.raises((UnauthorizedError, ForbiddenError)):
        camera.upload(a_part(parts), image_id="after")


def test_while_no_model_runs_pictures_are_recorded_as_not_inspected(
    world: World, parts: Path
) -> None:
    world.serve(HostingStatus.TRAINED)
    try:
        world.camera().upload(a_part(parts), image_id="nobody looks")
        found = world.recorded("press-1-top#nobody looks")
        assert (found.verdict, found.reason) == ("not_inspected", "no_model")
        known = world.inspections.recorded(ImageRef("press-1-top", "nobody looks"))
        assert known is not None
        assert "start one" in (known.inspection.explanation or "")
    finally:
        world.serve(HostingStatus.HOSTED)
