"""The people of the local system: one of each group, who need not change their password."""

from __future__ import annotations

from sightline.domain.people import Person, new_password
from sightline.domain.permissions import Group
from sightline.workflow.people import PeopleDirectory


def add_everybody(directory: PeopleDirectory, password: str = "") -> dict[str, str]:
    """Add somebody for every group; their passwords by name, random ones unless one is given.

    `InvalidError` when the user pool does not take the password.
    """
    passwords = {}
    for group in Group:
        passwords[group.value] = password or new_password()
        directory.add(Person(group.value, f"{group}@sightline.example", (group,)), new_password())
        directory.set_password(group.value, passwords[group.value], lasting=True)
    return passwords
