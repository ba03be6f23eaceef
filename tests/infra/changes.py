"""Small ways of spoiling what a program declared, to see whether a policy notices."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from infra.policies.resource import Resource

Change = Callable[[Sequence[Resource]], list[Resource]]
REMOVED = object()


def drop(kind: str) -> Change:
    """Without any resource of a type."""
    return lambda resources: [r for r in resources if r.type != kind]


def put(kind: str, path: str, value: Any) -> Change:
    """With another input in all resources of a type; `path` is like `rules.0.status`."""
    return _changing(kind, lambda inputs: _put(inputs, path.split("."), value))


def put_json(kind: str, key: str, path: str, value: Any) -> Change:
    """With another value inside of an input that is JSON text; `States.*.Retry` is all states'."""

    def change(inputs: dict[str, Any]) -> None:
        document = json.loads(inputs[key])
        _put(document, path.split("."), value)
        inputs[key] = json.dumps(document)

    return _changing(kind, change)


def grant(kind: str, key: str = "policy", **statement: Any) -> Change:
    """With one more statement in all policy documents of a type."""

    def change(inputs: dict[str, Any]) -> None:
        document = json.loads(inputs[key])
        document["Statement"].append({"Effect": "Allow", **statement})
        inputs[key] = json.dumps(document)

    return _changing(kind, change)


def revoke(kind: str, action: str) -> Change:
    """Without the statements that are about an action."""

    def change(inputs: dict[str, Any]) -> None:
        document = json.loads(inputs["policy"])
        kept = [s for s in document["Statement"] if action not in s["Action"]]
        inputs["policy"] = json.dumps({**document, "Statement": kept})

    return _changing(kind, change)


def elsewhere(kind: str) -> Change:
    """With all resources of a type coming from another provider."""
    return lambda resources: [
        replace(r, provider="urn::other") if r.type == kind else r for r in resources
    ]


def _changing(kind: str, change: Callable[[dict[str, Any]], None]) -> Change:
    def changed(resource: Resource) -> Resource:
        if resource.type != kind:
            return resource
        inputs: dict[str, Any] = copy.deepcopy(dict(resource.inputs))
        change(inputs)
        return replace(resource, inputs=inputs)

    return lambda resources: [changed(resource) for resource in resources]


def _put(target: Any, path: Sequence[str], value: Any) -> None:
    first, *rest = path
    if first == "*":
        for item in target.values():
            _put(item, rest, value)
    elif rest:
        _put(target[int(first) if isinstance(target, list) else first], rest, value)
    elif value is REMOVED:
        target.pop(first, None)
    else:
        target[first] = value
