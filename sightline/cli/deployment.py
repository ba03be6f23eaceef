"""`sightline package` and what deploys services: for platform engineers, from a checkout."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sightline.cli.outcome import refusals

if TYPE_CHECKING:
    from sightline.deployment.service import Cloud
    from sightline.deployment.target import Target

_PANEL = "Deploy"
_DESCRIPTION = "AWS credentials come from boto3's usual environment."

Service = Annotated[str, typer.Argument(help="A service's name, or all.")]
Stack = Annotated[str, typer.Option(help="The Pulumi stack, such as dev.")]
Outputs = Annotated[
    Path | None,
    typer.Option(
        "--stack-outputs", help="JSON file of `pulumi stack output --json`, instead of asking."
    ),
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
OnTarget = Callable[["Target", "Cloud"], object]

# Services that are there only where the stack's setting of that name is true.
OPTIONAL = ("control",)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(rich_help_panel=_PANEL)(package)
    for name, command in (
        ("deploy-service", deploy_service),
        ("diff-service", diff_service),
        ("destroy-service", destroy_service),
        ("deploy", deploy),
        ("destroy", destroy),
    ):
        app.command(name, rich_help_panel=_PANEL, epilog=_DESCRIPTION)(command)


def package(
    build: Annotated[Path, typer.Option(help="The folder to write to.")] = Path("build"),
) -> None:
    """Build everything that is deployed: the functions' zips and the services."""
    from sightline.packaging.build import build_all

    with refusals():
        build_all(Path.cwd(), build.resolve(), say=typer.echo)


def deploy_service(service: Service, stack: Stack = "", stack_outputs: Outputs = None) -> None:
    """Package a service and create or update it; prints its address."""
    with refusals():
        _on_services(service, stack, _outputs(stack, stack_outputs), _deploy)


def diff_service(service: Service, stack: Stack = "", stack_outputs: Outputs = None) -> None:
    """Say what deploy-service would change, and change nothing."""
    with refusals():
        _on_services(service, stack, _outputs(stack, stack_outputs), _diff)


def destroy_service(
    service: Service, stack: Stack = "", stack_outputs: Outputs = None, yes: Yes = False
) -> None:
    """Delete a service from AWS. Its data is not in it, and stays."""
    with refusals():
        outputs = _outputs(stack, stack_outputs)
        if not yes:
            typer.confirm(f"Delete {service} of {stack}?", abort=True)
        _on_services(service, stack, outputs, _destroy)


def deploy(stack: Stack = "", yes: Yes = False) -> None:
    """Provision an environment with `pulumi up`; deploy all services and the site on it."""
    from sightline.deployment.environment import deploy_environment
    from sightline.deployment.pulumi import PulumiCommand
    from sightline.deployment.target import environment_of

    with refusals():
        environment_of(stack)
        pulumi = PulumiCommand(stack, ask=not yes)
        deploy_environment(pulumi, lambda outputs: _services_and_site(stack, outputs))


def destroy(stack: Stack = "", yes: Yes = False) -> None:
    """Delete an environment: all services, and all that Pulumi provisioned."""
    from sightline.deployment.environment import destroy_environment
    from sightline.deployment.pulumi import PulumiCommand
    from sightline.deployment.target import environment_of

    with refusals():
        environment_of(stack)
        done = destroy_environment(
            PulumiCommand(stack),
            lambda outputs: _on_services("all", stack, outputs, _destroy),
            confirmed=lambda: yes or typer.confirm(f"Delete all of {stack}, data included?"),
        )
        typer.echo(f"{stack}: deleted" if done else "Nothing was deleted.")


def _services_and_site(stack: str, outputs: Mapping[str, Any]) -> None:
    from sightline.cli.site import upload

    _on_services("all", stack, outputs, _deploy)
    if outputs.get("siteBucket"):
        upload(stack, outputs)


def _outputs(stack: str, file: Path | None) -> Mapping[str, Any]:
    from sightline.deployment.pulumi import PulumiCommand
    from sightline.deployment.target import environment_of, read_outputs

    environment_of(stack)
    return read_outputs(file) if file else PulumiCommand(stack).outputs()


def _on_services(service: str, stack: str, outputs: Mapping[str, Any], do: OnTarget) -> None:
    from sightline.deployment.environment import chosen
    from sightline.deployment.target import Target
    from sightline.packaging.contents import services

    names = chosen(service, services(Path.cwd()))
    if service == "all":
        absent = names if do is _destroy else OPTIONAL
        names = [n for n in names if n not in absent or outputs.get(f"{n}StackName")]
    # All are read before the first is touched.
    for target in [Target.of(name, stack, outputs) for name in names]:
        do(target, _cloud(target.region))


def _deploy(target: Target, cloud: Cloud) -> object:
    from sightline.deployment.service import deploy

    return deploy(target, _package_for(target), cloud)


def _diff(target: Target, cloud: Cloud) -> object:
    from sightline.deployment.service import diff

    return diff(target, _package_for(target), cloud)


def _destroy(target: Target, cloud: Cloud) -> object:
    from sightline.deployment.service import destroy

    return destroy(target, cloud)


def _package_for(target: Target) -> Any:
    from sightline.packaging.services import build_service

    root = Path.cwd()
    return build_service(target.service, target.stage, root, root / "build")


def _cloud(region: str) -> Cloud:
    import boto3
    from botocore.config import Config

    from sightline.deployment.fetching import SignedFetch
    from sightline.deployment.service import Cloud
    from sightline.domain.errors import UnauthorizedError

    session = boto3.Session(region_name=region)
    credentials = session.get_credentials()
    if credentials is None:
        raise UnauthorizedError("There are no AWS credentials here; see docs/deploying.md.")
    patient = Config(retries={"mode": "standard", "max_attempts": 8})
    return Cloud(
        s3=session.client("s3", config=patient),
        cloudformation=session.client("cloudformation", config=patient),
        fetch=SignedFetch(credentials, region),
        say=typer.echo,
    )
