"""Step Functions on one machine: executions against an emulated AWS."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sightline.local.states import state_machines
from sightline.local.states.state_machines import StateMachines

from .conftest import Aws

INVOKE = "arn:aws:states:::lambda:invoke"


@pytest.fixture
def wire(aws: Aws) -> Iterator[StateMachines]:
    installed = state_machines.install(endpoint_url=aws.endpoint_url, concurrency=4, keep=20)
    yield installed
    assert installed.drain(10)
    installed.close()


def start(aws: Aws, arn: str, event: Any = None, **options: Any) -> str:
    answer = aws.client("stepfunctions").start_execution(
        stateMachineArn=arn, input=json.dumps(event or {}), **options
    )
    return str(answer["executionArn"])


def described(aws: Aws, execution: str) -> dict[str, Any]:
    found: dict[str, Any] = aws.client("stepfunctions").describe_execution(executionArn=execution)
    return found


def task(function: str, **rest: Any) -> dict[str, Any]:
    parameters = {"FunctionName": function, "Payload.$": "$"}
    return {"Type": "Task", "Resource": INVOKE, "Parameters": parameters, "End": True, **rest}


@pytest.mark.usefixtures("wire")
def test_a_task_gets_the_payload_and_its_answer_flows_on(aws: Aws, wire: StateMachines) -> None:
    double = aws.function("double", lambda event: {"twice": event["n"] * 2})
    machine = aws.machine(
        "flow", {"Double": task(double, ResultSelector={"twice.$": "$.Payload.twice"})}
    )
    execution = start(aws, machine, {"n": 21})
    assert wire.drain(5)
    found = described(aws, execution)
    assert (found["status"], json.loads(found["output"])) == ("SUCCEEDED", {"twice": 42})


def test_an_error_is_caught_under_its_own_name(aws: Aws, wire: StateMachines) -> None:
    class UnusableError(Exception):
        pass

    def fail(event: Any) -> Any:
        raise UnusableError("not a picture")

    catch = [{"ErrorEquals": ["UnusableError"], "ResultPath": "$.failure", "Next": "Caught"}]
    retry = [{"ErrorEquals": ["UnusableError"], "MaxAttempts": 0}]
    machine = aws.machine(
        "catching",
        {
            "Fail": task(aws.function("fail", fail), Catch=catch, Retry=retry),
            "Caught": {"Type": "Pass", "End": True},
        },
    )
    execution = start(aws, machine, {"kept": 1})
    assert wire.drain(5)
    output = json.loads(described(aws, execution)["output"])
    assert output["kept"] == 1
    assert output["failure"]["Error"] == "UnusableError"
    assert json.loads(output["failure"]["Cause"])["errorMessage"] == "not a picture"
    assert len(aws.functions.events("fail")) == 1


def test_a_passing_failure_is_retried_without_holding_up_others(
    aws: Aws, wire: StateMachines
) -> None:
    seen: set[int] = set()

    def fail_once(event: Any) -> Any:
        if event["n"] not in seen:
            seen.add(event["n"])
            raise RuntimeError("passing")
        return event

    retry = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 2}]
    machine = aws.machine("retrying", {"Try": task(aws.function("once", fail_once), Retry=retry)})
    began = time.monotonic()
    executions = [start(aws, machine, {"n": n}) for n in range(16)]
    assert wire.drain(10)
    assert {described(aws, one)["status"] for one in executions} == {"SUCCEEDED"}
    assert time.monotonic() - began < 3.5  # sixteen one-second waits over four slots


def test_a_missing_function_fails_the_task_with_lambdas_error(
    aws: Aws, wire: StateMachines
) -> None:
    execution = start(aws, aws.machine("missing", {"Call": task("nobody")}))
    assert wire.drain(5)
    found = described(aws, execution)
    assert (found["status"], found["error"]) == ("FAILED", "Lambda.ResourceNotFoundException")


def test_a_role_that_may_not_call_a_function_is_noticed(aws: Aws, wire: StateMachines) -> None:
    function = aws.function("f", lambda event: {})
    role = aws.role("narrow", allowed="lambda:InvokeFunction", to=f"{function}-other")
    execution = start(aws, aws.machine("m", {"Call": task(function)}, role=role))
    assert wire.drain(5)
    found = described(aws, execution)
    assert (found["status"], found["error"]) == ("FAILED", "Lambda.AccessDeniedException")
    assert "narrow is not authorized to perform: lambda:InvokeFunction" in found["cause"]
    assert aws.functions.events("f") == []


def test_other_services_are_reached(aws: Aws, wire: StateMachines) -> None:
    url, _ = aws.queue("parked")
    park = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage",
        "Parameters": {
            "QueueUrl": url,
            "MessageBody": {"input.$": "$$.Execution.Input", "machine.$": "$$.StateMachine.Id"},
        },
        "Next": "Failed",
    }
    failed = {"Type": "Fail", "Error": "Parked", "Cause": "see the queue"}
    machine = aws.machine("parking", {"Park": park, "Failed": failed})
    execution = start(aws, machine, {"key": "ä b"})
    assert wire.drain(5)
    assert described(aws, execution)["error"] == "Parked"
    (message,) = aws.received(url)
    assert json.loads(message["Body"]) == {"input": {"key": "ä b"}, "machine": machine}


def test_a_wait_ends_at_its_timestamp_and_holds_up_nobody(aws: Aws, wire: StateMachines) -> None:
    ended: list[datetime] = []

    def note(event: Any) -> Any:
        ended.append(datetime.now(tz=UTC))
        return {}

    wait = {"Type": "Wait", "TimestampPath": "$.due", "Next": "Note"}
    waiting = aws.machine("waiting", {"Wait": wait, "Note": task(aws.function("note", note))})
    due = datetime.now(tz=UTC) + timedelta(seconds=3)
    for _ in range(6):  # more than there are slots
        start(aws, waiting, {"due": due.isoformat().replace("+00:00", "Z")})
    quick = start(aws, aws.machine("quick", {"Pass": {"Type": "Pass", "End": True}}))
    until = time.monotonic() + 1
    while described(aws, quick)["status"] == "RUNNING" and time.monotonic() < until:
        time.sleep(0.02)
    assert described(aws, quick)["status"] == "SUCCEEDED"
    assert not ended
    assert wire.drain(5)
    assert all(timedelta(0) <= at - due < timedelta(seconds=1) for at in ended)
    assert len(ended) == 6


def test_executions_that_wait_or_queue_can_be_stopped(aws: Aws, wire: StateMachines) -> None:
    go_on = threading.Event()
    slow = aws.machine("slow", {"Slow": task(aws.function("slow", lambda event: go_on.wait(5)))})
    waiting = start(aws, aws.machine("w", {"W": {"Type": "Wait", "Seconds": 60, "End": True}}))
    running = [start(aws, slow) for _ in range(4)]
    queued = start(aws, slow)
    for execution in (waiting, queued):
        aws.client("stepfunctions").stop_execution(executionArn=execution)
    go_on.set()
    assert wire.drain(5)
    assert [described(aws, one)["status"] for one in (waiting, queued)] == ["ABORTED"] * 2
    assert {described(aws, one)["status"] for one in running} == {"SUCCEEDED"}
    assert len(aws.functions.events("slow")) == 4


def test_a_standard_name_is_taken_once_an_express_name_any_number_of_times(
    aws: Aws, wire: StateMachines
) -> None:
    states = {"Pass": {"Type": "Pass", "End": True}}
    standard = aws.machine("standard", states, "STANDARD")
    start(aws, standard, {"a": 1}, name="minute-1")
    assert wire.drain(5)
    with pytest.raises(ClientError) as refused:
        start(aws, standard, {"a": 1}, name="minute-1")
    assert refused.value.response["Error"]["Code"] == "ExecutionAlreadyExists"
    express = aws.machine("express", states)
    arns = {start(aws, express, name="same") for _ in range(3)}
    assert len(arns) == 3
    assert wire.drain(5)
    assert {described(aws, arn)["status"] for arn in arns} == {"SUCCEEDED"}


def test_the_same_start_twice_is_one_execution_while_it_runs(aws: Aws, wire: StateMachines) -> None:
    go_on = threading.Event()
    slow = aws.function("slow", lambda event: go_on.wait(5))
    machine = aws.machine("once", {"Slow": task(slow)}, "STANDARD")
    first = start(aws, machine, {"a": 1}, name="n")
    assert start(aws, machine, {"a": 1}, name="n") == first
    with pytest.raises(ClientError, match="ExecutionAlreadyExists"):
        start(aws, machine, {"a": 2}, name="n")
    go_on.set()
    assert wire.drain(5)
    assert len(aws.functions.events("slow")) == 1


def test_a_standard_name_stays_taken_after_its_execution_is_forgotten(
    aws: Aws, wire: StateMachines
) -> None:
    machine = aws.machine("kept", {"Pass": {"Type": "Pass", "End": True}}, "STANDARD")
    for number in range(30):
        start(aws, machine, name=f"n{number}")
        assert wire.drain(5)
    listed = aws.client("stepfunctions").list_executions(stateMachineArn=machine)["executions"]
    assert len(listed) <= 21
    with pytest.raises(ClientError, match="ExecutionAlreadyExists"):
        start(aws, machine, name="n0")


@pytest.mark.usefixtures("wire")
def test_a_synchronous_execution_answers_with_its_output(aws: Aws) -> None:
    double = aws.function("double", lambda event: event["n"] * 2)
    machine = aws.machine("sync", {"Double": task(double, OutputPath="$.Payload")})
    answer = aws.client("stepfunctions").start_sync_execution(
        stateMachineArn=machine, input='{"n": 4}'
    )
    assert (answer["status"], answer["output"]) == ("SUCCEEDED", "8")


@pytest.mark.usefixtures("wire")
@pytest.mark.parametrize(
    ("states", "complaint"),
    [
        ({"A": {"Type": "Pass", "Next": "B"}}, "MISSING_TRANSITION_TARGET"),
        ({"A": task("f", Catch=[{"ErrorEquals": ["States.ALL"], "Next": "C"}])}, "Catch"),
        ({"A": task("f", Resource=f"{INVOKE}.waitForTaskToken")}, "EXPRESS"),
    ],
)
def test_what_aws_refuses_is_refused(aws: Aws, states: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ClientError, match=complaint):
        aws.machine("wrong", states)


def test_executions_that_share_a_parsed_program_do_not_disturb_each_other(
    aws: Aws, wire: StateMachines
) -> None:
    """Retry counters and results of many concurrent executions stay their own."""
    tries: dict[int, int] = {}
    lock = threading.Lock()

    def flaky(event: Any) -> Any:
        with lock:
            tries[event["n"]] = tries.get(event["n"], 0) + 1
            count = tries[event["n"]]
        if count <= event["n"] % 3:
            raise RuntimeError("again")
        return {"n": event["n"]}

    retry = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 2}]
    retry[0]["MaxDelaySeconds"] = 2
    states = {
        "Literal": {"Type": "Pass", "Result": {"deep": {}}, "ResultPath": "$.made", "Next": "Into"},
        "Into": {
            "Type": "Pass",
            "InputPath": "$.n",
            "ResultPath": "$.made.deep.n",
            "Next": "Flaky",
        },
        "Flaky": task(aws.function("flaky", flaky), Retry=retry, ResultPath="$.answer"),
    }
    machine = aws.machine("shared", states)
    executions = {n: start(aws, machine, {"n": n}) for n in range(20)}
    assert wire.drain(15)
    for n, execution in executions.items():
        output = json.loads(described(aws, execution)["output"])
        assert output["made"] == {"deep": {"n": n}}
        assert output["answer"]["Payload"] == {"n": n}
        assert tries[n] == n % 3 + 1
