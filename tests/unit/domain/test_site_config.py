"""What the site is told of its environment."""

from __future__ import annotations

from sightline.domain.permissions import Group, allowed
from sightline.domain.site_config import OUTPUTS, site_config

STACK = {name: f"the {name}" for name in OUTPUTS} | {"ingestEnvironment": {"SECRET": "x"}}


def test_signing_in_is_at_aws_unless_said_otherwise() -> None:
    found = site_config({**STACK, "region": "eu-west-1"}, {})
    assert found["cognitoIdp"] == "https://cognito-idp.eu-west-1.amazonaws.com/"
    assert found["cognitoIdentity"] == "https://cognito-identity.eu-west-1.amazonaws.com/"
    assert site_config(STACK, {}, cognito_idp="/here/")["cognitoIdp"] == "/here/"


def test_it_offers_each_group_what_its_role_may() -> None:
    assert site_config(STACK, {})["may"] == {group.value: allowed(group) for group in Group}


def test_addresses_have_no_slash_at_the_end() -> None:
    found = site_config(STACK, {"control": "https://x/stage/"})
    assert found["apis"] == {"control": "https://x/stage"}


def test_days_are_the_plants() -> None:
    found = site_config({**STACK, "timeZone": "Europe/Berlin"}, {})
    assert found["timeZone"] == "Europe/Berlin"


def test_it_holds_nothing_else_of_the_stack() -> None:
    assert "SECRET" not in str(site_config(STACK, {}))
