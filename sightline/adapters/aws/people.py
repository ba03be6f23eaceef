"""The people of a Cognito user pool."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from sightline.adapters.aws.errors import code, translated
from sightline.domain.errors import ConflictError, InvalidError, NotFoundError
from sightline.domain.people import Person
from sightline.domain.permissions import Group

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

_SUBJECT = re.compile(r"[0-9a-f-]{36}")
_WRONG = {"InvalidParameterException", "InvalidPasswordException"}


class CognitoPeople:
    """`PeopleDirectory` over a user pool, whose groups are there already."""

    def __init__(self, pool: str, client: CognitoIdentityProviderClient) -> None:
        self._pool = pool
        self._client = client
        self._names: dict[str, str] = {}

    def add(self, person: Person, password: str) -> None:
        with self._asking(person.name):
            self._client.admin_create_user(
                UserPoolId=self._pool,
                Username=person.name,
                TemporaryPassword=password,
                MessageAction="SUPPRESS",
                UserAttributes=[
                    {"Name": "email", "Value": person.email},
                    {"Name": "email_verified", "Value": "true"},
                ],
            )
        self._join(person.name, person.groups)

    def list(self) -> Sequence[Person]:
        with translated("Listing people"):
            groups = {group: self._members(group) for group in Group}
            pages = self._client.get_paginator("list_users").paginate(UserPoolId=self._pool)
            found = [_person(user, groups) for page in pages for user in page["Users"]]
        return sorted(found, key=lambda person: person.name)

    def remove(self, name: str) -> None:
        with self._asking(name):
            self._client.admin_user_global_sign_out(UserPoolId=self._pool, Username=name)
            self._client.admin_delete_user(UserPoolId=self._pool, Username=name)

    def set_groups(self, name: str, groups: Sequence[str]) -> None:
        with self._asking(name):
            known = self._client.admin_list_groups_for_user(UserPoolId=self._pool, Username=name)
        self._join(name, groups)
        with self._asking(name):
            for group in known["Groups"]:
                if group["GroupName"] not in groups:
                    self._client.admin_remove_user_from_group(
                        UserPoolId=self._pool, Username=name, GroupName=group["GroupName"]
                    )
            # Tokens name the groups of the time when they were made.
            self._client.admin_user_global_sign_out(UserPoolId=self._pool, Username=name)

    def set_password(self, name: str, password: str, *, lasting: bool = False) -> None:
        with self._asking(name):
            self._client.admin_set_user_password(
                UserPoolId=self._pool, Username=name, Password=password, Permanent=lasting
            )

    def name_of(self, subject: str) -> str | None:
        """The name of the person whose tokens have this subject; None for a stranger."""
        if subject not in self._names and _SUBJECT.fullmatch(subject):
            with translated("Looking up who signed in"):
                answer = self._client.list_users(
                    UserPoolId=self._pool, Filter=f'sub = "{subject}"', Limit=1
                )
            for user in answer["Users"]:
                self._names[subject] = user["Username"]
        return self._names.get(subject)

    def _join(self, name: str, groups: Sequence[str]) -> None:
        with self._asking(name):
            for group in groups:
                self._client.admin_add_user_to_group(
                    UserPoolId=self._pool, Username=name, GroupName=str(group)
                )

    def _members(self, group: Group) -> set[str]:
        pages = self._client.get_paginator("list_users_in_group").paginate(
            UserPoolId=self._pool, GroupName=group.value
        )
        return {user["Username"] for page in pages for user in page["Users"]}

    @contextmanager
    def _asking(self, name: str) -> Iterator[None]:
        with translated(f"Changing the account {name!r}"):
            try:
                yield
            except ClientError as error:
                if code(error) == "UserNotFoundException":
                    raise NotFoundError(f"There is nobody called {name!r}.") from error
                if code(error) == "UsernameExistsException":
                    raise ConflictError(f"The name {name!r} is taken.") from error
                if code(error) in _WRONG:
                    reason = error.response["Error"].get("Message", "")
                    raise InvalidError(f"{name!r}: {reason}") from error
                raise


def _person(user: Any, groups: dict[Group, set[str]]) -> Person:
    attributes = {one["Name"]: one["Value"] for one in user["Attributes"]}
    return Person(
        name=user["Username"],
        email=attributes.get("email", ""),
        groups=tuple(group for group, members in groups.items() if user["Username"] in members),
        status=user["UserStatus"],
        enabled=user["Enabled"],
        subject=attributes.get("sub", ""),
    )
