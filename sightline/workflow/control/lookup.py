"""Finding records, and pages of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from sightline.domain.errors import NotFoundError
from sightline.domain.lookout import pages
from sightline.domain.lookout.answers import Members
from sightline.domain.lookout.datasets import DatasetType
from sightline.domain.lookout.errors import MODEL, PROJECT, ResourceNotFoundError
from sightline.domain.lookout.models import Model, version_name
from sightline.domain.lookout.projects import Project
from sightline.domain.lookout.records import Record
from sightline.workflow.control.ports import ControlRegistry, EntryStore

LATEST = "latest"
R = TypeVar("R", bound=Record)


def get_project(name: str, registry: ControlRegistry) -> Project:
    """The project, or `ResourceNotFoundError`."""
    found = registry.get(Project, "", name)
    if found is None:
        raise ResourceNotFoundError(f"There is no project {name}.", PROJECT, name)
    return found


def get_model(project: str, version: str, registry: ControlRegistry) -> Model:
    """The version, or the newest one for `latest`; `ResourceNotFoundError` otherwise."""
    if version == LATEST:
        found = max(every(Model, project, registry), key=lambda m: m.identity, default=None)
    else:
        found = registry.get(Model, project, version_name(version))
    if found is None:
        get_project(project, registry)
        raise ResourceNotFoundError(
            f"Project {project} has no model version {version}.", MODEL, f"{project}/{version}"
        )
    return found


def get_triable(project: str, version: str, registry: ControlRegistry) -> Model:
    """A version that can look at pictures now; `ResourceConflictError` otherwise."""
    model = get_model(project, version, registry)
    # Our functions run any model that is trained, an endpoint only while it stands.
    model.check_hosted() if model.host else model.check_trained("be tried")
    return model


def dataset_lines(
    project: str, kind: DatasetType, registry: ControlRegistry, entries: EntryStore
) -> Sequence[str]:
    """The stored lines of a dataset; its entry set may be replaced while it is looked up."""
    seen = ""
    while True:
        key = get_project(project, registry).dataset(kind).entries
        try:
            return entries.read(key) if key else []
        except NotFoundError:
            if key == seen:
                raise
            seen = key


def every(kind: type[R], scope: str, registry: ControlRegistry) -> Iterator[R]:
    """All records of a scope, in name order."""
    after = ""
    while found := registry.page(kind, scope, after=after):
        yield from found
        after = found[-1].identity[1]


def page(
    kind: type[R],
    scope: str,
    registry: ControlRegistry,
    *,
    member: str,
    describe: Callable[[R], Members],
    max_results: int | None,
    token: str | None,
) -> Members:
    """One page as the protocol's answer; `NextToken` is there when more follow."""
    size = pages.page_size(max_results)
    question = {"list": member, "of": scope}
    found = registry.page(kind, scope, after=pages.after(question, token), limit=size + 1)
    answer: dict[str, Any] = {member: [describe(record) for record in found[:size]]}
    if len(found) > size:
        answer["NextToken"] = pages.next_token(question, found[size - 1].identity[1])
    return answer
