"""GET /images/{image_id}: the verdict of the camera's own picture."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from sightline.domain.inspections import Verdict
from tests.api import assert_canonical_error
from tests.examples import REF, recorded, reservation
from tests.integration.ingest.world import OTHER_TOKEN, TOKEN, World

PATH = f"/images/{quote(REF.image_id, safe='')}"


def test_before_the_upload_it_is_awaited(world: World) -> None:
    world.table.reserve(reservation())
    answer = world.get(PATH)
    assert answer.status == 200
    assert answer.json == {
        "imageId": "part 0001 größe",
        "state": "awaiting_upload",
        "capturedAt": "2026-03-14T12:00:05.250Z",
        "recordedAt": None,
        "verdict": None,
        "reason": None,
        "explanation": None,
        "confidence": None,
        "severity": None,
        "regions": [],
        "width": None,
        "height": None,
        "project": "castings",
        "modelVersion": None,
        "metadata": {"shift": "früh"},
    }


def test_afterwards_it_has_a_verdict(world: World) -> None:
    world.table.reserve(reservation())
    world.table.record(recorded())
    answer = world.get(PATH).json
    assert (answer["state"], answer["verdict"], answer["severity"]) == (
        "inspected",
        "anomalous",
        "high",
    )
    assert answer["confidence"] == 0.9378743361326908
    assert answer["recordedAt"] == "2026-03-14T12:00:05.250Z"
    assert answer["modelVersion"] == "1"
    region = {"x": 10, "y": 20, "width": 30, "height": 40}
    assert answer["regions"] == [{**region, "area": 0.0039, "score": 0.93, "label": None}]


def test_a_picture_that_could_not_be_inspected_says_why(world: World) -> None:
    world.table.record(
        recorded(
            verdict=Verdict.NOT_INSPECTED,
            reason="not_an_image",
            explanation="The file is not an image.",
            confidence=None,
            regions=(),
        )
    )
    answer = world.get(PATH).json
    assert answer["verdict"] == "not_inspected"
    assert answer["reason"] == "not_an_image"
    assert answer["explanation"] == "The file is not an image."
    assert answer["confidence"] is None


def test_another_cameras_picture_and_an_unknown_one_are_the_same_404(world: World) -> None:
    unknown = assert_canonical_error(world.get(PATH, token=OTHER_TOKEN), 404, "NotFound")
    world.table.reserve(reservation())
    world.table.record(recorded())
    theirs = assert_canonical_error(world.get(PATH, token=OTHER_TOKEN), 404, "NotFound")
    assert theirs == unknown


@pytest.mark.parametrize(
    "encoded", ["%00", "..", "a%2Fb", "press-1-top%23x", "%FF%FE%0A", "x" * 200]
)
def test_an_id_that_no_picture_can_have_is_refused(world: World, encoded: str) -> None:
    answer = world.get(f"/images/{encoded}")
    assert_canonical_error(answer, 400, "InvalidRequest")


def test_a_content_type_on_a_get_is_nobodys_business(world: World) -> None:
    world.table.reserve(reservation())
    answer = world.api.call(
        "GET",
        PATH,
        headers={"Authorization": f"Bearer {TOKEN}", "Content-Type": "image/jpeg"},
    )
    assert answer.status == 200
