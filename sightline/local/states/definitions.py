"""State machine definitions: parsed once, and refused where AWS refuses them."""

from __future__ import annotations

import functools
import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Any

from jsonpath_ng.ext.parser import parse as parse_extended_path
from jsonpath_ng.parser import parse as parse_plain_path
from moto.stepfunctions.parser.api import InvalidDefinition
from moto.stepfunctions.parser.asl.component.common.path import result_path
from moto.stepfunctions.parser.asl.component.component import Component
from moto.stepfunctions.parser.asl.component.eval_component import EvalComponent
from moto.stepfunctions.parser.asl.jsonata import jsonata
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.asl.utils import json_path
from moto.stepfunctions.parser.models import StepFunctionsParserBackend

from sightline.local.seams import Seams

Parse = Callable[[str], tuple[Any, Any]]
CALLBACKS = (".waitForTaskToken", ".sync", ".sync:2")


class Programs:
    """Parsed programs by their definition's text, shared by all executions.

    Parsing costs far more than running. Sharing is safe because evaluation writes to the
    execution's environment only; the single exception is each component's `heap_key`, which moto
    makes when it is first asked for, so all are asked for before the program is handed out.
    """

    def __init__(self, parse: Parse, *, keep: int = 64) -> None:
        self._parse = parse
        self._keep = keep
        self._parsed: OrderedDict[str, tuple[Any, Any]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, definition: str) -> tuple[Any, Any]:
        """The program and its syntax tree, as moto's parser returns them."""
        with self._lock:
            if definition not in self._parsed:
                parsed = self._parse(definition)
                _settle(parsed[0])
                self._parsed[definition] = parsed
                if len(self._parsed) > self._keep:
                    self._parsed.popitem(last=False)
            self._parsed.move_to_end(definition)
            return self._parsed[definition]


def _settle(program: Any) -> None:
    seen: set[int] = set()
    waiting = [program]
    while waiting:
        value = waiting.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, EvalComponent):
            _ = value.heap_key
        if isinstance(value, Component):
            waiting.extend(vars(value).values())
        elif isinstance(value, Mapping):
            waiting.extend(value.values())
        elif isinstance(value, (list, tuple, set)):
            waiting.extend(value)


def problems(definition: str, machine_type: str) -> list[str]:
    """What AWS would refuse a definition for although its grammar is right."""
    machine = json.loads(definition)
    found = list(_dangling(machine, ""))
    if machine_type == "EXPRESS":
        found += [
            f"EXPRESS state machines cannot wait for a task: '{resource}' at {path}/Resource"
            for path, resource in _resources(machine, "")
            if resource.endswith(CALLBACKS)
        ]
    return found


def _dangling(machine: Mapping[str, Any], path: str) -> Iterator[str]:
    states: Mapping[str, Any] = machine.get("States") or {}
    targets = [("StartAt", machine.get("StartAt"))]
    for name, state in states.items():
        at = f"States/{name}"
        targets += [(f"{at}/{key}", state[key]) for key in ("Next", "Default") if key in state]
        for key in ("Choices", "Catch"):
            rules = enumerate(state.get(key, ()))
            targets += [(f"{at}/{key}[{i}]/Next", rule.get("Next")) for i, rule in rules]
    for where, target in targets:
        if target not in states:
            yield f"MISSING_TRANSITION_TARGET: no state '{target}' for {path}/{where}"
    for inner_path, inner in _inner(machine, path):
        yield from _dangling(inner, inner_path)


def _resources(machine: Mapping[str, Any], path: str) -> Iterator[tuple[str, str]]:
    for name, state in (machine.get("States") or {}).items():
        if "Resource" in state:
            yield f"{path}/States/{name}", str(state["Resource"])
    for inner_path, inner in _inner(machine, path):
        yield from _resources(inner, inner_path)


def _inner(machine: Mapping[str, Any], path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, state in (machine.get("States") or {}).items():
        for key in ("Iterator", "ItemProcessor"):
            if key in state:
                yield f"{path}/States/{name}/{key}", state[key]
        for number, branch in enumerate(state.get("Branches", ())):
            yield f"{path}/States/{name}/Branches[{number}]", branch


def install(seams: Seams) -> None:
    """Have moto parse each definition and each path once, and check definitions as AWS does."""
    programs = Programs(AmazonStateLanguageParser.parse)
    seams.replace(AmazonStateLanguageParser, "parse", staticmethod(programs.get))
    seams.replace(json_path, "parse", functools.lru_cache(512)(parse_extended_path))
    seams.replace(result_path, "parse", functools.lru_cache(512)(parse_plain_path))
    seams.replace(jsonata, "_eval_jsonata", _evaluate_jsonata)

    def create(backend: Any, name: str, definition: str, *args: Any, **kwargs: Any) -> Any:
        backend._validate_definition(definition)
        found = problems(definition, kwargs.get("sm_type") or "STANDARD")
        if found:
            listed = "; ".join(found)
            raise InvalidDefinition(f"Invalid State Machine Definition: '{listed}'")
        return before(backend, name, definition, *args, **kwargs)

    before = seams.replace(StepFunctionsParserBackend, "create_state_machine", create)


def _evaluate_jsonata(expression: str) -> Any:
    try:
        engine = import_module("jsonata")
    except ImportError as error:
        reason = "JSONata needs the package jsonata-python"
        raise jsonata.JSONataException("UNKNOWN", reason) from error
    return engine.Jsonata(expression).evaluate(None)
