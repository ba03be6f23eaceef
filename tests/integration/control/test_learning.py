"""People teach models: uploads, feedback, comparisons on a dataset, thresholds."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

import pytest

from sightline.domain.images import ImageRef
from sightline.domain.lookout.models import Model
from sightline.domain.lookout.records import S3Object
from sightline.workflow.control.ports import Found
from tests.api import Answer
from tests.control_api import ControlApi
from tests.control_world import PICTURE
from tests.examples import REF, model, recorded

CASTINGS = "/sightline/projects/castings"
FEEDBACK = CASTINGS + "/feedback"
EVALUATION = CASTINGS + "/models/1/evaluation"
THRESHOLD = CASTINGS + "/models/1/threshold"


def refused(answer: Answer, status: int, code: str) -> str:
    assert (answer.status, answer.headers.get("x-amzn-errortype")) == (status, code), answer
    return str(answer.json["Message"])


def inspected(api: ControlApi, name: str, verdict: str | None, **changes: Any) -> dict[str, str]:
    """An inspected picture, with a person's verdict if there is one."""
    ref = ImageRef(REF.camera_id, name)
    key = f"images/leipzig/press-1/{REF.camera_id}/2026/03/14/{name}.jpg"
    found = recorded(ref=ref, **{"key": key, "version_id": None, **changes})
    api.world.cases.inspections.record(found)
    api.world.objects.put(f"s3://images/{found.inspection.key}", PICTURE)
    if verdict:
        path = f"/sightline/inspections/{ref.camera_id}/{name}/review"
        assert api.call("POST", path, {"Verdict": verdict}).status == 200
    return {"CameraId": ref.camera_id, "ImageId": name}


def entries(api: ControlApi) -> dict[str, str]:
    """The labels of the train dataset, by image."""
    found: dict[str, str] = {}
    token: str | None = None
    while True:
        more = {"NextToken": token} if token else {}
        members = {"ProjectName": "castings", "DatasetType": "train"}
        page = api.ok("ListDatasetEntries", **members, **more)
        for line in map(json.loads, page["DatasetEntries"]):
            found[line["source-ref"]] = line["anomaly-label-metadata"]["class-name"]
        token = page.get("NextToken")
        if token is None:
            return found


def feed(api: ControlApi, *inspections: dict[str, str]) -> Answer:
    return api.call("POST", FEEDBACK, {"DatasetType": "train", "Inspections": list(inspections)})


class TestFeedback:
    def test_reviewed_pictures_become_entries_of_their_own(self, api: ControlApi) -> None:
        api.prepare()
        bad, good = inspected(api, "bad", "anomalous"), inspected(api, "good", "normal")
        answer = feed(api, bad, good, bad)
        assert (answer.status, answer.json) == (202, {"Status": "UPDATE_IN_PROGRESS", "Images": 2})
        api.world.run_all()
        told = api.world.dataset()
        assert told["Status"] == "UPDATE_COMPLETE", told
        assert told["ImageStats"] == {"Total": 32, "Labeled": 32, "Normal": 21, "Anomaly": 11}
        place = f"s3://pictures/feedback/castings/{REF.camera_id}"
        labels = entries(api)
        assert labels[f"{place}/bad.jpg"] == "anomaly"
        assert labels[f"{place}/good.jpg"] == "normal"

    def test_the_picture_stays_when_that_of_the_line_expires(self, api: ControlApi) -> None:
        api.prepare()
        feed(api, inspected(api, "bad", "anomalous"))
        api.world.run_all()
        copy = f"s3://pictures/feedback/castings/{REF.camera_id}/bad.jpg"
        assert api.world.objects.objects[copy] == PICTURE

    def test_the_same_picture_twice_is_one_entry_with_the_last_label(self, api: ControlApi) -> None:
        api.prepare()
        one = inspected(api, "bad", "anomalous")
        feed(api, one)
        api.world.run_all()
        path = f"/sightline/inspections/{REF.camera_id}/bad/review"
        api.call("POST", path, {"Verdict": "normal", "ExpectedVersion": 1})
        feed(api, one)
        api.world.run_all()
        assert api.world.dataset()["ImageStats"]["Total"] == 31
        assert entries(api)[f"s3://pictures/feedback/castings/{REF.camera_id}/bad.jpg"] == "normal"

    def test_a_picture_that_has_expired_changes_nothing(self, api: ControlApi) -> None:
        api.prepare()
        gone, there = inspected(api, "gone", "normal"), inspected(api, "there", "normal")
        del api.world.objects.objects[
            f"s3://images/images/leipzig/press-1/{REF.camera_id}/2026/03/14/gone.jpg"
        ]
        feed(api, there, gone)
        api.world.run_all()
        told = api.world.dataset()
        assert told["Status"] == "UPDATE_FAILED_ROLLBACK_COMPLETE"
        assert "gone.jpg" in told["StatusMessage"]
        assert told["ImageStats"]["Total"] == 30

    def test_a_runner_that_dies_halfway_is_followed_by_one_that_finishes(
        self, api: ControlApi
    ) -> None:
        api.prepare()
        feed(api, inspected(api, "bad", "anomalous"))
        api.world.starter.waiting.clear()
        api.world.sweep()
        assert api.world.dataset()["ImageStats"]["Total"] == 31

    @pytest.mark.parametrize(
        ("verdict", "changes", "words"),
        [
            (None, {}, "nobody has reviewed image 'x' of camera press-1-top"),
            ("normal", {"project": "others"}, "is of project others"),
            ("normal", {"key": "images/a/b/c/2026/03/14/x.bmp"}, "is neither PNG nor JPEG"),
        ],
    )
    def test_what_cannot_teach_is_named(
        self, api: ControlApi, verdict: str | None, changes: dict[str, Any], words: str
    ) -> None:
        api.prepare()
        found = inspected(api, "x", verdict, **changes)
        assert words in refused(feed(api, found), 400, "ValidationException")
        assert api.world.dataset()["Status"] == "CREATE_COMPLETE"

    def test_what_is_not_there_is_named_too(self, api: ControlApi) -> None:
        api.prepare()
        unknown = {"CameraId": "nobody", "ImageId": "1"}
        assert "no inspection" in refused(feed(api, unknown), 400, "ValidationException")
        many = [{"CameraId": "c", "ImageId": str(n)} for n in range(101)]
        assert "at most 100" in refused(feed(api, *many), 400, "ValidationException")
        path = "/sightline/projects/none/feedback"
        body = {"DatasetType": "train", "Inspections": [unknown]}
        refused(api.call("POST", path, body), 404, "ResourceNotFoundException")

    def test_a_dataset_that_is_busy_is_a_conflict(self, api: ControlApi) -> None:
        api.prepare()
        one = inspected(api, "bad", "anomalous")
        feed(api, one)
        refused(feed(api, one), 409, "ConflictException")


class TestUploads:
    def test_files_get_places_that_stay_the_same(self, api: ControlApi) -> None:
        api.prepare()
        files = [
            {"Name": "teil ä/1.JPG", "ContentType": "image/jpeg", "Size": 12},
            {"Name": "teil b/1.JPG", "ContentType": "image/jpeg", "Size": 12},
        ]
        body = {"Files": files, "Batch": "monday"}
        answer = api.call("POST", CASTINGS + "/uploads", body)
        assert answer.status == 200, answer
        found = answer.json
        assert found["Images"] == {"Bucket": "models", "Prefix": "uploads/castings/monday/"}
        first, second = found["Uploads"]
        assert first["Name"] == "teil ä/1.JPG"
        assert first["SourceRef"].startswith("s3://models/uploads/castings/monday/1-")
        assert first["SourceRef"].endswith(".jpg")
        assert first["SourceRef"] != second["SourceRef"]
        again = api.call("POST", CASTINGS + "/uploads", body).json
        assert [one["SourceRef"] for one in again["Uploads"]] == [
            first["SourceRef"],
            second["SourceRef"],
        ]
        assert unquote(first["Url"]).startswith("https://models.example/uploads/castings/monday/")

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"Size": 0}, "is empty"),
            ({"Size": (8 << 20) + 1}, "at most 8388608"),
            ({"ContentType": "image/gif"}, "ContentType"),
            ({"Name": ""}, "Name"),
        ],
    )
    def test_what_no_model_can_learn_from_is_refused(
        self, api: ControlApi, change: dict[str, Any], words: str
    ) -> None:
        api.prepare()
        file = {"Name": "a.png", "ContentType": "image/png", "Size": 1, **change}
        answer = api.call("POST", CASTINGS + "/uploads", {"Files": [file]})
        assert words in refused(answer, 400, "ValidationException")


class Divided:
    """Version 1 finds fault with everything, version 2 with anomalies alone."""

    def detect(
        self, model: Model, picture: bytes, source: S3Object | None, *, mapped: bool = False
    ) -> Found:
        assert source is not None
        return Found(model.version == "1" or "anomaly/" in source.key, 0.9)


def test_two_versions_are_compared_on_a_dataset_that_knows_what_is_right(
    api: ControlApi,
) -> None:
    api.prepare()
    api.world.model()
    api.world.run_all()
    api.world.use_host(Divided())
    body = {"ModelVersions": ["1", "2"], "DatasetType": "train"}
    started = api.call("POST", CASTINGS + "/trials", body)
    assert started.status == 202, started
    assert (started.json["Trial"]["DatasetType"], started.json["Trial"]["Images"]) == (
        "train",
        None,
    )
    path = f"{CASTINGS}/trials/{started.json['Trial']['TrialName']}"
    assert api.call("GET", path).json["Comparison"] is None
    api.world.run_all()
    found = api.call("GET", path).json
    assert found["Comparison"] == {
        "BothNormal": 0,
        "BothAnomalous": 10,
        "Disputed": 20,
        "NotInspected": 0,
        "Labeled": 30,
        "BothRight": 10,
        "BothWrong": 0,
        "OnlyRight": {"1": 0, "2": 20},
    }
    assert found["Trial"]["Verified"] == 30
    assert found["Images"][0]["PictureUrl"].startswith("https://pictures.example/")
    both = api.call("POST", CASTINGS + "/trials", {**body, "Images": {"Bucket": "b"}})
    assert "either Images or DatasetType" in refused(both, 400, "ValidationException")
    other = api.call("POST", CASTINGS + "/trials", {**body, "DatasetType": "test"})
    refused(other, 404, "ResourceNotFoundException")


class TestThreshold:
    def test_the_evaluation_has_every_score_and_the_worst_mistakes(self, api: ControlApi) -> None:
        api.prepare()
        found = api.call("GET", EVALUATION).json
        assert (found["Threshold"], found["TrainedThreshold"]) == (1.0, 1.0)
        assert (found["ChangedBy"], found["ChangedAt"]) == (None, None)
        assert len(found["Images"]) == 30
        (mistake,) = found["Mistakes"]
        assert mistake["SourceRef"] == "s3://pictures/anomaly/0.png"
        assert (mistake["Label"], mistake["Score"]) == ("anomaly", 0.0)
        assert mistake["Confidence"] == pytest.approx(0.9)
        assert mistake["PictureUrl"] == "https://pictures.example/anomaly/0.png?signed"

    def test_another_threshold_holds_at_once_where_the_model_runs(self, api: ControlApi) -> None:
        api.prepare(hosted=True)
        api.world.serving.put(model())
        answer = api.call("PUT", THRESHOLD, {"Threshold": -0.5})
        assert answer.status == 200, answer
        assert answer.json["Threshold"] == -0.5
        assert answer.json["TrainedThreshold"] == 1.0
        assert answer.json["ChangedAt"] == "2026-03-14T12:00:05.250Z"
        record = api.world.serving.get("castings")
        assert record is not None
        assert record.threshold == -0.5
        worse = api.call("GET", EVALUATION).json
        assert len(worse["Mistakes"]) == 12
        back = api.call("PUT", THRESHOLD, {"Threshold": None}).json
        assert (back["Threshold"], back["ChangedBy"]) == (1.0, "unknown")
        record = api.world.serving.get("castings")
        assert record is not None
        assert record.threshold is None

    def test_all_thresholds_are_remembered_with_who_set_them(self, api: ControlApi) -> None:
        api.prepare()
        for value in (0.5, 0.5, 0.7):
            api.call("PUT", THRESHOLD, {"Threshold": value})
        known = api.world.registry.get(Model, "castings", "0000000001")
        assert known is not None
        assert [(one.value, one.by) for one in known.thresholds] == [
            (0.5, "unknown"),
            (0.7, "unknown"),
        ]

    def test_a_threshold_goes_with_the_start(self, api: ControlApi) -> None:
        api.prepare()
        api.call("PUT", THRESHOLD, {"Threshold": 0.5})
        api.world.start()
        refused(api.call("PUT", THRESHOLD, {"Threshold": 0.7}), 409, "ConflictException")

    @pytest.mark.parametrize("body", [{}, {"Threshold": "much"}, '{"Threshold": 1e999}', "nan"])
    def test_what_is_no_number_is_refused(self, api: ControlApi, body: Any) -> None:
        api.prepare()
        refused(api.call("PUT", THRESHOLD, body), 400, "ValidationException")

    def test_the_scores_go_with_the_model(self, api: ControlApi) -> None:
        api.prepare()
        assert any("/evaluations/" in key for key in api.world.entries.sets)
        api.world.delete_model()
        api.world.run_all()
        assert not any("/evaluations/" in key for key in api.world.entries.sets)
        refused(api.call("GET", EVALUATION), 404, "ResourceNotFoundException")
