"""The ports of people's use cases: one contract each, for the fake and for the AWS adapter."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from moto import mock_aws

from sightline.adapters.aws.cameras import DynamoCameraRegistry
from sightline.adapters.aws.cases import DynamoCaseTable
from sightline.adapters.aws.inspections import DynamoInspectionTable
from sightline.adapters.aws.links import S3Links
from sightline.adapters.aws.subscriptions import SnsSubscriptions
from sightline.adapters.floor_memory import MemoryCaseTable, MemorySubscriptions
from sightline.adapters.memory import MemoryCameraRegistry
from sightline.bootstrap import clients
from sightline.domain.errors import ConflictError, NotFoundError
from sightline.domain.images import ImageRef
from sightline.domain.inspections import Verdict
from sightline.domain.lookout.records import S3Object
from sightline.domain.reviews import Case, Outcome, Review
from sightline.domain.subscriptions import Subscription
from sightline.workflow.floor.ports import (
    LINK_TIME,
    CaseTable,
    OfCamera,
    OfLine,
    Question,
    Subscriptions,
    ToReview,
)
from sightline.workflow.ports import CameraRegistry, InspectionTable
from tests.examples import NOON, REF, camera, inspection, recorded
from tests.integration.adapters.test_ports import table

DAY = "2026-03-14"
FIRST = Review(Outcome.OVERRULED, Verdict.NORMAL, "lead", NOON, "only dust")


@pytest.fixture(params=["memory", "aws"])
def kind(request: pytest.FixtureRequest) -> Iterator[str]:
    with mock_aws():
        yield request.param


class TestCaseTable:
    @pytest.fixture
    def both(self, kind: str) -> tuple[CaseTable, InspectionTable]:
        if kind == "memory":
            memory = MemoryCaseTable()
            return memory, memory.inspections
        indexes = {"by_line": "line_day", "by_camera": "camera_day", "to_review": "review"}
        client = table("inspections", "image", "", indexes)
        known = DynamoInspectionTable("inspections", client)
        return DynamoCaseTable("inspections", client), known

    def test_a_case_is_an_inspection_that_nobody_has_reviewed(
        self, both: tuple[CaseTable, InspectionTable]
    ) -> None:
        cases, inspections = both
        assert cases.case(REF) is None
        inspections.record(recorded())
        assert cases.case(REF) == Case(recorded())

    def test_reviews_are_kept_in_order_and_the_last_one_stands(
        self, both: tuple[CaseTable, InspectionTable]
    ) -> None:
        cases, inspections = both
        inspections.record(recorded())
        second = replace(FIRST, verdict=Verdict.ANOMALOUS, note="", version=2)
        assert cases.review(REF, FIRST)
        assert cases.review(REF, second)
        found = cases.case(REF)
        assert found == Case(recorded(), (FIRST, second))
        assert found.review == second

    def test_of_two_reviews_of_the_same_version_one_is_stored(
        self, both: tuple[CaseTable, InspectionTable]
    ) -> None:
        cases, inspections = both
        assert not cases.review(REF, FIRST)
        inspections.record(recorded())
        assert cases.review(REF, FIRST)
        assert not cases.review(REF, replace(FIRST, by="ben"))
        assert not cases.review(REF, replace(FIRST, version=3))
        assert cases.case(REF) == Case(recorded(), (FIRST,))

    def test_a_reviewed_inspection_leaves_the_queue_and_stays_in_the_lists(
        self, both: tuple[CaseTable, InspectionTable]
    ) -> None:
        cases, inspections = both
        inspections.record(recorded())
        assert cases.page(ToReview("castings"), limit=10) == [Case(recorded())]
        cases.review(REF, FIRST)
        assert cases.page(ToReview("castings"), limit=10) == []
        assert cases.page(OfCamera(REF.camera_id, DAY), limit=10) == [Case(recorded(), (FIRST,))]

    @pytest.mark.parametrize(
        "question",
        [OfLine("leipzig", "press-1", DAY), OfCamera(REF.camera_id, DAY), ToReview("castings")],
    )
    def test_pages_go_on_where_the_last_one_ended(
        self, both: tuple[CaseTable, InspectionTable], question: Question
    ) -> None:
        cases, inspections = both
        for number in range(7):
            at = NOON - timedelta(minutes=number // 2)  # some at the same moment
            ref = ImageRef(REF.camera_id, f"part {number}")
            inspections.record(recorded(ref=ref, captured_at=at))
        whole = cases.page(question, limit=100)
        assert [case.recorded.position for case in whole] == sorted(
            (case.recorded.position for case in whole), reverse=True
        )
        assert len(whole) == 7
        paged: list[Case] = []
        while found := cases.page(
            question, limit=3, before=paged[-1].recorded.position if paged else ""
        ):
            paged += found
        assert paged == whole

    def test_what_was_reserved_only_is_no_case(
        self, both: tuple[CaseTable, InspectionTable]
    ) -> None:
        cases, inspections = both
        inspections.record(recorded(ref=ImageRef("other", "1")))
        assert cases.page(OfLine("leipzig", "press-2", DAY), limit=5) == []
        assert cases.page(OfCamera("press-1-top", DAY), limit=5) == []


@mock_aws
def test_a_review_stands_on_the_item_under_names_that_others_read() -> None:
    indexes = {"by_line": "line_day", "by_camera": "camera_day", "to_review": "review"}
    client = table("inspections", "image", "", indexes)
    DynamoInspectionTable("inspections", client).record(recorded())
    DynamoCaseTable("inspections", client).review(REF, FIRST)
    item = client.get_item(TableName="inspections", Key={"image": {"S": REF.pk}})["Item"]
    assert "review" not in item
    assert {name: value.get("S") for name, value in item.items() if name.startswith("review")} == {
        "review_outcome": "overruled",
        "review_verdict": "normal",
        "reviewed_by": "lead",
        "reviewed_at": "2026-03-14T12:00:05.250Z",
        "review_note": "only dust",
        "review_version": None,
        "review_history": None,
    }
    assert item["sequence"] == {"N": "2"}
    assert item["verdict"] == {"S": "anomalous"}


class TestCameraChanges:
    @pytest.fixture
    def registry(self, kind: str) -> CameraRegistry:
        if kind == "memory":
            return MemoryCameraRegistry()
        return DynamoCameraRegistry("cameras", table("cameras", "camera_id"))

    def test_only_what_is_named_changes(self, registry: CameraRegistry) -> None:
        known, _ = camera(revoked_at=NOON)
        registry.add(known)
        changed = registry.change(known.camera_id, {"line": "press-2", "revoked_at": None})
        assert changed == replace(known, line="press-2", revoked_at=None)
        assert registry.get(known.camera_id) == changed
        later = registry.change(known.camera_id, {"revoked_at": NOON})
        assert later.revoked_at == NOON

    def test_a_camera_that_is_not_there_cannot_change(self, registry: CameraRegistry) -> None:
        with pytest.raises(NotFoundError):
            registry.change("nobody", {"line": "press-2"})
        assert registry.get("nobody") is None


class TestSubscriptions:
    @pytest.fixture
    def subscriptions(self, kind: str) -> Subscriptions:
        if kind == "memory":
            return MemorySubscriptions()
        sns = boto3.client("sns")
        return SnsSubscriptions(sns.create_topic(Name="alerts")["TopicArn"], sns)

    def test_a_subscriber_is_listed_with_its_filters_until_it_is_removed(
        self, subscriptions: Subscriptions
    ) -> None:
        wanted = Subscription(
            "sms", "+4915112345678", ("high", "medium"), ("press-1",), ("castings",)
        )
        added = subscriptions.add(wanted)
        assert added.subscription_id
        assert added == replace(
            wanted, subscription_id=added.subscription_id, confirmed=added.confirmed
        )
        assert subscriptions.add(wanted) == added
        everything = subscriptions.add(Subscription("email", "line@example.com"))
        assert (everything.severities, everything.projects) == ((), ())
        assert [one.protocol for one in subscriptions.list()] == ["email", "sms"]
        subscriptions.remove(added.subscription_id)
        assert [one.protocol for one in subscriptions.list()] == ["email"]


@mock_aws
def test_who_filters_by_project_still_hears_of_storms() -> None:
    """Digests name a line and no project."""
    sns = boto3.client("sns")
    topic = sns.create_topic(Name="alerts")["TopicArn"]
    SnsSubscriptions(topic, sns).add(
        Subscription("sms", "+4915112345678", severities=("high",), projects=("castings",))
    )
    (one,) = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    found = sns.get_subscription_attributes(SubscriptionArn=one["SubscriptionArn"])["Attributes"]
    policy = json.loads(found["FilterPolicy"])
    assert policy == {"severity": ["high"], "project": ["castings", {"exists": False}]}
    assert found["FilterPolicyScope"] == "MessageAttributes"


class Sns:
    """The parts of SNS that the emulated one has not: pending subscribers, and a refusal."""

    class exceptions:  # noqa: N801 - as botocore names it
        class InvalidParameterException(Exception):  # noqa: N818
            pass

        class ClientError(Exception):
            pass

    def __init__(self) -> None:
        self.asked: list[str] = []

    def get_paginator(self, _name: str) -> Any:
        return self

    def paginate(self, **_: Any) -> list[dict[str, Any]]:
        mail = {"Protocol": "email", "Endpoint": "a@example.com"}
        return [{"Subscriptions": [{**mail, "SubscriptionArn": "PendingConfirmation"}]}]

    def subscribe(self, **_: Any) -> Any:
        raise self.exceptions.InvalidParameterException


def test_a_subscriber_who_has_not_confirmed_is_pending() -> None:
    (one,) = SnsSubscriptions("arn:aws:sns:eu-west-1:1:alerts", Sns()).list()  # type: ignore[arg-type]
    assert one == Subscription("email", "a@example.com")
    assert not one.confirmed


def test_an_endpoint_with_other_filters_is_a_conflict() -> None:
    found = SnsSubscriptions("arn:aws:sns:eu-west-1:1:alerts", Sns())  # type: ignore[arg-type]
    with pytest.raises(ConflictError, match="other filters"):
        found.add(Subscription("email", "a@example.com", ("low",)))


@mock_aws
def test_links_name_one_version_and_end_after_five_minutes() -> None:
    links = S3Links(clients.s3(), LINK_TIME)
    found = inspection()
    url = links.view(S3Object(found.bucket, found.key, found.version_id))
    query = parse_qs(urlsplit(url).query)
    assert (query["versionId"], query["X-Amz-Expires"]) == (["v1"], ["300"])
    assert query["response-cache-control"] == ["private, max-age=300"]
    put = links.fill(S3Object("models", "uploads/castings/a.png"), "image/png", 12)
    signed = parse_qs(urlsplit(put.url).query)["X-Amz-SignedHeaders"]
    assert signed == ["content-length;content-type;host"]
    assert put.headers == (("Content-Type", "image/png"),)
