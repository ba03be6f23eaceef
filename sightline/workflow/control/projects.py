"""CreateProject, ListProjects, DescribeProject, DeleteProject."""

from __future__ import annotations

from sightline.domain.lookout import answers
from sightline.domain.lookout.answers import Members
from sightline.domain.lookout.calls import Call
from sightline.domain.lookout.errors import PROJECT, ResourceConflictError
from sightline.domain.lookout.projects import Project
from sightline.workflow.control import lookup
from sightline.workflow.control.once import Outcome, once
from sightline.workflow.control.ports import ControlDeps, Put, Remove


def create_project(name: str, *, call: Call, deps: ControlDeps) -> Members:
    """A new, empty project."""

    def decide() -> Outcome:
        if deps.registry.get(Project, "", name) is not None:
            raise ResourceConflictError(f"Project {name} already exists.", PROJECT, name)
        project = Project(name=name, arn=deps.owner.project(name), created_at=deps.clock())
        return Outcome({"ProjectMetadata": answers.project_metadata(project)}, [Put(project)])

    return once(call, PROJECT, deps, decide)


def list_projects(*, max_results: int | None, next_token: str | None, deps: ControlDeps) -> Members:
    """Projects by name."""
    return lookup.page(
        Project,
        "",
        deps.registry,
        member="Projects",
        describe=answers.project_metadata,
        max_results=max_results,
        token=next_token,
    )


def describe_project(name: str, *, deps: ControlDeps) -> Members:
    """A project with its datasets."""
    project = lookup.get_project(name, deps.registry)
    return {"ProjectDescription": answers.project_description(project)}


def delete_project(name: str, *, call: Call, deps: ControlDeps) -> Members:
    """Remove an empty project; one with datasets or models is a conflict."""

    def decide() -> Outcome:
        project = lookup.get_project(name, deps.registry)
        project.check_empty()
        return Outcome({"ProjectArn": project.arn}, [Remove(project)])

    return once(call, PROJECT, deps, decide)
