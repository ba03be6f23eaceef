"""One resource that is to be created, and the registry of who creates what."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi

from sightline.domain.errors import InvalidError
from sightline.local.clients import Clients


@dataclass(frozen=True)
class Created:
    """The provider's answer: the physical id and the outputs besides the inputs."""

    id: str
    outputs: Mapping[str, Any] = field(default_factory=dict)


class Creation:
    """A resource's inputs, of which every one must be used.

    An input that no one took would be a promise of the program that is silently not kept here, so
    `finish` refuses it.
    """

    def __init__(self, kind: str, name: str, inputs: Mapping[str, Any], clients: Clients) -> None:
        self.kind = kind
        self.name = name
        self._inputs = dict(inputs)
        self._clients = clients

    @property
    def region(self) -> str:
        return self._clients.region

    def client(self, service: str) -> Any:
        """A boto3 client of the resource's region."""
        return self._clients.get(service)

    def take(self, key: str, default: Any = None) -> Any:
        """An input, or the default."""
        return self._inputs.pop(key, default)

    def need(self, key: str) -> Any:
        """An input that must be there."""
        if key not in self._inputs:
            raise InvalidError(f"{self.kind} {self.name}: {key} is missing")
        return self._inputs.pop(key)

    def take_rest(self) -> dict[str, Any]:
        """All inputs that are left, for calls that check them themselves."""
        rest, self._inputs = self._inputs, {}
        return rest

    def without_meaning_here(self, *keys: str) -> None:
        """Inputs that matter to AWS only."""
        for key in keys:
            self._inputs.pop(key, None)

    def physical_name(self, key: str = "name") -> str:
        """The given name, or the logical name and seven digits, as Pulumi names resources.

        The digits are a digest, so that every start on every machine gives the same names.
        """
        if given := self.take(key):
            return str(given)
        source = f"{pulumi.get_project()}/{pulumi.get_stack()}/{self.kind}/{self.name}"
        return f"{self.name}-{hashlib.sha256(source.encode()).hexdigest()[:7]}"

    def finish(self) -> None:
        """`InvalidError` when an input was not used."""
        if self._inputs:
            raise InvalidError(
                f"{self.kind} {self.name}: the local system does not support "
                f"{', '.join(sorted(self._inputs))}"
            )


Creator = Callable[[Creation], Created]


class Registry:
    """Who creates which type of resource."""

    def __init__(self) -> None:
        self._creators: dict[str, Creator] = {}

    def creates(self, kind: str) -> Callable[[Creator], Creator]:
        """Register a creator for a type such as `aws:s3/bucket:Bucket`."""

        def register(creator: Creator) -> Creator:
            self._creators[kind] = creator
            return creator

        return register

    def kinds(self) -> list[str]:
        """The types that can be created, in alphabetical order."""
        return sorted(self._creators)

    def create(self, creation: Creation) -> Created:
        """Create a resource. `InvalidError` for a type or an input that is not known here."""
        creator = self._creators.get(creation.kind)
        if creator is None:
            raise InvalidError(
                f"{creation.kind} {creation.name}: the local system cannot create this type"
            )
        created = creator(creation)
        creation.finish()
        return created


REGISTRY = Registry()
