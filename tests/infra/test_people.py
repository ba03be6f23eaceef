"""The groups' roles say what the table of permissions says, and AWS takes them."""

from __future__ import annotations

import json
import re
from fnmatch import fnmatchcase

import pytest

from infra.policies.resource import of, statements
from sightline.domain.people import PASSWORD_LENGTH
from sightline.domain.permissions import TABLE, Group
from tests.api import ROOT
from tests.infra.recorder import Recording, one

POLICY_MAX = 10_240  # characters of all policies written into a role, without white space
API = "arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/sightline-prod"


@pytest.mark.parametrize("group", Group)
def test_a_groups_role_opens_the_routes_of_the_table_and_no_others(
    group: Group, prod: Recording
) -> None:
    policy = one(prod, "iam.RolePolicy", f"people-{group}")
    (statement,) = statements(policy)
    assert statement.actions == ["execute-api:Invoke"]
    for routes in TABLE.values():
        for route, may in routes.items():
            arn = f"{API}/{route.method}{re.sub(r'{[^}]*}', 'x', route.path)}"
            opened = any(fnmatchcase(arn, pattern) for pattern in statement.resources)
            assert opened == (group in may), arn


@pytest.mark.parametrize("group", Group)
def test_a_groups_policy_is_not_too_long_for_a_role(group: Group, prod: Recording) -> None:
    text = one(prod, "iam.RolePolicy", f"people-{group}").inputs["policy"]
    assert len(re.sub(r"\s", "", text)) < 0.75 * POLICY_MAX


def test_who_is_in_several_groups_acts_as_the_one_that_may_most(prod: Recording) -> None:
    groups = of(prod.resources, "cognito.UserGroup")
    ranked = sorted(groups, key=lambda group: int(group.inputs["precedence"]))
    assert [group.inputs["name"] for group in ranked] == list(Group)
    for group in groups:
        role = one(prod, "iam.Role", f"people-{group.inputs['name']}")
        assert group.inputs["roleArn"] == role.arn


def test_first_passwords_are_as_long_as_the_pool_demands(prod: Recording) -> None:
    (pool,) = of(prod.resources, "cognito.UserPool")
    assert pool.inputs["passwordPolicy"]["minimumLength"] <= PASSWORD_LENGTH


def test_people_without_a_group_get_a_role_that_may_do_nothing(prod: Recording) -> None:
    (attachment,) = of(prod.resources, "cognito.IdentityPoolRoleAttachment")
    nobody = one(prod, "iam.Role", "people-nobody")
    assert attachment.inputs["roles"] == {"authenticated": nobody.arn}
    holders = {policy.inputs["role"] for policy in of(prod.resources, "iam.RolePolicy")}
    assert nobody.id not in holders


def test_accounts_are_protected_as_data_is(dev: Recording, prod: Recording) -> None:
    for recording, kept in ((dev, "INACTIVE"), (prod, "ACTIVE")):
        (pool,) = of(recording.resources, "cognito.UserPool")
        assert pool.inputs["deletionProtection"] == kept
        assert pool.protect == (kept == "ACTIVE")


@pytest.mark.parametrize("service", [name for name, routes in TABLE.items() if routes])
def test_the_stages_of_services_are_called_as_the_roles_call_them(service: str) -> None:
    """Roles name a stage, not an API: with one name for all, `dev` would open `prod`."""
    config = json.loads((ROOT / "services" / service / ".chalice/config.json").read_text())
    assert "api_gateway_stage" not in config
    for environment, stage in config["stages"].items():
        assert stage["api_gateway_stage"] == f"sightline-{environment}"
