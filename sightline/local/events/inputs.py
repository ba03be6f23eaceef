"""What a rule's target gets of an event: all of it, a part, a constant, or a template filled in.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]|\['([^']+)'\]")
_VARIABLE = re.compile(r"<([^<>\s]+)>")


def target_input(target: Mapping[str, Any], event: Mapping[str, Any]) -> str:
    """The text that `target` gets, by its Input, InputPath or InputTransformer."""
    if "Input" in target:
        return str(target["Input"])
    if transformer := target.get("InputTransformer"):
        return _transform(transformer, event)
    if path := target.get("InputPath"):
        return _dump(lookup(path, event))
    return _dump(event)


def lookup(path: str, value: Any) -> Any:
    """The part of `value` at a path such as `$.detail.object.key`; None where there is none."""
    for name, index, quoted in _STEP.findall(path.removeprefix("$")):
        if index and isinstance(value, list) and int(index) < len(value):
            value = value[int(index)]
        elif isinstance(value, Mapping):
            value = value.get(name or quoted)
        else:
            return None
    return value


def _transform(transformer: Mapping[str, Any], event: Mapping[str, Any]) -> str:
    template = str(transformer["InputTemplate"])
    values = {
        name: lookup(path, event) for name, path in (transformer.get("InputPathsMap") or {}).items()
    }
    values["aws.events.event"] = event
    values["aws.events.event.json"] = event
    values["aws.events.event.ingestion-time"] = event["time"]

    def fill(found: re.Match[str]) -> str:
        if found[1] not in values:
            return found[0]
        value = values[found[1]]
        if not _inside_quotes(template, found.start()):
            return _dump(value)
        text = value if isinstance(value, str) else _dump(value)
        return _dump(text)[1:-1]

    return _VARIABLE.sub(fill, template)


def _inside_quotes(template: str, position: int) -> bool:
    before = re.sub(r"\\.", "", template[:position])
    return before.count('"') % 2 == 1


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
