"""`sightline projects`: make, list and delete projects."""

from __future__ import annotations

import json

import typer

from sightline.cli.control import Endpoint, Project, connected, show, table
from sightline.cli.outcome import Json


def register(app: typer.Typer) -> None:
    """Add the group `projects` to the `sightline` command."""
    many = typer.Typer(help="Projects: what is inspected.", no_args_is_help=True)
    for name, command in (("create", create), ("list", listed), ("show", told), ("delete", delete)):
        many.command(name)(command)
    app.add_typer(many, name="projects")


def create(project: Project, endpoint: Endpoint = None, as_json: Json = False) -> None:
    """Make an empty project."""
    with connected(endpoint) as client:
        made = client.create_project(ProjectName=project)["ProjectMetadata"]
    show(made, as_json=as_json)


def listed(endpoint: Endpoint = None, as_json: Json = False) -> None:
    """List the projects."""
    with connected(endpoint) as client:
        pages = client.get_paginator("list_projects").paginate()
        found = [project for page in pages for project in page["Projects"]]
    if as_json:
        typer.echo(json.dumps({"projects": found}, default=str))
        return
    rows = [(project["ProjectName"], project["CreationTimestamp"]) for project in found]
    table(("Project", "Created"), rows, "No projects yet: sightline projects create NAME")


def told(project: Project, endpoint: Endpoint = None, as_json: Json = False) -> None:
    """Tell of a project and its datasets."""
    with connected(endpoint) as client:
        found = client.describe_project(ProjectName=project)["ProjectDescription"]
    show(found, as_json=as_json)


def delete(project: Project, endpoint: Endpoint = None) -> None:
    """Delete a project that has neither datasets nor models."""
    with connected(endpoint) as client:
        client.delete_project(ProjectName=project)
    typer.echo(f"{project} is deleted.")
