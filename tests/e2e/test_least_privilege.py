"""Every grant of every role is needed by these tests: taken out, a call of theirs is refused.

What roles ask for is written down while the other end-to-end tests run, each call with the grants
that allow it. So this module comes last, and says nothing of grants when not all of them ran.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from sightline.local.iam.permissions import Call
from tests.e2e.conftest import World
from tests.e2e.grants import Grant, granted, needed, without
from tests.e2e.observed import Observed
from tests.e2e.test_pipeline import a_part, announce, image, request
from tests.e2e.waiting import until
from tests.sign_in import Site

HERE = Path(__file__)

# What AWS asks for and nothing here does, with the reason: role, action and resource as patterns.
NOT_ASKED_FOR: Mapping[tuple[str, str, str], str] = {
    ("*", "xray:*", "*"): "There is no X-Ray on one machine.",
    ("*-workflow", "logs:*", "*"): "Step Functions asks when a machine with a log is made.",
    ("stream", "dynamodb:ListStreams", "*"): "AWS demands it of what reads a stream.",
    ("*", "s3:AbortMultipartUpload", "*"): "Files that are written in parts are larger.",
    ("*", "s3:ListMultipartUploadParts", "*"): "Files that are written in parts are larger.",
    ("*", "s3:ListBucketMultipartUploads", "*"): "Files that are written in parts are larger.",
    ("*", "s3:GetBucketLocation", "*"): "Athena and Firehose ask where a bucket is.",
    ("lake", "s3:GetObject", "*"): "AWS demands it of what Firehose delivers as.",
    ("lake", "s3:ListBucket", "*"): "AWS demands it of what Firehose delivers as.",
    ("lake", "glue:GetTable", "*"): "AWS demands it of what Firehose delivers as.",
    ("lake", "glue:GetTableVersion", "*"): "AWS demands it of what Firehose delivers as.",
    ("*", "glue:GetDatabase", "*"): "Athena asks for it; what stands in for it reads the table.",
    ("*", "glue:GetPartitions", "*"): "Athena asks for it; partitions are projected.",
    ("*", "glue:GetTable", "*:catalog"): "Glue asks for it on what a table is in, as well.",
    ("*", "glue:GetTable", "*:database/*"): "Glue asks for it on what a table is in, as well.",
    ("*", "athena:StopQueryExecution", "*"): "No query takes longer here than it may.",
    ("daily", "s3:GetObject", "*query-results*"): "Athena shows results to who may read them.",
    ("daily", "s3:ListBucket", "*query-results*"): "Athena shows results to who may read them.",
    ("control*", "s3:GetObjectVersion", "*models-*"): "Users' manifests may name versions.",
    ("control*", "s3:GetObject", "*images-*/images/*"): "Events may name no version of a picture.",
    ("control*", "s3:ListBucket", "*"): "S3 says what is missing only to who may list its bucket.",
}
# What is asked for in a race alone, and so in some runs and not in others.
SOMETIMES: Mapping[tuple[str, str, str], str] = {
    ("control-job", "events:EnableRule", "*"): "A job was stored while the wake-ups ended.",
    ("control-job", "lambda:InvokeFunction", "*control-job"): "A wake-up found a job unattended.",
}


def not_run(session: pytest.Session) -> str:
    """Which end-to-end tests did not run, if any."""
    ran = {item.path for item in session.items if item.path.parent == HERE.parent}
    missing = sorted(path.name for path in HERE.parent.glob("test_*.py") if path not in ran)
    if session.testsfailed:
        return f"{session.testsfailed} tests failed"
    return f"{', '.join(missing)} did not run" if missing else ""


def accepted(grant: Grant) -> list[tuple[str, str, str]]:
    """The patterns that a grant answers to."""
    said = (grant.role, grant.action, grant.resource)
    known = [*NOT_ASKED_FOR, *SOMETIMES]
    return [key for key in known if all(map(fnmatchcase, said, key))]


def test_every_grant_is_needed(observed: Observed, request: pytest.FixtureRequest) -> None:
    if reason := not_run(request.session):
        pytest.skip(f"only all end-to-end tests together need every grant: {reason}")
    idle = observed.granted - observed.needed
    used = {key for grant in idle for key in accepted(grant)}
    found = {
        "not needed": sorted(str(grant) for grant in idle if not accepted(grant)),
        "needed by now: take them off the list": sorted(NOT_ASKED_FOR.keys() - used),
    }
    assert not any(found.values()), found


@pytest.fixture(scope="module")
def world(new_world: Callable[..., Iterator[World]]) -> Iterator[World]:
    for world in new_world():
        world.stack.add_people("Least-Privilege-1")
        yield world


def is_recorded(world: World, parts: Path, image_id: str) -> bool:
    """Whether a picture gets a record; it is parked otherwise."""
    world.camera().upload(a_part(parts), image_id=image_id)

    def ended() -> str | None:
        if any(row.image.endswith(f"#{image_id}") for row in world.rows()):
            return "recorded"
        found = world.stack.client("sqs").receive_message(
            QueueUrl=world.stack.outputs["parkedQueueUrl"],
            MaxNumberOfMessages=10,
            VisibilityTimeout=0,
        )
        return "parked" if image_id in json.dumps(found.get("Messages", [])) else None

    return until(ended, seconds=150, what=f"an end of {image_id}") == "recorded"


def is_taken(world: World, parts: Path, image_id: str) -> bool:
    """Whether S3 takes a picture that was announced."""
    data = a_part(parts)
    _, answer = announce(world, image(image_id, data))
    place = answer["uploads"][0]
    return request("PUT", place["url"], data, place["headers"])[0] == 200


def is_answered(world: World, api: str, method: str, path: str) -> bool:
    """Whether a service has an answer for an administrator."""
    site = Site.at(world.stack.url)
    keys = site.sign_in("admin", "Least-Privilege-1")
    body = None if method == "GET" else {"wait": 0}
    return site.ask(keys, method, path, body, api=api).status == 200


LIVE: Mapping[tuple[str, str], Callable[[World, Path, str], bool]] = {
    ("ingest", "s3:PutObject"): is_taken,
    ("detect", "s3:GetObjectVersion"): is_recorded,
    ("record", "dynamodb:UpdateItem"): is_recorded,
    ("inspection-workflow", "lambda:InvokeFunction"): is_recorded,
    ("control", "dynamodb:Query"): lambda world, *_: is_answered(
        world, "control", "GET", "/2020-11-20/projects"
    ),
    ("analytics", "athena:StartQueryExecution"): lambda world, *_: is_answered(
        world, "analytics", "POST", "/queries/totals"
    ),
    ("people-admin", "execute-api:Invoke"): lambda world, *_: is_answered(
        world, "control", "GET", "/2020-11-20/projects"
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize(("role", "action"), LIVE)
def test_taken_out_for_real_it_is_missed(role: str, action: str, world: World, parts: Path) -> None:
    works = LIVE[role, action]
    with without(world.stack.client("iam"), role, action):
        assert not works(world, parts, f"without {role} {action.partition(':')[2]}")
    assert works(world, parts, f"with {role} {action.partition(':')[2]}")


def test_a_grant_that_nothing_needs_is_found() -> None:
    allow = {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": ["a/*"]}
    twice = {"Effect": "Allow", "Action": "s3:Get*", "Resource": "a/b/*"}
    grants = granted("worker", [{"Statement": [allow, twice]}])
    assert [grant.action for grant in grants] == ["s3:GetObject", "s3:PutObject", "s3:Get*"]
    read, write, wide = grants

    def after(*calls: tuple[str, str]) -> set[Grant]:
        return needed(grants, [Call("worker", "", action, name) for action, name in calls])

    assert after() == set()
    assert after(("s3:GetObject", "a/b/c")) == set(), "either of two would do"
    assert after(("s3:GetObject", "a/c"), ("s3:PutObject", "a/c")) == {read, write}
    assert after(("s3:GetObjectVersion", "a/b/c")) == {wide}
