"""What the pages of the site ask for, in their people's names: over HTTP, signed as they sign."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import urllib3

from sightline.domain import times
from sightline.domain.images import ImageRef
from tests.e2e.conftest import FACILITY, LINE, PROJECT, World
from tests.e2e.test_pipeline import a_part
from tests.e2e.waiting import until
from tests.sign_in import Keys, Site
from tests.site.training import train_project

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

CAMERA = "press-1-top"
OURS = f"/sightline/projects/{PROJECT}"
MODEL = f"/2020-11-20/projects/{PROJECT}/models/1"


@dataclass(frozen=True)
class Plant:
    """A world whose project is trained in model control, and what people ask there."""

    world: World
    site: Site
    keys: dict[str, Keys]
    parts: Path

    def ask(
        self, method: str, path: str, body: Any = None, *, who: str = "admin", api: str = "control"
    ) -> Any:
        """What a successful answer holds."""
        answer = self.site.ask(self.keys[who], method, path, body, api=api)
        assert answer.status < 300, answer
        return answer.content

    def status(self, wanted: str) -> None:
        """Wait until the model has this status."""

        def look() -> bool:
            model = self.ask("GET", MODEL)["ModelDescription"]
            assert "FAILED" not in model["Status"], model["StatusMessage"]
            return bool(model["Status"] == wanted)

        until(look, seconds=120, what=wanted)

    def invoke(self, function: str, event: Any = None) -> Any:
        """What one of the functions answers, as whatever wakes it calls it."""
        client = self.world.stack.client("lambda")
        (name,) = [
            found["FunctionName"]
            for found in client.list_functions()["Functions"]
            if found["FunctionName"].startswith(f"{function}-")
        ]
        answer = client.invoke(FunctionName=name, Payload=json.dumps(event or {}))
        assert "FunctionError" not in answer, answer
        return json.loads(answer["Payload"].read())


@pytest.fixture(scope="module")
def plant(
    new_world: Callable[..., Iterator[World]],
    parts: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Plant]:
    for world in new_world():
        site, passwords = Site.at(world.stack.url), world.stack.add_people()
        keys = {name: site.sign_in(name, password) for name, password in passwords.items()}
        train_project(world.stack, PROJECT, tmp_path_factory.mktemp(PROJECT))
        made = Plant(world, site, keys, parts)
        made.ask("POST", f"{MODEL}/start", {"MinInferenceUnits": 1, "MaxInferenceUnits": 2})
        made.status("HOSTED")
        yield made


@pytest.fixture(scope="module")
def inspected(plant: Plant) -> list[str]:
    """Images of defects that have their verdict, one of them of yesterday."""
    camera, now = plant.world.camera(), datetime.now(UTC)
    for number in range(4):
        captured = now - timedelta(days=number == 3)
        camera.upload(a_part(plant.parts, "anomaly", number), f"defect {number}", captured)
    found = [plant.world.recorded(f"{CAMERA}#defect {number}") for number in range(4)]
    return [row.image.partition("#")[2] for row in found if row.severity != "none"]


def picture(url: str) -> bytes:
    """What is behind a signed URL."""
    answer = urllib3.request("GET", url, timeout=30)
    assert answer.status == 200, answer.data
    return answer.data


def test_a_line_and_a_camera_show_their_day_with_pictures(
    plant: Plant, inspected: list[str]
) -> None:
    assert inspected
    for query in (f"facility={FACILITY}&line={LINE}", f"camera={CAMERA}"):
        day = plant.ask("GET", f"/sightline/inspections?{query}", who="viewer")["Inspections"]
        assert {found["CameraId"] for found in day} == {CAMERA}
    shown = plant.ask("GET", f"/sightline/inspections/{CAMERA}/{inspected[0].replace(' ', '%20')}")
    found = shown["Inspection"]
    assert picture(found["PictureUrl"]).startswith(b"\xff\xd8")
    assert picture(found["MapUrl"]).startswith(b"\x89PNG")
    lines = plant.ask("GET", "/sightline/lines", who="viewer")["Lines"]
    assert [line["Line"] for line in lines] == [LINE]


def test_a_review_bears_a_name_and_becomes_a_lesson(plant: Plant, inspected: list[str]) -> None:
    waiting = plant.ask("GET", f"/sightline/review?project={PROJECT}")["Inspections"]
    assert inspected[0] in {found["ImageId"] for found in waiting}
    path = f"/sightline/inspections/{CAMERA}/{inspected[0].replace(' ', '%20')}/review"
    said = plant.ask("POST", path, {"Verdict": "anomalous"}, who="operator")
    assert said["Inspection"]["Review"]["By"] == "operator"
    lesson = {"CameraId": CAMERA, "ImageId": inspected[0]}
    before = learned(plant)
    plant.ask("POST", f"{OURS}/feedback", {"DatasetType": "train", "Inspections": [lesson]})
    until(lambda: learned(plant) == before + 1, seconds=60, what="the lesson")
    pictures = plant.ask("GET", f"{OURS}/datasets/train/pictures?limit=1")["Pictures"]
    assert picture(pictures[0]["PictureUrl"])
    found = tried(plant, {"DatasetType": "train"})
    (mine,) = [one for one in found if one["SourceRef"].endswith(f"/{inspected[0]}.jpg")]
    assert (mine["Label"], set(mine["Results"])) == ("anomaly", {"1"})


def test_a_model_is_asked_about_the_very_picture_that_a_camera_sent(
    plant: Plant, inspected: list[str]
) -> None:
    recorded = plant.world.inspections.recorded(ImageRef(CAMERA, inspected[0]))
    assert recorded is not None
    sent = recorded.inspection
    place = {"Bucket": sent.bucket, "Key": sent.key, "VersionId": sent.version_id}
    said = plant.ask("POST", f"{OURS}/models/1/detect", {"S3Object": place}, who="operator")
    assert isinstance(said["DetectAnomalyResult"]["IsAnomalous"], bool)


def learned(plant: Plant) -> int:
    """How many pictures the dataset has."""
    found = plant.ask("GET", f"/2020-11-20/projects/{PROJECT}/datasets/train")
    return int(found["DatasetDescription"]["ImageStats"]["Total"])


def test_cameras_are_registered_changed_given_a_token_and_revoked(plant: Plant) -> None:
    place = {"Line": "press-2", "Facility": FACILITY, "Project": PROJECT}
    made = plant.ask("POST", "/sightline/cameras", {"CameraId": "press-2-top", **place})
    renewed = plant.ask("POST", "/sightline/cameras/press-2-top/token")
    assert made["Token"] != renewed["Token"]
    plant.ask("PATCH", "/sightline/cameras/press-2-top", {"Name": "From above"})
    assert plant.ask("GET", "/sightline/cameras/press-2-top")["Camera"]["Name"] == "From above"
    plant.ask("DELETE", "/sightline/cameras/press-2-top")
    cameras = plant.ask("GET", "/sightline/cameras")["Cameras"]
    assert {c["CameraId"]: bool(c["RevokedAt"]) for c in cameras}["press-2-top"] is True


def test_who_is_told_is_seen_and_changed(plant: Plant) -> None:
    asked = {"Protocol": "sms", "Endpoint": "+4915112345678", "Lines": [LINE]}
    made = plant.ask("POST", "/sightline/alerts", asked)["Subscription"]["SubscriptionId"]
    found = plant.ask("GET", "/sightline/alerts", who="operator")["Subscriptions"]
    assert made in {one["SubscriptionId"] for one in found}
    plant.ask("DELETE", f"/sightline/alerts/{made}")
    found = plant.ask("GET", "/sightline/alerts")["Subscriptions"]
    assert made not in {one["SubscriptionId"] for one in found}


def test_pictures_from_disk_are_tried_on_a_model(plant: Plant) -> None:
    parts = [a_part(plant.parts, kind) for kind in ("normal", "anomaly")]
    files = [
        {"Name": f"{number}.jpg", "ContentType": "image/jpeg", "Size": len(data)}
        for number, data in enumerate(parts)
    ]
    places = plant.ask("POST", f"{OURS}/uploads", {"Files": files}, who="operator")
    for place, data in zip(places["Uploads"], parts, strict=True):
        sent = urllib3.request("PUT", place["Url"], body=data, headers=place["Headers"], timeout=30)
        assert sent.status == 200, sent.data
    pictures = tried(plant, {"Images": places["Images"]})
    assert [set(found["Results"]) for found in pictures] == [{"1"}, {"1"}]
    assert picture(pictures[0]["PictureUrl"]) in parts


def tried(plant: Plant, what: Any) -> list[Any]:
    """The pictures of a trial of version 1, which is gone by then."""
    asked = {"ModelVersions": ["1"], **what}
    trial = plant.ask("POST", f"{OURS}/trials", asked, who="operator")["Trial"]["TrialName"]

    def complete() -> Any:
        found = plant.ask("GET", f"{OURS}/trials/{trial}?limit=200")
        assert found["Trial"]["Status"] != "FAILED", found["Trial"]["StatusMessage"]
        return found if found["Trial"]["Status"] == "COMPLETE" else None

    pictures: list[Any] = until(complete, seconds=120, what="the trial")["Images"]
    plant.ask("DELETE", f"{OURS}/trials/{trial}")
    return pictures


def test_what_is_known_of_a_model_is_shown(plant: Plant) -> None:
    [project] = plant.ask("GET", "/sightline/models", who="viewer")["Projects"]
    assert (project["ProjectName"], project["Serving"]) == (PROJECT, "1")
    for path in ("evaluation", "evaluation/pictures?low=0&high=1000", "host"):
        assert plant.ask("GET", f"{OURS}/models/1/{path}", who="viewer")


def test_people_move_the_threshold_of_a_running_model(plant: Plant) -> None:
    plant.ask("PUT", f"{OURS}/models/1/threshold", {"Threshold": 0.25})
    plant.world.camera().upload(a_part(plant.parts), image_id="decided by people")
    plant.world.recorded(f"{CAMERA}#decided by people")
    shown = plant.ask("GET", f"/sightline/inspections/{CAMERA}/decided%20by%20people")
    assert shown["Inspection"]["Threshold"] == 0.25


def test_the_lake_is_asked_and_a_day_downloaded(
    plant: Plant, inspected: list[str], tmp_path: Path
) -> None:
    plant.world.stack.write_lake(tmp_path)
    begin, end = datetime.now(UTC) - timedelta(days=2), datetime.now(UTC) + timedelta(minutes=1)
    given = {"from": times.to_wire(begin), "to": times.to_wire(end)}
    asked = {"parameters": given, "wait": 20}
    run = plant.ask("POST", "/queries/totals", asked, who="viewer", api="analytics")
    assert run["state"] == "succeeded", run
    assert run["rows"][0]["images"] >= 4
    day = f"/days/{datetime.now(UTC):%Y-%m-%d}?wait=20"
    files = plant.ask("GET", day, who="viewer", api="analytics")["files"]
    assert b"defect" in b"".join(picture(file["url"]) for file in files)
    assert plant.ask("GET", "/live", who="viewer", api="analytics")["results"]


def test_people_are_told_of_yesterday_once(
    plant: Plant, inspected: list[str], tmp_path: Path
) -> None:
    plant.world.stack.write_lake(tmp_path)
    told = [plant.invoke("daily") for _ in range(2)]
    assert told[1] == {"sent": False}
    until(
        lambda: any(LINE in mail.text for mail in plant.world.stack.mailbox.messages()),
        seconds=20,
        what="the daily mail",
    )


def test_silent_cameras_are_looked_for(plant: Plant) -> None:
    assert plant.invoke("silence") is not None


def test_a_model_gives_its_instances_back_when_it_stops(plant: Plant) -> None:
    plant.ask("POST", f"{MODEL}/stop", {}, who="operator")
    plant.status("TRAINED")
