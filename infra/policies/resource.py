"""A declared resource, and small ways of looking at many."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Resource:
    """`type` is the short form `s3.Bucket`; inputs and outputs have Pulumi's camelCase keys."""

    type: str
    name: str
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any] = field(default_factory=dict)
    id: str = ""
    provider: str = ""
    custom: bool = True
    protect: bool = False
    retain_on_delete: bool = False

    def __str__(self) -> str:
        return f"{self.type} {self.name}"

    @property
    def arn(self) -> str:
        """Its ARN, or an empty text."""
        return str(self.outputs.get("arn", ""))


@dataclass(frozen=True)
class Statement:
    """One statement of a policy document; actions, resources and principals are lists."""

    owner: Resource
    sid: str
    effect: str
    actions: Sequence[str]
    resources: Sequence[str]
    principals: Sequence[str]
    condition: Mapping[str, Any]

    @property
    def allows(self) -> bool:
        """Whether this grants anything."""
        return self.effect == "Allow"

    @property
    def demands_tls(self) -> bool:
        """Whether this refuses everybody who comes without TLS."""
        without_tls = {"Bool": {"aws:SecureTransport": "false"}}
        return not self.allows and self.principals == ["*"] and self.condition == without_tls


def short(token: str) -> str:
    """`aws:s3/bucket:Bucket` as `s3.Bucket`; types of other packages stay as they are."""
    package, module, name = token.split(":")
    return f"{module.split('/')[0]}.{name}" if package in {"aws", "pulumi"} else token


def of(resources: Sequence[Resource], *types: str) -> list[Resource]:
    """The resources of some types."""
    return [resource for resource in resources if resource.type in types]


def statements(resource: Resource, key: str = "policy") -> Iterator[Statement]:
    """The statements of the policy document among a resource's inputs."""
    for values in as_list(json.loads(resource.inputs[key])["Statement"]):
        yield Statement(
            owner=resource,
            sid=values.get("Sid", ""),
            effect=values["Effect"],
            actions=as_list(values["Action"]),
            resources=as_list(values.get("Resource", [])),
            principals=list(_principals(values.get("Principal", {}))),
            condition=values.get("Condition", {}),
        )


def as_list(value: Any) -> list[Any]:
    """A single value as a list of one."""
    return value if isinstance(value, list) else [value]


def _principals(principal: Any) -> Iterator[str]:
    if isinstance(principal, str):
        yield principal
        return
    for values in principal.values():
        yield from as_list(values)
