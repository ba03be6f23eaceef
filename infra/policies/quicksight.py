"""QuickSight: as whom it reads, and who sees what it shows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from infra.policies.resource import Resource, of, statements


def quicksight_asks_as_its_role(resources: Sequence[Resource]) -> Iterator[str]:
    """QuickSight reads as a role of this program, in a workgroup of it, over TLS."""
    roles = {
        role.arn
        for role in of(resources, "iam.Role")
        for statement in statements(role, "assumeRolePolicy")
        if statement.principals == ["quicksight.amazonaws.com"]
        and {"StringEquals", "ArnLike"} <= statement.condition.keys()
    }
    groups = {group.outputs["name"] for group in of(resources, "athena.Workgroup")}
    for source in of(resources, "quicksight.DataSource"):
        athena = source.inputs["parameters"].get("athena", {})
        if athena.get("roleArn") not in roles:
            yield f"{source} asks as a role that is not QuickSight's for this account alone"
        if athena.get("workGroup") not in groups:
            yield f"{source} asks in a workgroup without our limits"
        if source.inputs.get("sslProperties", {}).get("disableSsl") is not False:
            yield f"{source} does not demand TLS"


def quicksight_is_shared_by_name(resources: Sequence[Resource]) -> Iterator[str]:
    """What is in QuickSight is shared with users and groups, and with somebody."""
    shared = {
        str(resource): [entry["principal"] for entry in resource.inputs.get("permissions", [])]
        for resource in of(resources, "quicksight.DataSource", "quicksight.DataSet")
    }
    for stack in of(resources, "cloudformation.Stack"):
        for kind, properties in _in_template(stack):
            if kind != "AWS::QuickSight::Dashboard":
                yield f"{stack} makes {kind}, which these policies do not see"
            if properties.get("LinkSharingConfiguration"):
                yield f"{stack} is shared with all of the account"
            shared[str(stack)] = [entry["Principal"] for entry in properties["Permissions"]]
    for resource, principals in shared.items():
        if not principals:
            yield f"{resource} is seen by nobody"
        for principal in principals:
            if principal.split(":")[-1].partition("/")[0] not in {"user", "group"}:
                yield f"{resource} is shared with {principal}"


def _in_template(stack: Resource) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for resource in json.loads(stack.inputs["templateBody"])["Resources"].values():
        yield resource["Type"], resource["Properties"]
