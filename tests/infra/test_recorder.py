"""The recorder itself: a program that fails must not look like one that passes."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws
import pytest

from tests.infra.recorder import one, record


def test_the_same_resource_twice_is_refused() -> None:
    def program() -> dict[str, pulumi.Output[str]]:
        return {name: aws.sqs.Queue("parked").arn for name in ("first", "second")}

    with pytest.raises(Exception, match="declared twice"):
        record(program, stack="test")


def test_a_failure_inside_of_an_output_is_seen() -> None:
    def program() -> dict[str, pulumi.Output[str]]:
        return {"arn": aws.sqs.Queue("parked").arn.apply(lambda arn: arn[10_000])}

    with pytest.raises(IndexError):
        record(program, stack="test")


def test_a_run_is_not_disturbed_by_one_that_failed() -> None:
    test_a_failure_inside_of_an_output_is_seen()
    recording = record(lambda: {"arn": aws.sqs.Queue("parked").arn}, stack="test")
    assert [str(resource) for resource in recording.resources] == ["sqs.Queue parked"]
    assert recording.outputs == {"arn": one(recording, "sqs.Queue", "parked").arn}


def test_resource_options_are_seen() -> None:
    def program() -> dict[str, pulumi.Output[str]]:
        kept = pulumi.ResourceOptions(protect=True, retain_on_delete=True)
        return {"arn": aws.sqs.Queue("parked", opts=kept).arn}

    queue = one(record(program, stack="test"), "sqs.Queue", "parked")
    assert queue.protect
    assert queue.retain_on_delete
