"""Grants hold on AWS: actions that there are, on resources of types that they are asked for."""

from __future__ import annotations

import importlib.resources
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from infra.policies.resource import Resource, of, statements
from tests.infra.changes import Change, grant
from tests.infra.recorder import Recording

# AWS's own list of actions, as cfn-lint carries it.
REFERENCE: dict[str, Any] = json.loads(
    importlib.resources.files("cfnlint.data.AdditionalSpecs").joinpath("Policies.json").read_text()
)
OWNERS = ("iam.RolePolicy", "s3.BucketPolicy", "sns.TopicPolicy", "sqs.QueuePolicy")
# The reference says of both no more than that they are S3's.
REFERENCE["s3"]["Resources"]["bucket"]["ARNFormats"] = ["arn:${Partition}:s3:::[^/]+"]
REFERENCE["s3"]["Resources"]["object"]["ARNFormats"] = ["arn:${Partition}:s3:::[^/]+/.+"]
# Lambda asks for it on the stream that it is to read; the reference knows no type for it.
ASKED_ON_MORE = {"dynamodb:ListStreams"}


def void(resources: Sequence[Resource]) -> Iterator[str]:
    """Grants that AWS would take and never honour."""
    for policy in of(resources, *OWNERS):
        for statement in statements(policy):
            for action in statement.actions:
                if not action.endswith(":*") and not _is_honoured(action, statement.resources):
                    yield f"{policy}: {action} on {', '.join(statement.resources)}"


def _is_honoured(action: str, granted: Sequence[str]) -> bool:
    service, _, name = action.partition(":")
    known = REFERENCE[service]["Actions"].get(name.lower().rstrip("*"))
    if known is None:
        return False
    if "*" in granted or action in ASKED_ON_MORE:
        return True
    forms = [
        form
        for kind in known.get("Resources", [])
        for form in REFERENCE[service]["Resources"][kind]["ARNFormats"]
    ]
    patterns = [re.compile(re.sub(r"\$\{\w+\}", ".*", form)) for form in forms]
    return any(pattern.fullmatch(arn) for pattern in patterns for arn in granted)


def test_every_grant_is_of_an_action_on_something_that_it_is_asked_for(full: Recording) -> None:
    assert list(void(full.resources)) == []


OBJECTS, BUCKET = "arn:aws:s3:::images/*", "arn:aws:s3:::images"


@pytest.mark.parametrize(
    "spoil",
    [
        grant("iam.RolePolicy", Action=["s3:GetObjects"], Resource=[OBJECTS]),
        grant("iam.RolePolicy", Action=["s3:GetObject"], Resource=[BUCKET]),
        grant("iam.RolePolicy", Action=["s3:ListAllMyBuckets"], Resource=[BUCKET]),
        grant("sqs.QueuePolicy", Action="sqs:SendMessages", Resource="arn:aws:sqs:eu:1:parked"),
    ],
    ids=["no such action", "another type", "no type", "a queue's own policy"],
)
def test_a_grant_that_is_void_is_found(spoil: Change, full: Recording) -> None:
    assert list(void(spoil(full.resources)))
