"""People's routes over memory: inspections, reviews, cameras, lines, alerts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from sightline.domain.images import ImageRef
from sightline.domain.inspections import Verdict
from tests.api import Answer
from tests.control_api import ControlApi
from tests.examples import NOON, REF, camera, recorded

ONE = f"/sightline/inspections/{REF.camera_id}/{quote(REF.image_id)}"
REVIEW = ONE + "/review"
DAY = "2026-03-14"


def refused(answer: Answer, status: int, code: str) -> str:
    assert (answer.status, answer.headers.get("x-amzn-errortype")) == (status, code), answer
    return str(answer.json["Message"])


@pytest.fixture
def one(api: ControlApi) -> ControlApi:
    """An anomalous inspection that waits for a review."""
    api.world.cases.inspections.record(recorded())
    return api


def add(api: ControlApi, number: int, **changes: Any) -> None:
    """Another inspection of the same camera, a minute earlier than the one before."""
    ref = ImageRef(REF.camera_id, f"part {number}")
    at = NOON - timedelta(minutes=number)
    api.world.cases.inspections.record(recorded(ref=ref, captured_at=at, **changes))


def images(answer: Answer) -> list[str]:
    assert answer.status == 200, answer
    return [found["ImageId"] for found in answer.json["Inspections"]]


def test_one_inspection_shows_all_that_is_known(one: ControlApi) -> None:
    found = one.call("GET", ONE).json["Inspection"]
    assert (found["CameraId"], found["ImageId"]) == (REF.camera_id, REF.image_id)
    assert found["Regions"] == [
        {"X": 10, "Y": 20, "Width": 30, "Height": 40, "Area": 0.0039, "Score": 0.93, "Label": None}
    ]
    assert found["Metadata"] == {"shift": "früh"}
    assert found["PictureUrl"].startswith("https://images.example/images/leipzig/")
    assert found["MapUrl"] == "https://images.example/maps/x.png?signed"
    assert found["UrlsExpireAt"] == "2026-03-14T12:05:05.250Z"
    assert (found["Review"], found["History"]) == (None, [])


def test_what_is_not_there_is_not_found(api: ControlApi) -> None:
    assert "no inspection" in refused(api.call("GET", ONE), 404, "ResourceNotFoundException")
    nowhere = "/sightline/inspections/cam/%2Fa%2Fb"
    assert "contains '/'" in refused(api.call("GET", nowhere), 400, "ValidationException")


def test_a_person_overrules_a_verdict_and_it_leaves_the_queue(one: ControlApi) -> None:
    assert images(one.call("GET", "/sightline/review?project=castings")) == [REF.image_id]
    answer = one.call("POST", REVIEW, {"Verdict": "normal", "Note": "only dust"})
    assert answer.status == 200, answer
    review = answer.json["Inspection"]["Review"]
    assert {name: review[name] for name in ("Version", "Outcome", "Verdict", "Note")} == {
        "Version": 1,
        "Outcome": "overruled",
        "Verdict": "normal",
        "Note": "only dust",
    }
    assert images(one.call("GET", "/sightline/review?project=castings")) == []
    assert one.call("GET", ONE).json["Inspection"]["History"] == [review]


def test_who_comes_second_learns_who_was_first(one: ControlApi) -> None:
    one.call("POST", REVIEW, {"Verdict": "normal", "Note": "only dust"})
    again = one.call("POST", REVIEW, {"Verdict": "normal"})
    assert again.json["Inspection"]["Review"]["Version"] == 1
    other = one.call("POST", REVIEW, {"Verdict": "anomalous"})
    message = refused(other, 409, "ConflictException")
    assert (
        message == "unknown said normal on 2026-03-14 12:00:05 UTC; look at the inspection again."
    )
    assert other.json["Review"]["Note"] == "only dust"


def test_ones_own_review_can_be_changed_by_who_saw_it(one: ControlApi) -> None:
    one.call("POST", REVIEW, {"Verdict": "normal"})
    changed = one.call("POST", REVIEW, {"Verdict": "anomalous", "ExpectedVersion": 1})
    found = changed.json["Inspection"]
    assert (found["Review"]["Outcome"], found["Review"]["Version"]) == ("confirmed", 2)
    assert [said["Verdict"] for said in found["History"]] == ["normal", "anomalous"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "Verdict: is required"),
        ({"Verdict": "maybe"}, "Verdict: must be 'normal' or 'anomalous'"),
        ({"Verdict": "normal", "Note": "x" * 501}, "Note: "),
        ({"Verdict": "normal", "Note": "\x00"}, "control character"),
        ({"Verdict": "normal", "ExpectedVersion": -1}, "ExpectedVersion: must be at least 0"),
        ({"Verdict": "normal", "Other": 1}, "Other: is not a known member"),
        ("[]", "The body must be an object"),
    ],
)
def test_a_review_that_makes_no_sense_is_refused(one: ControlApi, body: Any, words: str) -> None:
    message = refused(
        one.call("POST", REVIEW, body, content_type="application/json"), 400, "ValidationException"
    )
    assert words in message


def test_inspections_are_listed_newest_first_page_by_page(one: ControlApi) -> None:
    for number in range(1, 5):
        add(one, number)
    path = f"/sightline/inspections?camera={REF.camera_id}&day={DAY}&limit=2"
    first = one.call("GET", path)
    assert images(first) == [REF.image_id, "part 1"]
    second = one.call("GET", f"{path}&cursor={quote(first.json['NextCursor'])}")
    assert images(second) == ["part 2", "part 3"]
    last = one.call("GET", f"{path}&cursor={quote(second.json['NextCursor'])}")
    assert (images(last), last.json["NextCursor"]) == (["part 4"], None)
    wrong = one.call("GET", f"{path}&verdict=normal&cursor={quote(first.json['NextCursor'])}")
    refused(wrong, 400, "ValidationException")


def test_filters_choose_among_a_lines_day(one: ControlApi) -> None:
    add(one, 1, verdict=Verdict.NORMAL)
    add(one, 2, project="others")
    path = f"/sightline/inspections?facility=leipzig&line=press-1&day={DAY}"
    assert images(one.call("GET", path)) == [REF.image_id, "part 1", "part 2"]
    assert images(one.call("GET", path + "&verdict=normal")) == ["part 1"]
    assert images(one.call("GET", path + "&project=others")) == ["part 2"]
    assert images(one.call("GET", path + "&severity=none")) == ["part 1"]
    assert one.call("GET", path).json["Day"] == DAY
    open_ones = one.call("GET", "/sightline/inspections?project=castings&review=open")
    assert images(open_ones) == [REF.image_id]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", "Say which inspections"),
        ("line=press-1", "Say which inspections"),
        ("project=castings", "Say which inspections"),
        ("review=open", "needs project"),
        ("camera=c&day=2026-3-1", "is not a date"),
        ("camera=c&day=20260301", "is not a date"),
        ("camera=c&limit=0", "limit: must be at least 1"),
        ("camera=c&limit=many", "limit: "),
        ("camera=c&verdict=odd", "verdict: must be"),
        ("camera=c%2F", "Camera id"),
        ("camera=c&camera=d", "given 2 times"),
        ("camera=c&cursor=x", "NextToken"),
        ("camera=c&lane=4", "lane: is not a known"),
    ],
)
def test_a_question_that_no_index_answers_is_refused(
    api: ControlApi, query: str, words: str
) -> None:
    answer = api.call("GET", f"/sightline/inspections?{query}")
    assert words in refused(answer, 400, "ValidationException")


def test_a_camera_is_registered_moved_given_a_token_and_revoked(api: ControlApi) -> None:
    body = {"CameraId": "top", "Line": "press-1", "Facility": "leipzig", "Project": "castings"}
    made = api.call("POST", "/sightline/cameras", {**body, "LineName": "Presse 1"})
    assert made.status == 201, made
    token = made.json["Token"]
    assert token.startswith("slc.top.")
    assert made.json["Camera"]["LineName"] == "Presse 1"
    refused(api.call("POST", "/sightline/cameras", body), 409, "ConflictException")
    moved = api.call("PATCH", "/sightline/cameras/top", {"Line": "press-2", "Name": "Oben"})
    assert (moved.json["Camera"]["Line"], moved.json["Camera"]["Name"]) == ("press-2", "Oben")
    revoked = api.call("DELETE", "/sightline/cameras/top").json["Camera"]
    assert revoked["RevokedAt"] == "2026-03-14T12:00:05.250Z"
    fresh = api.call("POST", "/sightline/cameras/top/token").json
    assert fresh["Token"] != token
    assert fresh["Camera"]["RevokedAt"] is None
    (listed,) = api.call("GET", "/sightline/cameras").json["Cameras"]
    assert listed == fresh["Camera"] == api.call("GET", "/sightline/cameras/top").json["Camera"]
    assert token not in str(api.world.cameras.items)
    refused(api.call("GET", "/sightline/cameras/none"), 404, "ResourceNotFoundException")
    wrong = api.call("PATCH", "/sightline/cameras/top", {"Line": "a/b"})
    assert "Line 'a/b'" in refused(wrong, 400, "ValidationException")


def test_a_line_shows_its_cameras_latest_pictures_and_counts(one: ControlApi) -> None:
    seen = NOON - timedelta(minutes=20)
    one.world.cameras.add(camera(last_seen_at=seen, line_name="Presse 1")[0])
    one.world.cameras.add(camera(camera_id="press-1-side", last_seen_at=NOON)[0])
    one.world.cameras.add(camera(camera_id="old", line="gone", revoked_at=NOON)[0])
    add(one, 1, verdict=Verdict.NORMAL)
    add(one, 70)
    one.world.cases.inspections.record(
        recorded(ref=ImageRef(REF.camera_id, "yesterday"), captured_at=NOON - timedelta(days=1))
    )
    (line,) = one.call("GET", "/sightline/lines?latest=2").json["Lines"]
    assert (line["Facility"], line["Line"], line["LineName"]) == ("leipzig", "press-1", "Presse 1")
    silences = {c["CameraId"]: c["SilentSince"] for c in line["Cameras"]}
    assert silences == {"press-1-top": "2026-03-14T11:40:05.250Z", "press-1-side": None}
    assert [found["ImageId"] for found in line["Latest"]] == [REF.image_id, "part 1"]
    today = {"Total": 3, "Normal": 1, "Anomalous": 2, "NotInspected": 0, "Reviewed": 0}
    assert line["Counts"]["Today"] == {**today, "Complete": True}
    assert line["Counts"]["LastHour"]["Total"] == 2
    assert line["Counts"]["LookedAt"] == 4
    assert line["Counts"]["CountedFrom"] == "2026-03-13T12:00:05.250Z"


def test_who_polls_is_told_only_what_is_new(one: ControlApi) -> None:
    one.world.cameras.add(camera()[0])
    path = "/sightline/lines?counts=false"
    first = one.call("GET", path)
    assert first.json["Lines"][0]["Counts"] is None
    tag = first.headers["ETag"]
    again = one.call("GET", path, if_none_match=tag)
    assert (again.status, again.body, again.headers["ETag"]) == (304, b"", tag)
    add(one, 1)
    assert one.call("GET", path, if_none_match=tag).status == 200


def test_people_subscribe_to_alerts_and_are_removed(api: ControlApi) -> None:
    wanted = {"Protocol": "sms", "Endpoint": "+4915112345678", "Severities": ["high"]}
    made = api.call("POST", "/sightline/alerts", wanted)
    assert made.status == 201, made
    known = made.json["Subscription"]
    assert (known["State"], known["Severities"], known["Lines"]) == ("confirmed", ["high"], [])
    assert api.call("POST", "/sightline/alerts", wanted).json["Subscription"] == known
    other = api.call("POST", "/sightline/alerts", {**wanted, "Severities": ["low"]})
    refused(other, 409, "ConflictException")
    mail = {"Protocol": "email", "Endpoint": "line@example.com"}
    assert api.call("POST", "/sightline/alerts", mail).json["Subscription"]["State"] == "pending"
    listed = api.call("GET", "/sightline/alerts").json
    assert [one["Protocol"] for one in listed["Subscriptions"]] == ["email", "sms"]
    assert listed["Max"] == 100
    path = f"/sightline/alerts/{known['SubscriptionId']}"
    assert (api.call("DELETE", path).status, api.call("DELETE", path).status) == (200, 404)


def test_the_hundredth_subscriber_is_the_last(api: ControlApi) -> None:
    for number in range(100):
        body = {"Protocol": "sms", "Endpoint": f"+49151{number:07}"}
        assert api.call("POST", "/sightline/alerts", body).status == 201
    more = api.call("POST", "/sightline/alerts", {"Protocol": "sms", "Endpoint": "+491520000000"})
    assert "100 subscriptions" in refused(more, 409, "ConflictException")


def test_answers_with_links_are_kept_nowhere(one: ControlApi) -> None:
    assert one.call("GET", ONE).headers["Cache-Control"] == "no-store"
