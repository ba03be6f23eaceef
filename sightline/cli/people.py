"""`sightline people`: who may sign in, in which group, and their first passwords."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sightline.cli.outcome import Json, refusals
from sightline.cli.outputs import StackOutputs, read_outputs

if TYPE_CHECKING:
    from sightline.workflow.people import PeopleDirectory

Name = Annotated[str, typer.Argument(help="The person's user name.")]
Group = Annotated[str, typer.Option(help="admin, operator or viewer.")]


def register(app: typer.Typer) -> None:
    """Add the group to the `sightline` command."""
    many = typer.Typer(
        help="Who may sign in, and in which group. AWS credentials come from boto3's usual "
        "environment.",
        no_args_is_help=True,
    )
    commands: dict[str, Callable[..., None]] = {
        "add": add,
        "list": show,
        "group": move,
        "password": renew,
        "remove": remove,
    }
    for name, command in commands.items():
        many.command(name)(command)
    app.add_typer(many, name="people")


def add(
    name: Name,
    group: Group,
    email: Annotated[str, typer.Option(help="Where the person is reached.")],
    stack_outputs: StackOutputs,
    as_json: Json = False,
) -> None:
    """Add a person and print their first password, which they must change when they sign in."""
    from sightline.workflow import people

    with refusals():
        password = people.add(_directory(stack_outputs), name, email=email, group=group)
    _print_password(name, password, as_json=as_json)


def show(stack_outputs: StackOutputs, as_json: Json = False) -> None:
    """List everybody, with their groups."""
    from sightline.workflow import people

    with refusals():
        found = people.everybody(_directory(stack_outputs))
    rows = [
        {
            "name": person.name,
            "groups": [group.value for group in person.groups],
            "email": person.email,
            "status": person.status,
            "enabled": person.enabled,
        }
        for person in found
    ]
    if as_json:
        typer.echo(json.dumps({"people": rows}))
        return
    from sightline.cli.control import table

    table(
        ("Name", "Groups", "Mail", "Status"),
        [
            (row["name"], ", ".join(person.groups) or "none", row["email"], row["status"])
            for row, person in zip(rows, found, strict=True)
        ],
        "Nobody yet: sightline people add --help",
    )


def move(name: Name, group: Group, stack_outputs: StackOutputs) -> None:
    """Put a person into a group, and out of all others. They must sign in again."""
    from sightline.workflow import people

    with refusals():
        people.move(_directory(stack_outputs), name, group)
    typer.echo(f"{name} is in the group {group}.")


def renew(name: Name, stack_outputs: StackOutputs, as_json: Json = False) -> None:
    """Print a new first password for somebody who forgot theirs."""
    from sightline.workflow import people

    with refusals():
        password = people.renew_password(_directory(stack_outputs), name)
    _print_password(name, password, as_json=as_json)


def remove(name: Name, stack_outputs: StackOutputs) -> None:
    """Remove a person. Credentials that they have already end within the hour."""
    from sightline.workflow import people

    with refusals():
        people.remove(_directory(stack_outputs), name)
    typer.echo(f"{name} is removed.")


def _directory(stack_outputs: Path) -> PeopleDirectory:
    from sightline.domain.errors import InvalidError

    pool = read_outputs(stack_outputs, "userPoolId")["userPoolId"]
    try:
        from sightline.adapters.aws.errors import translated
        from sightline.adapters.aws.people import CognitoPeople
        from sightline.bootstrap import clients
    except ImportError as error:
        raise InvalidError("This needs boto3: pip install 'sightline[aws]'.") from error
    with translated("Connecting to Cognito"):
        return CognitoPeople(pool, clients.client("cognito-idp"))


def _print_password(name: str, password: str, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"name": name, "password": password}))
        return
    typer.echo(password)
    typer.secho(
        f"This is the first password of {name}, good for three days. It is not shown again.",
        err=True,
    )
