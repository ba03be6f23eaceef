"""What the console had and the API never did: trials, verified and learned from; images removed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from sightline.domain.errors import UnusableImageError
from sightline.domain.lookout.models import Model
from sightline.domain.lookout.records import S3Object
from sightline.domain.lookout.trials import Trial
from sightline.workflow.control.ports import BusyError, Change, ControlRegistry, Found
from tests.api import Answer
from tests.control_api import ControlApi
from tests.control_world import PICTURE

CASTINGS = "/sightline/projects/castings"
TRIALS = CASTINGS + "/trials"
NEW = {"Bucket": "pictures", "Prefix": "new/"}


class Opinionated:
    """Version 1 finds fault with everything, version 2 with `bad` alone."""

    def detect(
        self, model: Model, picture: bytes, source: S3Object | None, *, mapped: bool = False
    ) -> Found:
        assert source is not None
        if "broken" in source.key:
            raise UnusableImageError("truncated", "The file is cut short.")
        return Found(model.version == "1" or "bad" in source.key, 0.9)


@pytest.fixture
def tried(api: ControlApi) -> str:
    """A finished trial of two versions on four pictures; its path."""
    api.prepare()
    api.world.model()
    api.world.run_all()
    for name in ("bad.png", "broken.jpg", "good-1.PNG", "good-2.jpeg", "notes.txt"):
        api.world.objects.put(f"s3://pictures/new/{name}", PICTURE)
    api.world.use_host(Opinionated())
    answer = api.call("POST", TRIALS, {"ModelVersions": ["1", "2"], "Images": NEW})
    assert answer.status == 202, answer
    assert answer.json["Trial"]["Status"] == "RUNNING"
    api.world.run_all()
    return f"{TRIALS}/{answer.json['Trial']['TrialName']}"


def refused(answer: Answer, status: int, code: str) -> str:
    assert (answer.status, answer.headers.get("x-amzn-errortype")) == (status, code), answer
    return str(answer.json["Message"])


def test_two_versions_are_compared_on_the_same_pictures(api: ControlApi, tried: str) -> None:
    found = api.call("GET", tried).json
    assert found["Trial"]["Status"] == "COMPLETE"
    assert found["Trial"]["Total"] == 4
    assert found["Disputed"] == 2
    names = [image["SourceRef"].rpartition("/")[2] for image in found["Images"]]
    assert names == ["bad.png", "broken.jpg", "good-1.PNG", "good-2.jpeg"]
    assert found["Images"][0]["Results"]["2"] == {"IsAnomalous": True, "Confidence": 0.9}
    assert found["Images"][1]["Problem"] == "The file is cut short."
    disputed = api.call("GET", tried + "?disputed=true&maxResults=1").json
    assert [image["SourceRef"] for image in disputed["Images"]] == ["s3://pictures/new/good-1.PNG"]
    token = disputed["NextToken"].replace("+", "%2B").replace("=", "%3D")
    rest = api.call("GET", f"{tried}?disputed=true&maxResults=1&nextToken={token}").json
    assert [image["SourceRef"] for image in rest["Images"]] == ["s3://pictures/new/good-2.jpeg"]
    assert "NextToken" not in rest


def test_what_people_verify_scores_the_versions_and_teaches_the_dataset(
    api: ControlApi, tried: str
) -> None:
    start = "s3://pictures/new/"
    labels = {f"{start}bad.png": "anomaly", f"{start}good-1.PNG": "normal"}
    answer = api.call("POST", tried + "/verify", {"Labels": labels})
    assert answer.json["Trial"]["Verified"] == 2
    scores = api.call("GET", tried).json["Scores"]
    right = {"TruePositive": 1, "FalsePositive": 0, "FalseNegative": 0, "TrueNegative": 1}
    assert scores["2"] == right
    assert scores["1"] == {**right, "FalsePositive": 1, "TrueNegative": 0}
    added = api.call("POST", tried + "/dataset", {"DatasetType": "train"})
    assert (added.status, added.json) == (202, {"Status": "UPDATE_IN_PROGRESS"})
    api.world.run_all()
    told = api.world.dataset()
    assert told["ImageStats"] == {"Total": 32, "Labeled": 32, "Normal": 21, "Anomaly": 11}


def test_a_trial_is_listed_and_deleted(api: ControlApi, tried: str) -> None:
    (listed,) = api.call("GET", TRIALS).json["Trials"]
    assert listed["ModelVersions"] == ["1", "2"]
    assert any("/trials/" in key for key in api.world.entries.sets)
    assert api.call("DELETE", tried).status == 200
    assert not any("/trials/" in key for key in api.world.entries.sets)
    refused(api.call("GET", tried), 404, "ResourceNotFoundException")
    assert api.call("GET", TRIALS).json == {"Trials": []}


def test_a_trial_goes_with_its_model(api: ControlApi, tried: str) -> None:
    api.world.delete_model("2")
    api.world.run_all()
    assert api.call("GET", TRIALS).json == {"Trials": []}
    assert not any("/trials/" in key for key in api.world.entries.sets)


def test_a_trial_without_pictures_fails_with_the_reason(api: ControlApi) -> None:
    api.prepare()
    images = {"Bucket": "pictures", "Prefix": "nothing/"}
    started = api.call("POST", TRIALS, {"ModelVersions": ["latest"], "Images": images}).json
    path = f"{TRIALS}/{started['Trial']['TrialName']}"
    early = api.call("POST", path + "/verify", {"Labels": {"s3://b/k": "normal"}})
    assert "has status RUNNING" in refused(early, 409, "ConflictException")
    refused(api.call("DELETE", path), 409, "ConflictException")
    api.world.run_all()
    told = api.call("GET", path).json["Trial"]
    assert told["Status"] == "FAILED"
    assert "no PNG or JPEG images below s3://pictures/nothing/" in told["StatusMessage"]
    assert api.call("DELETE", path).status == 200


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"ModelVersions": ["1", "2", "3"], "Images": NEW}, 400, "must name 1 to 2 different"),
        ({"ModelVersions": [], "Images": NEW}, 400, "array with at least one entry"),
        ({"ModelVersions": ["1", "1"], "Images": NEW}, 400, "must name 1 to 2 different versions"),
        ({"ModelVersions": ["9"], "Images": NEW}, 404, "no model version 9"),
        ({"ModelVersions": ["1"]}, 400, "Images is required"),
        ({"ModelVersions": ["1"], "Images": {"Prefix": "x"}}, 400, "Images.Bucket is required"),
    ],
)
def test_a_trial_that_makes_no_sense_is_refused(
    api: ControlApi, body: Any, status: int, words: str
) -> None:
    api.prepare()
    answer = api.call("POST", TRIALS, body)
    assert answer.status == status
    assert words in answer.json["Message"]


def test_images_are_taken_out_of_a_dataset(api: ControlApi) -> None:
    api.prepare()
    path = CASTINGS + "/datasets/train/remove"
    gone = ["s3://pictures/normal/3.png", "s3://pictures/anomaly/0.png"]
    answer = api.call("POST", path, {"SourceRefs": gone})
    assert (answer.status, answer.json) == (202, {"Status": "UPDATE_IN_PROGRESS"})
    api.world.run_all()
    told = api.world.dataset()
    assert told["Status"] == "UPDATE_COMPLETE"
    assert told["ImageStats"] == {"Total": 28, "Labeled": 28, "Normal": 19, "Anomaly": 9}
    message = refused(api.call("POST", path, {"SourceRefs": gone}), 400, "ValidationException")
    assert message == "SourceRefs: the dataset has no image 's3://pictures/normal/3.png'."
    wrongs: list[dict[str, list[int]]] = [{}, {"SourceRefs": []}, {"SourceRefs": [7]}]
    for wrong in wrongs:
        refused(api.call("POST", path, wrong), 400, "ValidationException")


class Busy:
    """Has no unit to spare so many times for each picture."""

    def __init__(self, times: int) -> None:
        self.times = times
        self.asked: Counter[str] = Counter()

    def detect(
        self, model: Model, picture: bytes, source: S3Object | None, *, mapped: bool = False
    ) -> Found:
        self.asked[str(source)] += 1
        if self.asked[str(source)] <= self.times:
            raise BusyError("All of the model's inference units are busy; try again.")
        return Found(False, 0.9)


def test_a_trial_waits_for_units_that_are_busy(api: ControlApi) -> None:
    api.prepare()
    for number in range(3):
        api.world.objects.put(f"s3://pictures/new/{number}.png", PICTURE)
    api.world.use_host(Busy(times=3))
    started = api.call("POST", TRIALS, {"ModelVersions": ["1"], "Images": NEW}).json["Trial"]
    api.world.run_all()
    found = api.call("GET", f"{TRIALS}/{started['TrialName']}").json
    assert (found["Trial"]["Status"], found["Tried"]) == ("COMPLETE", 3)
    assert sorted(api.world.waited) == [0.2] * 3 + [0.4] * 3 + [0.8] * 3


def test_a_trial_whose_units_stay_busy_says_so(api: ControlApi) -> None:
    api.prepare()
    api.world.objects.put("s3://pictures/new/1.png", PICTURE)
    api.world.use_host(Busy(times=1000))
    started = api.call("POST", TRIALS, {"ModelVersions": ["1"], "Images": NEW}).json["Trial"]
    for _ in range(3):
        with suppress(BusyError):
            api.world.sweep()
    told = api.call("GET", f"{TRIALS}/{started['TrialName']}").json["Trial"]
    assert told["Status"] == "FAILED"
    assert "busy; try again" in told["StatusMessage"]


class Slow:
    """Takes three seconds of the world's time for a picture, and lets somebody look after each."""

    def __init__(self, api: ControlApi) -> None:
        self.api = api
        self.path = ""
        self.seen: list[tuple[str, int, int, int]] = []

    def detect(
        self, model: Model, picture: bytes, source: S3Object | None, *, mapped: bool = False
    ) -> Found:
        self.api.world.now += timedelta(seconds=3)
        return Found(False, 0.9)

    def look(self) -> None:
        found = self.api.call("GET", self.path).json
        trial = found["Trial"]
        counts = (found["Tried"], len(found["Images"]), trial["Total"])
        self.seen.append((trial["Status"], *counts))


def test_a_running_trial_shows_the_verdicts_that_are_there(api: ControlApi) -> None:
    api.prepare()
    for number in range(3):
        api.world.objects.put(f"s3://pictures/new/{number}.png", PICTURE)
    slow = Slow(api)
    api.world.use_host(slow)
    started = api.call("POST", TRIALS, {"ModelVersions": ["1"], "Images": NEW}).json["Trial"]
    slow.path = f"{TRIALS}/{started['TrialName']}"
    slow.look()
    deps = api.world.work_deps
    # Whoever looks does so right after each time that the runner has shown what there is.
    api.world.work_deps = replace(deps, registry=Watched(deps.registry, slow.look))
    api.world.run_all()
    slow.look()
    assert slow.seen[0] == ("RUNNING", 0, 0, 0)
    running = [seen for seen in slow.seen[1:-1] if seen[0] == "RUNNING"]
    assert running[0] == ("RUNNING", 0, 0, 3)
    assert running[-1][1] == running[-1][2] >= 1
    assert slow.seen[-1] == ("COMPLETE", 3, 3, 3)
    kept = [key for key in api.world.entries.sets if "/trials/" in key]
    assert kept == [f"castings/trials/{started['TrialName']}.jsonl"]


class Watched:
    """A registry; somebody looks after each commit of one record."""

    def __init__(self, registry: ControlRegistry, look: Callable[[], None]) -> None:
        self._registry, self._look = registry, look

    def __getattr__(self, name: str) -> Any:
        return getattr(self._registry, name)

    def commit(self, *changes: Change) -> None:
        self._registry.commit(*changes)
        if [type(change.record) for change in changes] == [Trial]:
            self._look()
