"""The people of a stack in memory, for tests."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace

from sightline.domain.errors import ConflictError, NotFoundError
from sightline.domain.people import Person, group_named


class MemoryPeople:
    """`PeopleDirectory`; `passwords` holds everybody's by name, with whether it lasts."""

    def __init__(self) -> None:
        self.items: dict[str, Person] = {}
        self.passwords: dict[str, tuple[str, bool]] = {}

    def add(self, person: Person, password: str) -> None:
        if person.name in self.items:
            raise ConflictError(f"The name {person.name!r} is taken.")
        self.items[person.name] = replace(person, subject=str(uuid.uuid4()))
        self.passwords[person.name] = password, False

    def list(self) -> Sequence[Person]:
        return sorted(self.items.values(), key=lambda person: person.name)

    def remove(self, name: str) -> None:
        self._known(name)
        del self.items[name], self.passwords[name]

    def set_groups(self, name: str, groups: Sequence[str]) -> None:
        wanted = tuple(group_named(group) for group in groups)
        self.items[name] = replace(self._known(name), groups=wanted)

    def set_password(self, name: str, password: str, *, lasting: bool = False) -> None:
        status = "CONFIRMED" if lasting else "FORCE_CHANGE_PASSWORD"
        self.items[name] = replace(self._known(name), status=status)
        self.passwords[name] = password, lasting

    def name_of(self, subject: str) -> str | None:
        return next((p.name for p in self.items.values() if p.subject == subject), None)

    def _known(self, name: str) -> Person:
        if name not in self.items:
            raise NotFoundError(f"There is nobody called {name!r}.")
        return self.items[name]
