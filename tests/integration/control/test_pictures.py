"""Pictures that people look at: those of a dataset, and any one with a version's heat map."""

from __future__ import annotations

import base64
from urllib.parse import quote

import pytest

from sightline.domain.errors import UnusableImageError
from sightline.workflow.control.ports import Found
from tests.control_api import ControlApi

CASTINGS = "/sightline/projects/castings"
TRAIN = CASTINGS + "/datasets/train/pictures"
PICTURE = "s3://pictures/normal/0.png"


def look(source: str, version: str = "1") -> str:
    return f"{CASTINGS}/models/{version}/look?source={quote(source, safe='')}"


def test_a_dataset_shows_its_pictures_page_by_page(api: ControlApi) -> None:
    api.prepare()
    found, cursor, pages = [], "", 0
    while cursor is not None:
        more = f"&cursor={quote(cursor, safe='')}" if cursor else ""
        answer = api.call("GET", f"{TRAIN}?limit=12{more}")
        assert answer.status == 200, answer
        found += answer.json["Pictures"]
        cursor, pages = answer.json["NextCursor"], pages + 1
    assert (len(found), pages) == (30, 3)
    assert found[0]["SourceRef"] == PICTURE
    assert found[0]["Label"] == "normal"
    assert found[0]["Masked"] is False
    assert found[0]["PictureUrl"].startswith("https://pictures.example/normal/0.png")
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(("label", "count"), [("normal", 20), ("anomaly", 10), ("none", 0)])
def test_pictures_of_one_label_can_be_asked_for(api: ControlApi, label: str, count: int) -> None:
    api.prepare()
    found = api.call("GET", f"{TRAIN}?limit=100&label={label}").json["Pictures"]
    assert len(found) == count
    assert all(picture["Label"] == label for picture in found)


def test_a_project_without_the_dataset_says_so(api: ControlApi) -> None:
    api.prepare()
    answer = api.call("GET", CASTINGS + "/datasets/test/pictures")
    assert (answer.status, answer.json["ResourceType"]) == (404, "DATASET")


def test_a_version_that_does_not_run_shows_where_it_sees_defects(api: ControlApi) -> None:
    api.prepare()
    api.world.host.answer = Found(True, 0.9, heat_map=b"grey png")
    answer = api.call("GET", look(PICTURE))
    assert answer.status == 200, answer
    assert answer.json == {
        "SourceRef": PICTURE,
        "IsAnomalous": True,
        "Confidence": 0.9,
        "HeatMap": base64.b64encode(b"grey png").decode(),
    }


def test_a_version_without_heat_maps_still_has_a_verdict(api: ControlApi) -> None:
    api.prepare()
    assert api.call("GET", look(PICTURE)).json["HeatMap"] is None


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("s3://pictures/nowhere.png", "there is no object"),
        ("s3://pictures", "not of the form"),
        ("https://pictures/a.png", "not of the form"),
        ("s3://No/bucket.png", "source"),
    ],
)
def test_what_cannot_be_looked_at_is_named(api: ControlApi, source: str, words: str) -> None:
    api.prepare()
    answer = api.call("GET", look(source))
    assert (answer.status, answer.headers["x-amzn-errortype"]) == (400, "ValidationException")
    assert words in answer.json["Message"]


def test_a_broken_picture_is_a_refusal_with_its_reason(api: ControlApi) -> None:
    api.prepare()
    api.world.host.error = UnusableImageError("truncated", "The file is cut short.")
    answer = api.call("GET", look(PICTURE))
    assert answer.status == 400
    assert "cut short" in answer.json["Message"]


def test_a_version_that_still_trains_looks_at_nothing(api: ControlApi) -> None:
    api.world.project()
    api.world.model()
    assert api.call("GET", look(PICTURE)).status == 409


def test_what_a_training_takes_is_said_before_it_begins(api: ControlApi) -> None:
    api.prepare()
    found = api.call("GET", CASTINGS + "/training").json
    assert (found["Needed"]["Normal"], found["Needed"]["Anomaly"]) == (20, 10)
    assert found["MinutesMax"] == 15
    assert found["Costs"]["TrainingUsd"] == pytest.approx(0.18 / 4)
    assert found["Costs"]["PricesOf"] == "us-east-1, 2025"
    assert found["Results"] == {"Bucket": "models", "Prefix": "uploads/castings/"}


def test_only_a_project_can_be_trained(api: ControlApi) -> None:
    assert api.call("GET", CASTINGS + "/training").status == 404
