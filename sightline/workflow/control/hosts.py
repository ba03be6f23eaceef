"""Which host a version has: our functions, or a SageMaker endpoint of its own."""

from __future__ import annotations

from sightline.domain.lookout.answers import Members
from sightline.domain.lookout.errors import ValidationError
from sightline.domain.lookout.hosts import EndpointHost
from sightline.domain.lookout.models import Model
from sightline.workflow.control import lookup
from sightline.workflow.control.ports import ControlDeps, Put


def put_host(
    project: str, version: str, *, package: str, instance: str, deps: ControlDeps
) -> Members:
    """From the next start on, a version that does not run now runs at an endpoint."""
    if not deps.endpoint_prefix:
        raise ValidationError(
            "SageMaker endpoints are switched off here; the setting sagemakerHost switches them on."
        )
    model = lookup.get_model(project, version, deps.registry)
    host = EndpointHost.of(
        project, model.version, package=package, instance=instance, prefix=deps.endpoint_prefix
    )
    return _store(model.hosted_by(host), deps)


def describe_host(project: str, version: str, *, deps: ControlDeps) -> Members:
    """A version's host."""
    return _members(lookup.get_model(project, version, deps.registry))


def delete_host(project: str, version: str, *, deps: ControlDeps) -> Members:
    """From the next start on, a version that does not run now runs in our functions again."""
    return _store(lookup.get_model(project, version, deps.registry).hosted_by(None), deps)


def _store(model: Model, deps: ControlDeps) -> Members:
    deps.registry.commit(Put(model))
    return _members(model)


def _members(model: Model) -> Members:
    known = {"ProjectName": model.project, "ModelVersion": model.version}
    if model.host is None:
        return {"Host": {**known, "Kind": "functions"}}
    place = {"ModelPackageArn": model.host.package, "InstanceType": model.host.instance}
    return {"Host": {**known, "Kind": "sagemaker", **place, "EndpointName": model.host.endpoint}}
