"""Where the services of a stack are found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sightline.deployment.cloudformation import ServiceStack
from sightline.deployment.service import ADDRESS
from sightline.domain.errors import ConflictError
from sightline.packaging.gateway import Gateway

_STACK_NAME = "StackName"


def addresses(
    cloudformation: Any, outputs: Mapping[str, Any], say: Callable[[str], None]
) -> Iterator[tuple[str, str]]:
    """The services by name, with their addresses; those that are not deployed yet are told."""
    for output, name in sorted(outputs.items()):
        if not output.endswith(_STACK_NAME) or not name:
            continue
        service = output.removesuffix(_STACK_NAME)
        gateway = Gateway.of(f"{service}Gateway", outputs.get(f"{service}Gateway"))
        try:
            own = ServiceStack(cloudformation, name, say).output(ADDRESS)
        except ConflictError:
            say(f"{name} is not deployed; the site goes without it.")
            continue
        yield service, gateway.address(own)
