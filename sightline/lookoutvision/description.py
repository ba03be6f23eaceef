"""Our description of the API: the service checks requests by it, clients load it as a file.

The truth is in `shapes` and `operations`. What botocore reads below `data` is written from it:
`python -m sightline.lookoutvision.description`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sightline.lookoutvision.operations import BINDINGS
from sightline.lookoutvision.shapes import SHAPES

SERVICE = "lookoutvision"
API_VERSION = "2020-11-20"
DATA = Path(__file__).parent / "data"
FILE = DATA / SERVICE / API_VERSION / "service-2.json"


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
    """Put together once, when first asked for."""
    operations = {
        binding.name: Operation(
            name=binding.name,
            method=binding.method,
            path=binding.path,
            status=binding.status,
            input=f"{binding.name}Request",
            output=f"{binding.name}Response",
            errors=binding.errors,
            summary=binding.documentation,
        )
        for binding in sorted(BINDINGS, key=lambda binding: binding.name)
    }
    return Description(operations, _shapes())


def as_text() -> str:
    """What botocore reads. Requests are signed for API Gateway."""
    values = {
        "version": "2.0",
        "metadata": {
            "apiVersion": API_VERSION,
            "endpointPrefix": SERVICE,
            "jsonVersion": "1.1",
            "protocol": "rest-json",
            "protocols": ["rest-json"],
            "serviceFullName": "Sightline (Lookout for Vision protocol)",
            "serviceId": "LookoutVision",
            "signatureVersion": "v4",
            "signingName": "execute-api",
            "uid": f"{SERVICE}-{API_VERSION}",
        },
        "documentation": "Visual inspection by Sightline, spoken in the protocol of Amazon Lookout "
        "for Vision.",
        "operations": {name: _bound(name) for name in description().operations},
        "shapes": _shapes(),
    }
    return json.dumps(values, indent=2) + "\n"


def _bound(name: str) -> Mapping[str, Any]:
    return next(binding.operation() for binding in BINDINGS if binding.name == name)


def _shapes() -> dict[str, Mapping[str, Any]]:
    shapes: dict[str, Mapping[str, Any]] = dict(SHAPES)
    for binding in BINDINGS:
        shapes.update(binding.shapes())
    return dict(sorted(shapes.items()))


if __name__ == "__main__":
    FILE.write_text(as_text(), "utf-8")
    print(FILE)
