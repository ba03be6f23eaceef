"""What a deployment does about a CloudFormation that refuses, fails, or takes its time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sightline.deployment.cloudformation import Proposal, ServiceStack
from sightline.deployment.watching import Pace
from sightline.domain.errors import ConflictError, InvalidError, UnavailableError

ID = "arn:aws:cloudformation:eu-west-1:123456789012:stack/ingest/1"
CHANGE = {"Action": "Modify", "ResourceType": "AWS::Lambda::Function", "LogicalResourceId": "API"}


def event(status: str, resource: str = "ingest", reason: str = "") -> dict[str, str]:
    told = {"ResourceStatusReason": reason} if reason else {}
    physical = ID if resource == "ingest" else resource
    return {
        "ResourceStatus": status,
        "LogicalResourceId": resource,
        "PhysicalResourceId": physical,
        **told,
    }


class CloudFormation:
    """One stack. Change sets end as told; a change leads to the given events, one at each look."""

    def __init__(
        self,
        status: str | None,
        *happens: dict[str, str],
        plans: tuple[str, ...] = ("CREATE_COMPLETE",),
        reason: str = "",
    ) -> None:
        self.status = status
        self.plans, self.reason = list(plans), reason
        self.past = [{**event("CREATE_COMPLETE"), "EventId": "old"}] if status else []
        self.coming = [{**told, "EventId": str(at)} for at, told in enumerate(happens)]
        self.calls: list[str] = []
        self.asked: dict[str, Any] = {}

    def describe_stacks(self, **_: Any) -> dict[str, Any]:
        if self.status is None:
            missing = {"Code": "ValidationError", "Message": "Stack ingest does not exist"}
            raise ClientError({"Error": missing}, "DescribeStacks")
        return {"Stacks": [{"StackId": ID, "StackStatus": self.status}]}

    def create_change_set(self, **asked: Any) -> dict[str, str]:
        self.calls.append(f"propose {asked['ChangeSetType']}")
        self.asked = asked
        self.status = self.status or "REVIEW_IN_PROGRESS"
        return {"Id": "change"}

    def describe_change_set(self, **_: Any) -> dict[str, Any]:
        status = self.plans.pop(0) if len(self.plans) > 1 else self.plans[0]
        return {"Status": status, "StatusReason": self.reason}

    def delete_change_set(self, **_: Any) -> None:
        self.calls.append("discard")

    def execute_change_set(self, **_: Any) -> None:
        self.calls.append("execute")

    def delete_stack(self, **_: Any) -> None:
        self.calls.append("delete")
        self.status = None

    def get_paginator(self, operation: str) -> Pages:
        return Pages(self, operation)


class Pages:
    """Answers in pages, as boto3 gives them."""

    def __init__(self, cloud: CloudFormation, operation: str) -> None:
        self._cloud, self._operation = cloud, operation

    def paginate(self, **_: Any) -> Iterator[dict[str, Any]]:
        if self._operation == "describe_change_set":
            yield {"Changes": [{"ResourceChange": CHANGE}]}
            yield {"Changes": [{"ResourceChange": {**CHANGE, "Replacement": "True"}}]}
            return
        began = {"execute", "delete"} & set(self._cloud.calls)
        if began and self._cloud.coming:
            self._cloud.past.insert(0, self._cloud.coming.pop(0))
        for told in list(self._cloud.past):
            yield {"StackEvents": [told]}


def stack(cloud: CloudFormation, said: list[str] | None = None) -> ServiceStack:
    say = said.append if said is not None else lambda _: None
    return ServiceStack(cloud, "ingest", say, Pace(sleep=lambda _: None, limit_seconds=60))


def proposed(cloud: CloudFormation) -> Proposal:
    proposal = stack(cloud).propose("https://code/template.json", {})
    assert proposal is not None
    return proposal


def test_a_proposal_says_what_would_happen_to_every_resource() -> None:
    cloud = CloudFormation("CREATE_COMPLETE", plans=("CREATE_PENDING", "CREATE_COMPLETE"))
    assert proposed(cloud).changes == (
        "Modify AWS::Lambda::Function API",
        "Modify AWS::Lambda::Function API, replaced",
    )


def test_nothing_may_make_roles() -> None:
    cloud = CloudFormation(None)
    proposed(cloud)
    assert cloud.asked["Capabilities"] == ["CAPABILITY_AUTO_EXPAND"]


@pytest.mark.parametrize(
    "reason",
    ["The submitted information didn't contain changes.", "No updates are to be performed."],
)
def test_no_changes_leave_nothing_behind(reason: str) -> None:
    cloud = CloudFormation("UPDATE_COMPLETE", plans=("FAILED",), reason=reason)
    assert stack(cloud).propose("https://code/template.json", {}) is None
    assert cloud.calls == ["propose UPDATE", "discard"]


def test_a_refused_template_is_an_error_with_the_reason() -> None:
    cloud = CloudFormation("UPDATE_COMPLETE", plans=("FAILED",), reason="Unresolved reference")
    with pytest.raises(InvalidError, match="Unresolved reference"):
        stack(cloud).propose("https://code/template.json", {})
    assert cloud.calls[-1] == "discard"


def test_a_plan_that_never_comes_is_given_up() -> None:
    with pytest.raises(UnavailableError):
        stack(CloudFormation(None, plans=("CREATE_PENDING",))).propose("https://code/t.json", {})


@pytest.mark.parametrize("status", ["UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS"])
def test_two_deployments_at_once_are_refused(status: str) -> None:
    cloud = CloudFormation(status)
    with pytest.raises(ConflictError, match=status):
        stack(cloud).propose("https://code/template.json", {})
    assert cloud.calls == []


def test_a_stack_that_needs_a_person_is_left_alone() -> None:
    cloud = CloudFormation("UPDATE_ROLLBACK_FAILED")
    with pytest.raises(ConflictError, match=r"UPDATE_ROLLBACK_FAILED; see docs/deploying\.md"):
        stack(cloud).propose("https://code/template.json", {})
    assert cloud.calls == []


def test_what_is_left_of_a_failed_creation_makes_room() -> None:
    gone = event("DELETE_COMPLETE")
    cloud = CloudFormation("ROLLBACK_COMPLETE", gone)
    proposed(cloud)
    assert cloud.calls == ["delete", "propose CREATE"]


def test_a_creation_that_was_only_proposed_is_proposed_again() -> None:
    cloud = CloudFormation("REVIEW_IN_PROGRESS")
    assert proposed(cloud).creates


def test_progress_is_told_once_and_only_of_this_change() -> None:
    cloud = CloudFormation(
        "UPDATE_COMPLETE",
        event("UPDATE_IN_PROGRESS"),
        event("UPDATE_COMPLETE", "API"),
        event("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"),
        event("UPDATE_COMPLETE"),
    )
    said: list[str] = []
    stack(cloud, said).apply(proposed(cloud))
    assert [line.split() for line in said] == [
        ["UPDATE_IN_PROGRESS", "ingest"],
        ["UPDATE_COMPLETE", "API"],
        ["UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "ingest"],
        ["UPDATE_COMPLETE", "ingest"],
    ]


def test_a_failure_names_what_failed_first() -> None:
    cloud = CloudFormation(
        "UPDATE_COMPLETE",
        event("UPDATE_IN_PROGRESS"),
        event("UPDATE_FAILED", "API", "The role cannot be assumed by Lambda."),
        event("UPDATE_FAILED", "RestAPI", "Resource update cancelled"),
        event("UPDATE_ROLLBACK_IN_PROGRESS"),
        event("UPDATE_ROLLBACK_COMPLETE"),
    )
    with pytest.raises(ConflictError, match=r"UPDATE_ROLLBACK_COMPLETE.*API: The role cannot"):
        stack(cloud).apply(proposed(cloud))


def test_waiting_has_an_end() -> None:
    cloud = CloudFormation("UPDATE_COMPLETE", event("UPDATE_IN_PROGRESS"))
    with pytest.raises(UnavailableError, match="Run this again"):
        stack(cloud).apply(proposed(cloud))


def test_what_cannot_be_deleted_is_named() -> None:
    cloud = CloudFormation(
        "CREATE_COMPLETE",
        event("DELETE_IN_PROGRESS"),
        event("DELETE_FAILED", "RestAPI", "A custom domain points to it."),
        event("DELETE_FAILED"),
    )
    with pytest.raises(ConflictError, match=r"DELETE_FAILED.*RestAPI: A custom domain"):
        stack(cloud).delete()


def test_a_proposal_that_is_taken_back_frees_the_name_of_a_new_stack_only() -> None:
    new, old = CloudFormation(None), CloudFormation("CREATE_COMPLETE")
    for cloud in (new, old):
        stack(cloud).discard(proposed(cloud))
    assert new.calls == ["propose CREATE", "discard", "delete"]
    assert old.calls == ["propose UPDATE", "discard"]
