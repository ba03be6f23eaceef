"""State machines and the rule that starts them: nothing is lost without a trace."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from infra.policies.resource import Resource, of, statements

EXPRESS_SECONDS = 300  # how long AWS lets an Express execution live
_ENDS = frozenset({"Succeed", "Fail"})
_TYPES = frozenset({"Task", "Choice", "Wait", "Pass", "Map", "Parallel"}) | _ENDS

States = Mapping[str, Mapping[str, Any]]


def machines_log_and_trace(resources: Sequence[Resource]) -> Iterator[str]:
    """Express executions leave nothing but logs: every machine writes them, and traces."""
    groups = {f"{group.arn}:*" for group in of(resources, "cloudwatch.LogGroup")}
    for machine in of(resources, "sfn.StateMachine"):
        logging = machine.inputs.get("loggingConfiguration", {})
        destination = logging.get("logDestination", "")
        if logging.get("level", "OFF") == "OFF" or destination not in groups:
            yield f"{machine} writes no logs"
        elif ":/aws/vendedlogs/states/" not in destination:
            yield f"{machine} writes to a group outside of /aws/vendedlogs/states/"
        if not machine.inputs.get("tracingConfiguration", {}).get("enabled"):
            yield f"{machine} is not traced"


def failed_wake_ups_are_parked(resources: Sequence[Resource]) -> Iterator[str]:
    """What EventBridge hands over counts as delivered to it, whatever the function then does."""
    queues = {queue.arn for queue in of(resources, "sqs.Queue")}
    parking = {
        config.inputs["functionName"]
        for config in of(resources, "lambda.FunctionEventInvokeConfig")
        if config.inputs.get("destinationConfig", {}).get("onFailure", {}).get("destination")
        in queues
    }
    for target in of(resources, "cloudwatch.EventTarget"):
        _, is_function, name = target.inputs["arn"].partition(":function:")
        if is_function and name not in parking:
            yield f"{target} wakes a function whose failures nobody hears of"


def undelivered_events_are_parked(resources: Sequence[Resource]) -> Iterator[str]:
    """Targets are retried, and what stays undelivered goes to a queue that admits it."""
    admitted = {
        (queue, rule)
        for policy in of(resources, "sqs.QueuePolicy")
        for statement in statements(policy)
        if statement.allows and statement.principals == ["events.amazonaws.com"]
        for queue in statement.resources
        for rule in [statement.condition.get("ArnEquals", {}).get("aws:SourceArn")]
    }
    rules = {rule.outputs["name"]: rule.arn for rule in of(resources, "cloudwatch.EventRule")}
    permitted = {
        (permission.inputs["function"], permission.inputs.get("sourceArn"))
        for permission in of(resources, "lambda.Permission")
        if permission.inputs["principal"] == "events.amazonaws.com"
    }
    for target in of(resources, "cloudwatch.EventTarget"):
        if not target.inputs.get("retryPolicy", {}).get("maximumRetryAttempts"):
            yield f"{target} is not retried"
        queue = target.inputs.get("deadLetterConfig", {}).get("arn")
        if (queue, rules.get(target.inputs["rule"])) not in admitted:
            yield f"{target} has no queue that admits what it cannot deliver"
        # Functions are called by permission of their own, not by a role.
        called = (
            target.inputs["arn"].rpartition(":function:")[2],
            rules.get(target.inputs["rule"]),
        )
        if not target.inputs.get("roleArn") and called not in permitted:
            yield f"{target} has neither a role nor a permission"


def definitions_are_complete(resources: Sequence[Resource]) -> Iterator[str]:
    """Every state exists that is named, is reachable, and goes on or ends; nothing is unfilled."""
    for machine in of(resources, "sfn.StateMachine"):
        text = machine.inputs["definition"]
        for placeholder in re.findall(r"\$\{\w+\}", text):
            yield f"{machine} still contains {placeholder}"
        definition = json.loads(text)
        states: States = definition["States"]
        start = definition.get("StartAt")
        named = {start}.union(*(_followers(state) for state in states.values()))
        for name in sorted(map(str, named - states.keys())):
            yield f"{machine} goes to {name!r}, which does not exist"
        for name in sorted(states.keys() - named):
            yield f"{machine} never reaches {name!r}"
        for name, state in states.items():
            if state.get("Type") not in _TYPES:
                yield f"{machine}: {name!r} has type {state.get('Type')!r}"
            elif not (_followers(state) or state.get("End") or state["Type"] in _ENDS):
                yield f"{machine}: {name!r} leads nowhere"


def failures_are_parked(resources: Sequence[Resource]) -> Iterator[str]:
    """Every task is retried; when that fails, its input goes to the queue before the machine."""
    for machine in of(resources, "sfn.StateMachine"):
        states: States = json.loads(machine.inputs["definition"])["States"]
        parking = {n for n, s in states.items() if s.get("Resource", "").endswith(":sendMessage")}
        for name, state in states.items():
            if state["Type"] != "Task":
                continue
            if "States.ALL" not in _caught(state.get("Retry", [])) or not _attempts(state) > 1:
                yield f"{machine}: {name!r} is not retried"
            if not state.get("TimeoutSeconds"):
                yield f"{machine}: {name!r} may hang for ever"
            nexts = {c["Next"] for c in state.get("Catch", []) if "States.ALL" in c["ErrorEquals"]}
            if name not in parking and (not nexts or not nexts <= parking):
                yield f"{machine}: {name!r} does not park what it cannot do"


def functions_end_before_their_tasks(resources: Sequence[Resource]) -> Iterator[str]:
    """A function's own timeout comes first: it says which function it was, and ends the work."""
    timeouts = {f.arn: f.inputs["timeout"] for f in of(resources, "lambda.Function")}
    for machine in of(resources, "sfn.StateMachine"):
        for name, state in json.loads(machine.inputs["definition"])["States"].items():
            function = state.get("Parameters", {}).get("FunctionName")
            if function and function not in timeouts:
                yield f"{machine}: {name!r} calls {function}, which this program does not declare"
            elif function and timeouts[function] >= state["TimeoutSeconds"]:
                yield f"{machine}: {name!r} gives up while its function still runs"


def express_executions_end_in_time(resources: Sequence[Resource]) -> Iterator[str]:
    """The slowest way through an Express machine is shorter than its life.

    Otherwise AWS ends the execution before it reaches the state that parks its input.
    """
    for machine in of(resources, "sfn.StateMachine"):
        if machine.inputs.get("type") == "EXPRESS":
            definition = json.loads(machine.inputs["definition"])
            seconds = slowest(definition["States"], definition["StartAt"])
            if seconds >= EXPRESS_SECONDS:
                yield f"{machine} can take {seconds} s; AWS ends it after {EXPRESS_SECONDS} s"


def slowest(states: States, name: str, seen: frozenset[str] = frozenset()) -> float:
    """Seconds of the slowest way from a state to an end; infinite when there is a loop."""
    if name in seen:
        return float("inf")
    ways = [slowest(states, follower, seen | {name}) for follower in _followers(states[name])]
    return _duration(states[name]) + max(ways, default=0)


def _duration(state: Mapping[str, Any]) -> float:
    total = float(state.get("TimeoutSeconds", 0)) * _attempts(state)
    for retrier in state.get("Retry", []):
        wait, longest = retrier.get("IntervalSeconds", 1), retrier.get("MaxDelaySeconds", 31622400)
        for attempt in range(retrier.get("MaxAttempts", 3)):
            total += min(wait * retrier.get("BackoffRate", 2) ** attempt, longest)
    return total


def _attempts(state: Mapping[str, Any]) -> int:
    return 1 + sum(int(retrier.get("MaxAttempts", 3)) for retrier in state.get("Retry", []))


def _caught(retriers: Sequence[Mapping[str, Any]]) -> set[str]:
    return {error for retrier in retriers for error in retrier["ErrorEquals"]}


def _followers(state: Mapping[str, Any]) -> set[str]:
    branches = [*state.get("Choices", []), *state.get("Catch", [])]
    names = [state.get("Next"), state.get("Default"), *(branch.get("Next") for branch in branches)]
    return {name for name in names if name}
