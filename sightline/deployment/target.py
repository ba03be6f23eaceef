"""Where a service goes: what of a Pulumi stack's outputs its deployment needs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from sightline.domain.errors import InvalidError, NotFoundError
from sightline.packaging.gateway import Gateway
from sightline.packaging.services import Stage


@dataclass(frozen=True)
class Target:
    """One service in one environment. `stack_name` is that of its CloudFormation stack."""

    service: str
    stage: Stage
    stack_name: str
    bucket: str
    region: str

    @classmethod
    def of(cls, service: str, stack: str, outputs: Mapping[str, Any]) -> Self:
        """Read a stack's outputs; `InvalidError` names every one that is missing or empty."""
        role, environment, name, gateway = (
            f"{service}{what}" for what in ("RoleArn", "Environment", "StackName", "Gateway")
        )
        wanted = ("artifactsBucket", "region", role, environment, name, gateway)
        if missing := [output for output in wanted if not outputs.get(output)]:
            raise InvalidError(
                f"The stack {stack} has no output {', '.join(missing)}; "
                f"run `pulumi up --stack {stack}` first, from this version."
            )
        variables = {key: str(value) for key, value in outputs[environment].items()}
        if blank := sorted(key for key, value in variables.items() if not value):
            raise InvalidError(f"{environment} of the stack {stack} has no {', '.join(blank)}.")
        return cls(
            service=service,
            stage=Stage(
                environment_of(stack),
                outputs[role],
                variables,
                Gateway.of(gateway, outputs[gateway]),
            ),
            stack_name=outputs[name],
            bucket=outputs["artifactsBucket"],
            region=outputs["region"],
        )

    @property
    def tags(self) -> dict[str, str]:
        """The tags of the stack, which CloudFormation gives to all that is in it."""
        return {
            "Project": "Sightline",
            "Environment": self.stage.name,
            "Service": self.service,
        }


def environment_of(stack: str) -> str:
    """The environment of a stack's name, which may begin with an organisation and a project."""
    environment = stack.rpartition("/")[2]
    if not environment:
        raise InvalidError("Which stack? Say STACK=dev, or --stack dev.")
    return environment


def read_outputs(file: Path) -> dict[str, Any]:
    """What `pulumi stack output --json` wrote into a file."""
    if not file.is_file():
        raise NotFoundError(f"{file} does not exist.")
    return parse_outputs(file.read_text("utf-8"), str(file))


def parse_outputs(text: str, source: str) -> dict[str, Any]:
    """Outputs as JSON; `InvalidError` when they are something else."""
    try:
        outputs = json.loads(text)
    except ValueError as error:
        raise InvalidError(f"{source} is not JSON: {error}.") from error
    if not isinstance(outputs, dict):
        raise InvalidError(f"{source} is not what `pulumi stack output --json` writes.")
    return outputs
