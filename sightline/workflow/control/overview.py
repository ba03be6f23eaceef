"""Projects with their versions: what is there, what runs, and what serves the cameras."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sightline.domain.lookout import pages
from sightline.domain.lookout.models import Model
from sightline.domain.lookout.projects import Project
from sightline.domain.lookout.schedules import Schedule, schedule_identity
from sightline.domain.models import HostingStatus
from sightline.workflow.control import lookup
from sightline.workflow.control.ports import ControlDeps

PROJECTS_AT_ONCE = 20
_QUESTION = {"list": "Overview"}


@dataclass(frozen=True)
class Version:
    """One version, and its shift calendar if it has one."""

    model: Model
    schedule: Schedule | None


@dataclass(frozen=True)
class ProjectVersions:
    """A project and its versions, newest first; `serving` is the one that cameras' pictures go to.

    Several versions can run; the one that was started last serves. It need not be of control's own.
    """

    project: Project
    versions: Sequence[Version]
    serving: str | None


def list_versions(
    project: str | None, *, token: str | None, deps: ControlDeps
) -> tuple[Sequence[ProjectVersions], str | None]:
    """Projects by name, or only one, and the token of those that follow."""
    schedules = {one.identity: one for one in lookup.every(Schedule, "", deps.registry)}
    if project is not None:
        known = lookup.get_project(project, deps.registry)
        return [_versions(known, schedules, deps)], None
    after = pages.after(_QUESTION, token)
    found = deps.registry.page(Project, "", after=after, limit=PROJECTS_AT_ONCE + 1)
    shown = found[:PROJECTS_AT_ONCE]
    more = len(found) > len(shown)
    following = pages.next_token(_QUESTION, shown[-1].name) if more else None
    return [_versions(one, schedules, deps) for one in shown], following


def _versions(
    project: Project, schedules: Mapping[tuple[str, str], Schedule], deps: ControlDeps
) -> ProjectVersions:
    models = list(lookup.every(Model, project.name, deps.registry))
    versions = [
        Version(model, schedules.get(schedule_identity(model.project, model.version)))
        for model in reversed(models)
    ]
    return ProjectVersions(project, versions, _serving(project, deps))


def _serving(project: Project, deps: ControlDeps) -> str | None:
    found = deps.serving.get(project.name)
    hosted = found is not None and found.status is HostingStatus.HOSTED
    return found.version if found and hosted else None
