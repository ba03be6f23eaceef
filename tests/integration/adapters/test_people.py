"""The directory of people: one contract, held by memory and by Cognito."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from sightline.adapters.aws.people import CognitoPeople
from sightline.adapters.people_memory import MemoryPeople
from sightline.domain.errors import ConflictError, InvalidError, NotFoundError, UnavailableError
from sightline.domain.people import Person
from sightline.domain.permissions import Group
from sightline.workflow import people
from sightline.workflow.people import PeopleDirectory

REGION, EMAIL = "eu-west-1", "lead@sightline.example"


class Directory(PeopleDirectory, Protocol):
    """The directory, and the names for what people did."""

    def name_of(self, subject: str) -> str | None: ...


@dataclass
class Pool:
    """A user pool with the program's groups."""

    client: Any
    id: str
    people: CognitoPeople


@pytest.fixture
def pool() -> Iterator[Pool]:
    with mock_aws():
        client = boto3.client("cognito-idp", region_name=REGION)
        made = client.create_user_pool(PoolName="people")["UserPool"]["Id"]
        for group in Group:
            client.create_group(UserPoolId=made, GroupName=group.value)
        yield Pool(client, made, CognitoPeople(made, client))


@pytest.fixture(params=["memory", "cognito"])
def directory(request: pytest.FixtureRequest) -> Directory:
    if request.param == "memory":
        return MemoryPeople()
    found: CognitoPeople = request.getfixturevalue("pool").people
    return found


def test_who_is_added_is_listed_and_must_change_the_password(directory: Directory) -> None:
    people.add(directory, "newcomer", email="newcomer@sightline.example", group="viewer")
    password = people.add(directory, "lead", email=EMAIL, group="operator")
    assert len(password) >= 12
    lead, newcomer = people.everybody(directory)
    assert (lead.name, lead.email, lead.groups) == ("lead", EMAIL, (Group.OPERATOR,))
    assert (lead.status, lead.enabled) == ("FORCE_CHANGE_PASSWORD", True)
    assert newcomer.name == "newcomer"


def test_a_name_is_given_once(directory: Directory) -> None:
    people.add(directory, "lead", email=EMAIL, group="viewer")
    with pytest.raises(ConflictError, match="'lead' is taken"):
        people.add(directory, "lead", email=EMAIL, group="viewer")


@pytest.mark.parametrize("wrong", [{"email": "nowhere"}, {"group": "boss"}])
def test_nobody_is_half_added(directory: Directory, wrong: dict[str, str]) -> None:
    with pytest.raises(InvalidError):
        people.add(directory, "lead", **{"email": EMAIL, "group": "viewer", **wrong})
    assert people.everybody(directory) == []


def test_moving_takes_out_of_the_other_groups(directory: Directory) -> None:
    people.add(directory, "lead", email=EMAIL, group="admin")
    people.move(directory, "lead", "viewer")
    (lead,) = people.everybody(directory)
    assert lead.groups == (Group.VIEWER,)


def test_who_is_removed_is_gone(directory: Directory) -> None:
    people.add(directory, "lead", email=EMAIL, group="viewer")
    people.remove(directory, "lead")
    assert people.everybody(directory) == []


def test_what_is_asked_of_nobody_is_refused(directory: Directory) -> None:
    for ask in (
        lambda: people.remove(directory, "lead"),
        lambda: people.move(directory, "lead", "viewer"),
        lambda: people.renew_password(directory, "lead"),
    ):
        with pytest.raises(NotFoundError, match="nobody called 'lead'"):
            ask()


def test_a_subject_leads_to_the_name(directory: Directory) -> None:
    people.add(directory, "lead", email=EMAIL, group="viewer")
    (lead,) = people.everybody(directory)
    assert directory.name_of(lead.subject) == "lead"
    assert directory.name_of("6f1c0a3e-0000-4000-8000-000000000001") is None
    assert directory.name_of('" or username = "lead') is None


def test_a_renewed_password_must_be_changed_again(directory: Directory) -> None:
    people.add(directory, "lead", email=EMAIL, group="viewer")
    directory.set_password("lead", "Lasting-Password-1", lasting=True)
    assert people.everybody(directory)[0].status == "CONFIRMED"
    people.renew_password(directory, "lead")
    assert people.everybody(directory)[0].status == "FORCE_CHANGE_PASSWORD"


def test_everybody_is_found_on_many_pages(pool: Pool) -> None:
    for number in range(70):
        pool.people.add(Person(f"person-{number:02}", EMAIL, (Group.VIEWER,)), "First-Password-1")
    found = pool.people.list()
    assert len(found) == 70
    assert {person.groups for person in found} == {(Group.VIEWER,)}


def test_a_name_is_looked_up_once(pool: Pool) -> None:
    people.add(pool.people, "lead", email=EMAIL, group="viewer")
    (lead,) = pool.people.list()
    calls: list[str] = []
    pool.client.meta.events.register("before-call", lambda model, **_: calls.append(model.name))
    assert {pool.people.name_of(lead.subject) for _ in range(3)} == {"lead"}
    assert calls == ["ListUsers"]


def test_moving_signs_out(pool: Pool) -> None:
    client = pool.client.create_user_pool_client(UserPoolId=pool.id, ClientName="site")
    people.add(pool.people, "lead", email=EMAIL, group="admin")
    pool.people.set_password("lead", "Lasting-Password-1", lasting=True)
    tokens = pool.client.initiate_auth(
        ClientId=client["UserPoolClient"]["ClientId"],
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "lead", "PASSWORD": "Lasting-Password-1"},
    )["AuthenticationResult"]
    people.move(pool.people, "lead", "viewer")
    with pytest.raises(ClientError, match="NotAuthorized"):
        pool.client.get_user(AccessToken=tokens["AccessToken"])


def test_a_pool_that_is_not_there_is_unavailable(pool: Pool) -> None:
    with pytest.raises(UnavailableError, match="Listing people"):
        CognitoPeople("eu-west-1_none", pool.client).list()
