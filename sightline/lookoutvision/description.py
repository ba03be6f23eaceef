"""Our description of the API, as botocore reads it and as the service checks requests by it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

SERVICE = "lookoutvision"
API_VERSION = "2020-11-20"
DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Operation:
    """One operation: its HTTP binding and its input and output shapes by name."""

    name: str
    method: str
    path: str
    status: int
    input: str
    output: str
    errors: tuple[str, ...]
    summary: str


@dataclass(frozen=True)
class Description:
    """The whole API."""

    operations: Mapping[str, Operation]
    shapes: Mapping[str, Mapping[str, Any]]


@cache
def description() -> Description:
    """Read once, when first asked for."""
    text = (DATA / SERVICE / API_VERSION / "service-2.json").read_text("utf-8")
    values = json.loads(text)
    operations = {
        name: Operation(
            name=name,
            method=found["http"]["method"],
            path=found["http"]["requestUri"],
            status=found["http"]["responseCode"],
            input=found["input"]["shape"],
            output=found["output"]["shape"],
            errors=tuple(error["shape"] for error in found["errors"]),
            summary=found["documentation"],
        )
        for name, found in values["operations"].items()
    }
    return Description(operations, values["shapes"])
