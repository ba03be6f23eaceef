"""GET /getsignedurl: the contract of cameras made for the AWS sample, byte for byte."""

from __future__ import annotations

import pytest

from tests.api import assert_canonical_error
from tests.integration.ingest.world import CAMERA, OTHER_TOKEN, TOKEN, World

QUERY = "cameraid=press-1-top&assemblylineid=press-1&imageid=part-1.jpg"
KEY = "images/leipzig/press-1/press-1-top/2026/03/14/part-1.jpg"


def test_the_answer_is_the_samples(world: World) -> None:
    answer = world.get_legacy(QUERY)
    assert answer.status == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json == {
        "uploadURL": f"https://images.example/{KEY}?signed&expires=300",
        "photoFilename": "part-1.jpg",
    }


def test_asking_again_gives_the_same_place(world: World) -> None:
    assert world.get_legacy(QUERY).json == world.get_legacy(QUERY).json
    assert len(world.table.reservations) == 1


def test_the_file_name_may_be_encoded_and_comes_back_as_given(world: World) -> None:
    query = "cameraid=press-1-top&assemblylineid=press-1&imageid=Gr%C3%B6%C3%9Fe+1%2B.JPG"
    answer = world.get_legacy(query).json
    assert answer["photoFilename"] == "Größe 1+.JPG"
    assert answer["uploadURL"].startswith("https://images.example/images/leipzig/press-1/")
    assert world.get("/images/Gr%C3%B6%C3%9Fe%201%2B").json["state"] == "awaiting_upload"


@pytest.mark.parametrize("sent", ["image/jpeg", "text/plain", "application/json"])
def test_a_content_type_that_such_cameras_send_with_the_get_is_harmless(
    world: World, sent: str
) -> None:
    assert world.get_legacy(QUERY, **{"Content-Type": sent, "Accept": "*/*"}).status == 200


def test_parameters_that_we_do_not_know_are_ignored(world: World) -> None:
    assert world.get_legacy(QUERY + "&t=1767225600&t=2").status == 200


@pytest.mark.parametrize(
    "query",
    [
        "cameraid=press-2-top&assemblylineid=press-1&imageid=a.jpg",
        "cameraid=press-1-top&assemblylineid=press-2&imageid=a.jpg",
        "cameraid=PRESS-1-TOP&assemblylineid=press-1&imageid=a.jpg",
    ],
)
def test_a_camera_acts_only_as_itself_on_its_own_line(world: World, query: str) -> None:
    answer = world.get_legacy(query)
    assert_canonical_error(answer, 403, "Forbidden")
    assert answer.headers["Access-Control-Allow-Origin"] == "*", "browsers may read why"
    assert not world.table.reservations
    assert world.registry.items[CAMERA.camera_id] == CAMERA


def test_the_token_decides_not_the_query(world: World) -> None:
    assert_canonical_error(world.get_legacy(QUERY, token=OTHER_TOKEN), 403, "Forbidden")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", "cameraid: is required; assemblylineid: is required; imageid: is required"),
        ("cameraid=press-1-top&assemblylineid=press-1", "imageid: is required"),
        ("cameraid=press-1-top&assemblylineid=press-1&imageid=", "imageid: "),
        (QUERY + "&imageid=b.jpg", "Query parameter imageid is given 2 times."),
        ("cameraid=press-1-top&assemblylineid=press-1&imageid=..%2Fa.jpg", "Image id '../a'"),
        ("cameraid=press-1-top&assemblylineid=press-1&imageid=.jpg", "Image id must have"),
    ],
)
def test_a_wrong_query_is_refused_with_the_parameter_named(
    world: World, query: str, words: str
) -> None:
    message = assert_canonical_error(world.get_legacy(query), 400, "InvalidRequest")
    assert message.startswith(words)
    assert not world.table.reservations


@pytest.mark.parametrize("token", ["", "allow", "slc.press-1-top.wrong", f"{TOKEN}x"])
def test_the_samples_password_opens_nothing(world: World, token: str) -> None:
    assert_canonical_error(world.get_legacy(QUERY, token=token), 401, "Unauthorized")
    assert not world.table.reservations


def test_the_token_belongs_in_the_samples_header(world: World) -> None:
    answer = world.get_legacy(QUERY, token="", Authorization=f"Bearer {TOKEN}")
    assert_canonical_error(answer, 401, "Unauthorized")


def test_browsers_may_send_the_samples_header(world: World) -> None:
    route = world.api.app.routes["/getsignedurl"]["GET"]
    allowed = route.cors.get_access_control_headers()["Access-Control-Allow-Headers"]
    assert "authorizationToken" in allowed.split(",")
