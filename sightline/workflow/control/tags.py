"""TagResource, UntagResource, ListTagsForResource: tags of models."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from sightline.domain.lookout import answers, tags
from sightline.domain.lookout.answers import Members
from sightline.domain.lookout.calls import Call
from sightline.domain.lookout.errors import MODEL, ResourceNotFoundError
from sightline.domain.lookout.models import Model
from sightline.workflow.control import lookup
from sightline.workflow.control.once import Outcome, once
from sightline.workflow.control.ports import ControlDeps, Put


def tag_resource(arn: str, given: Mapping[str, str], *, deps: ControlDeps) -> Members:
    """Add tags to a model, or change their values."""

    def change(model: Model) -> Mapping[str, str]:
        return tags.merged(model.tags, given, arn)

    return _change(Call("TagResource", {}), arn, change, deps)


def untag_resource(arn: str, keys: Sequence[str], *, deps: ControlDeps) -> Members:
    """Remove tags of a model; keys that it does not have are ignored."""

    def change(model: Model) -> Mapping[str, str]:
        return tags.without(model.tags, keys)

    return _change(Call("UntagResource", {}), arn, change, deps)


def list_tags_for_resource(arn: str, *, deps: ControlDeps) -> Members:
    """All tags of a model, by key."""
    return {"Tags": answers.tags(_model(arn, deps).tags)}


def _change(
    call: Call, arn: str, change: Callable[[Model], Mapping[str, str]], deps: ControlDeps
) -> Members:
    def decide() -> Outcome:
        model = _model(arn, deps)
        return Outcome({}, [Put(replace(model, tags=change(model)))])

    return once(call, MODEL, deps, decide)


def _model(arn: str, deps: ControlDeps) -> Model:
    project, version = deps.owner.parse_model(arn)
    if not deps.owner.owns(arn):
        raise ResourceNotFoundError(f"There is no resource {arn} here.", MODEL, arn)
    return lookup.get_model(project, version, deps.registry)
