"""`sightline site` and `sightline deploy-site`: the admin site as static files, and on AWS."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from sightline.cli.outcome import refusals

_PANEL = "Deploy"

Stack = Annotated[str, typer.Option(help="The Pulumi stack, such as dev.")]
Outputs = Annotated[
    Path | None,
    typer.Option(
        "--stack-outputs", help="JSON file of `pulumi stack output --json`, instead of asking."
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(rich_help_panel=_PANEL)(site)
    app.command("deploy-site", rich_help_panel=_PANEL)(deploy_site)


def site(
    build: Annotated[Path, typer.Option(help="The folder to write to.")] = Path("build"),
) -> None:
    """Build the admin site; its pinned scripts are fetched with npm where they are not there."""
    from sightline.packaging.site import build_site

    with refusals():
        typer.echo(build_site(Path.cwd(), build.resolve()))


def deploy_site(stack: Stack = "", stack_outputs: Outputs = None) -> None:
    """Build the admin site and upload what changed; prints its address."""
    from sightline.deployment.pulumi import PulumiCommand
    from sightline.deployment.target import environment_of, read_outputs

    with refusals():
        environment_of(stack)
        outputs = read_outputs(stack_outputs) if stack_outputs else PulumiCommand(stack).outputs()
        upload(stack, outputs)


def upload(stack: str, outputs: Mapping[str, Any]) -> None:
    """Deploy the site on a stack with these outputs, for the services that are deployed there."""
    import boto3

    from sightline.deployment.addresses import addresses
    from sightline.deployment.site import SiteTarget
    from sightline.deployment.site import deploy_site as deploy
    from sightline.packaging.site import build_site

    session = boto3.Session(region_name=outputs.get("region"))
    apis = dict(addresses(session.client("cloudformation"), outputs, typer.echo))
    target = SiteTarget.of(stack, outputs, apis)
    root = Path.cwd()
    deploy(
        target,
        build_site(root, root / "build"),
        s3=session.client("s3"),
        cloudfront=session.client("cloudfront"),
        say=typer.echo,
    )
