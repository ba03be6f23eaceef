"""A whole environment: what Pulumi provisions, and the services on it, in the right order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sightline.deployment.pulumi import Pulumi
from sightline.domain.errors import ConflictError, InvalidError

Outputs = Mapping[str, Any]
OnServices = Callable[[Outputs], None]
PROTECTED = """\
Nothing was deleted. If Pulumi says above that something is protected: that is the data of this
environment. To delete it with everything else, say `sightline:protectData: false` in the stack's
file, run `pulumi up`, and then this again."""


def deploy_environment(pulumi: Pulumi, deploy_services: OnServices) -> None:
    """Provision, then deploy the services on what is there."""
    pulumi.up()
    deploy_services(pulumi.outputs())


def destroy_environment(
    pulumi: Pulumi, destroy_services: OnServices, confirmed: Callable[[], bool]
) -> bool:
    """Take the services down, then delete everything; False when the person said no.

    Before anything is touched, Pulumi says whether it may delete all of it: protected data is
    never half of a destroyed environment. `ConflictError` then.
    """
    try:
        pulumi.preview_destroy()
    except ConflictError as error:
        raise ConflictError(f"{error}\n{PROTECTED}") from error
    if not confirmed():
        return False
    outputs = pulumi.outputs()
    if outputs:
        destroy_services(outputs)
    pulumi.destroy()
    return True


def chosen(service: str, services: Iterable[str]) -> list[str]:
    """The services that are meant by a name or by `all`; `InvalidError` for another name."""
    known = list(services)
    if service == "all":
        return known
    if service not in known:
        raise InvalidError(f"Which service? SERVICE is one of {', '.join(known)} or all.")
    return [service]
