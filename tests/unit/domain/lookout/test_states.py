"""The status machines of datasets and models, and what keeps projects whole."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from sightline.domain.lookout import tags
from sightline.domain.lookout.calls import Call, answered
from sightline.domain.lookout.datasets import Dataset, DatasetStatus, DatasetType
from sightline.domain.lookout.errors import (
    QuotaExceededError,
    ResourceConflictError,
    ResourceNotFoundError,
    ValidationError,
)
from sightline.domain.lookout.jobs import LEASE, Job, JobKind
from sightline.domain.lookout.manifest import parse
from sightline.domain.lookout.models import Model, ModelStatus
from tests.examples import NOON
from tests.lookout_examples import OWNER, dataset, line, model, project

S, D = ModelStatus, DatasetStatus
MODEL_MOVES: dict[str, tuple[Callable[[Model], Model], set[ModelStatus], ModelStatus]] = {
    "start": (
        lambda m: m.starting("j", 1, 2, NOON),
        {S.TRAINED, S.HOSTING_FAILED},
        S.STARTING_HOSTING,
    ),
    "stop": (lambda m: m.stopping("j"), {S.HOSTED, S.HOSTING_FAILED}, S.STOPPING_HOSTING),
    "delete": (
        lambda m: m.deleting("j"),
        {S.TRAINED, S.TRAINING_FAILED, S.HOSTING_FAILED},
        S.DELETING,
    ),
}


@pytest.mark.parametrize("status", S)
@pytest.mark.parametrize("move", MODEL_MOVES)
def test_a_model_moves_only_where_the_protocol_lets_it(move: str, status: ModelStatus) -> None:
    act, allowed, reached = MODEL_MOVES[move]
    if status in allowed:
        moved = act(model(status=status))
        assert (moved.status, moved.job) == (reached, "j")
        return
    with pytest.raises(ResourceConflictError) as caught:
        act(model(status=status))
    assert caught.value.body()["ResourceType"] == "MODEL"
    assert caught.value.body()["ResourceId"] == "castings/1"


@pytest.mark.parametrize("status", [S.TRAINING, S.STARTING_HOSTING, S.STOPPING_HOSTING, S.DELETING])
def test_failed_work_leaves_a_model_that_can_go_on(status: ModelStatus) -> None:
    artifact = None if status is S.TRAINING else model().artifact
    failed = model(status=status, job="j", artifact=artifact).failed("disk full")
    assert (failed.message, failed.job) == ("disk full", None)
    assert failed.deleting("k").status is S.DELETING


def test_a_stopped_model_is_trained_and_has_no_units() -> None:
    hosted = model().starting("j", 2, 4, NOON).hosted()
    assert (hosted.min_units, hosted.max_units, hosted.started_at) == (2, 4, NOON)
    assert hosted.check_hosted() == hosted.artifact
    stopped = hosted.stopping("k").stopped()
    assert (stopped.status, stopped.min_units, stopped.max_units) == (S.TRAINED, None, None)
    assert stopped.started_at is None
    with pytest.raises(ResourceConflictError, match="start it first"):
        stopped.check_hosted()


def test_versions_sort_as_numbers() -> None:
    names = [model(version=str(n)).identity for n in (2, 10, 9)]
    assert sorted(names) == [("castings", f"{n:010}") for n in (2, 9, 10)]


DATASET_MOVES: dict[str, tuple[Callable[[Dataset], Dataset], set[DatasetStatus]]] = {
    "update": (
        lambda d: d.updating("j", NOON),
        {D.CREATE_COMPLETE, D.UPDATE_COMPLETE, D.UPDATE_FAILED_ROLLBACK_COMPLETE},
    ),
    "delete": (
        lambda d: d.deleting("j", NOON),
        {
            D.CREATE_COMPLETE,
            D.UPDATE_COMPLETE,
            D.UPDATE_FAILED_ROLLBACK_COMPLETE,
            D.CREATE_FAILED,
            D.DELETE_FAILED,
        },
    ),
}


@pytest.mark.parametrize("status", D)
@pytest.mark.parametrize("move", DATASET_MOVES)
def test_a_dataset_moves_only_where_the_protocol_lets_it(move: str, status: DatasetStatus) -> None:
    act, allowed = DATASET_MOVES[move]
    if status in allowed:
        assert act(dataset(status=status)).job == "j"
        return
    with pytest.raises(ResourceConflictError, match=status.value):
        act(dataset(status=status))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (D.CREATE_IN_PROGRESS, D.CREATE_FAILED),
        (D.UPDATE_IN_PROGRESS, D.UPDATE_FAILED_ROLLBACK_COMPLETE),
        (D.DELETE_IN_PROGRESS, D.DELETE_FAILED),
    ],
)
def test_failed_work_leaves_a_dataset_that_can_go_on(
    before: DatasetStatus, after: DatasetStatus
) -> None:
    failed = dataset(status=before, job="j").failed("no such key", NOON)
    assert (failed.status, failed.message, failed.job) == (after, "no such key", None)
    assert failed.deleting("k", NOON).status is D.DELETE_IN_PROGRESS


def test_a_filled_dataset_counts_its_images() -> None:
    lines = [line("a"), line("b", "anomaly", mask="m"), line("c", "who knows")]
    filled = dataset(status=D.CREATE_IN_PROGRESS, job="j").filled(
        "key", parse(lines, NOON, images_max=9), NOON
    )
    stats = filled.stats
    assert (stats.total, stats.labeled, stats.normal, stats.anomaly) == (3, 2, 1, 1)
    assert (filled.status, filled.bucket, filled.segmentation) == (
        D.CREATE_COMPLETE,
        "pictures",
        True,
    )


def test_a_project_holds_one_dataset_of_each_type() -> None:
    full = project().adding(dataset()).adding(dataset(type=DatasetType.TEST))
    with pytest.raises(ResourceConflictError, match="has a train dataset already"):
        full.adding(dataset())
    with pytest.raises(ResourceConflictError, match="a train dataset and a test dataset and 2 mod"):
        project(datasets=full.datasets, models=2).check_empty()
    with pytest.raises(ResourceNotFoundError, match="has no test dataset"):
        full.without(DatasetType.TEST).dataset(DatasetType.TEST)
    project().check_empty()


def test_a_dataset_that_is_being_deleted_makes_room_at_once() -> None:
    going = project().having(dataset().deleting("j", NOON))
    going.check_empty()
    assert going.adding(dataset()).datasets == project().adding(dataset()).datasets


def test_a_token_is_good_for_the_same_request_only() -> None:
    call = Call("CreateProject", {"ProjectName": "a", "Changes": b"x"}, "t-1")
    stored = answered(call, "{}", None, NOON)
    assert stored.expires_at == NOON + timedelta(hours=8)
    stored.check(Call("CreateProject", {"Changes": b"x", "ProjectName": "a"}, "t-1"), "PROJECT")
    with pytest.raises(ResourceConflictError, match="ClientToken t-1 was used for another"):
        stored.check(Call("CreateProject", {"ProjectName": "b"}, "t-1"), "PROJECT")


def test_a_lease_keeps_runners_apart_until_it_ends() -> None:
    job = Job(job_id="j", kind=JobKind.TRAIN, project="p", subject="1", created_at=NOON)
    taken = job.claimed(NOON)
    assert not job.is_leased(NOON)
    assert taken.is_leased(NOON + LEASE / 2)
    assert not taken.is_leased(NOON + LEASE)
    assert not taken.released().is_leased(NOON)
    assert taken.released().claimed(NOON).claimed(NOON).is_last_attempt


@pytest.mark.parametrize("quoted", [False, True])
def test_a_models_arn_gives_its_version(quoted: bool) -> None:
    arn = OWNER.model("castings", "12")
    given = arn.replace(":", "%3A").replace("/", "%2F") if quoted else arn
    assert OWNER.parse_model(given) == ("castings", "12")
    assert OWNER.owns(given)


@pytest.mark.parametrize(
    "arn",
    [
        "",
        "x",
        OWNER.project("castings"),
        OWNER.model("castings", "0"),
        OWNER.model("castings", "latest"),
        OWNER.model("cast/ings", "1"),
        OWNER.model("castings", "1") + "\n",
        "%",
    ],
)
def test_what_is_no_models_arn_is_refused(arn: str) -> None:
    with pytest.raises(ValidationError, match="is not the ARN of a model"):
        OWNER.parse_model(arn)


def test_tags_merge_up_to_a_limit() -> None:
    have = tags.read([{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}])
    assert tags.merged(have, {"a": "2"}, "castings/1") == {"a": "2", "b": ""}
    assert tags.without(have, ["a", "z"]) == {"b": ""}
    with pytest.raises(QuotaExceededError) as caught:
        tags.merged(have, {str(n): "" for n in range(199)}, "castings/1")
    assert caught.value.body()["QuotaCode"] == "tags-per-resource"
    with pytest.raises(ValidationError, match="more than once"):
        tags.read([{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "1"}])
    with pytest.raises(ValidationError, match="begins with 'aws:'"):
        tags.read([{"Key": "AWS:x", "Value": "1"}])
