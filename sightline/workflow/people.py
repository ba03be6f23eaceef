"""People: add, list, remove, put into a group, give a new first password."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from sightline.domain.people import Person, email_address, group_named, new_password, user_name


class PeopleDirectory(Protocol):
    """Who may sign in. `UnavailableError` for what may pass."""

    def add(self, person: Person, password: str) -> None:
        """Add a person with a password to be changed. `ConflictError` when the name is taken."""

    def list(self) -> Sequence[Person]:
        """Everybody, by name."""

    def remove(self, name: str) -> None:
        """Remove a person and sign them out. `NotFoundError` when there is nobody of that name."""

    def set_groups(self, name: str, groups: Sequence[str]) -> None:
        """Put a person into these groups alone, signed out. `NotFoundError` as above."""

    def set_password(self, name: str, password: str, *, lasting: bool = False) -> None:
        """Set a password, to be changed at the next sign-in unless it lasts.

        `NotFoundError` as above.
        """


def add(directory: PeopleDirectory, name: str, *, email: str, group: str) -> str:
    """Add a person to a group; their first password, which exists nowhere else.

    Raises `InvalidError` for a bad name, address or group, `ConflictError` for a taken name.
    """
    person = Person(user_name(name), email_address(email), (group_named(group),))
    password = new_password()
    directory.add(person, password)
    return password


def everybody(directory: PeopleDirectory) -> Sequence[Person]:
    """All people, by name."""
    return directory.list()


def remove(directory: PeopleDirectory, name: str) -> None:
    """Remove a person; credentials that they have already end within the hour."""
    directory.remove(user_name(name))


def move(directory: PeopleDirectory, name: str, group: str) -> None:
    """Put a person into a group, and out of all others; they must sign in again."""
    directory.set_groups(user_name(name), (group_named(group),))


def renew_password(directory: PeopleDirectory, name: str) -> str:
    """A new first password for somebody who forgot theirs."""
    password = new_password()
    directory.set_password(user_name(name), password)
    return password
