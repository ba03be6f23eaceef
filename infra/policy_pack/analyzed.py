"""Resources as the engine tells a policy pack of them, in the form that policies judge.

While a stack is previewed, much is not known yet: ids and ARNs of what is to be made, and every
document that they are in. Whatever a policy then asks raises `NotKnownYetError`, so that it never
judges what it cannot see.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from infra.policies.resource import Resource, short

# How the engine says of a text, number, flag, list, file or object that it is not known.
# https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/plugin/rpc.go
UNKNOWN = frozenset(
    {
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)
# Pulumi's own note of which inputs it filled in.
_DEFAULTS = "__defaults"


class NotKnownYetError(Exception):
    """What a policy asked for is only known once the stack is updated."""


class Provider(Protocol):
    """A resource's provider, as the engine tells of it."""

    name: str


class Told(Protocol):
    """A resource, as the engine tells of it; `props` may hold what is not known."""

    resource_type: str
    name: str
    urn: str
    props: Mapping[str, Any]
    provider: Provider | None


class Stack:
    """What one preview or update declares: inputs one after the other, then everything."""

    def __init__(self) -> None:
        self._inputs: dict[str, Any] = {}

    def declared(self, resource: Told) -> None:
        """Keep the inputs of a resource, which the engine does not tell again."""
        self._inputs[resource.urn] = resource.props

    def resources(self, told: Sequence[Told]) -> list[Resource]:
        """All of them, with the inputs that they were declared with."""
        return [_resource(one, self._inputs.get(one.urn, one.props)) for one in told]


def _resource(told: Told, inputs: Mapping[str, Any]) -> Resource:
    kind, outputs = short(told.resource_type), _known(told.props, "")
    is_provider = told.resource_type.startswith("pulumi:providers:")
    return Resource(
        type=kind,
        name=told.name,
        inputs=_known(inputs, ""),
        outputs=outputs,
        # A provider is known to its resources by its name, which is all that policies compare.
        id=told.name if is_provider else _text(dict.get(outputs, "id", "")),
        provider=f"provider::{told.provider.name}" if told.provider else "",
        custom=is_provider or told.resource_type.startswith("aws:"),
    )


def _known(value: Any, path: str) -> Any:
    """The engine's mappings and sequences as dicts and lists that refuse to show the unknown."""
    # The SDK wraps both; what they hold is under this key, without its own checks.
    if isinstance(value, Mapping) and not isinstance(value, dict):
        value = value["__target"]
    elif isinstance(value, Sequence) and not isinstance(value, str | list):
        value = value["__target"]  # type: ignore[call-overload]
    if isinstance(value, dict):
        items = {key: item for key, item in value.items() if key != _DEFAULTS}
        return _Known(path, {key: _known(item, f"{path}.{key}") for key, item in items.items()})
    if isinstance(value, list):
        return _KnownList(path, [_known(item, f"{path}[{n}]") for n, item in enumerate(value)])
    return value


def _shown(value: Any, path: str) -> Any:
    if isinstance(value, str) and value in UNKNOWN:
        raise NotKnownYetError(path)
    return value


class _Known(dict[str, Any]):
    def __init__(self, path: str, values: Mapping[str, Any]) -> None:
        super().__init__(values)
        self._path = path

    def __getitem__(self, key: str) -> Any:
        return _shown(super().__getitem__(key), f"{self._path}.{key}")

    def get(self, key: str, default: Any = None) -> Any:
        return _shown(super().get(key, default), f"{self._path}.{key}")

    def items(self) -> Any:
        return [(key, self[key]) for key in self]

    def values(self) -> Any:
        return [self[key] for key in self]


class _KnownList(list[Any]):
    def __init__(self, path: str, values: Sequence[Any]) -> None:
        super().__init__(values)
        self._path = path

    def __getitem__(self, index: Any) -> Any:
        return _shown(super().__getitem__(index), f"{self._path}[{index}]")

    def __iter__(self) -> Iterator[Any]:
        return (_shown(item, self._path) for item in super().__iter__())

    def __contains__(self, item: object) -> bool:
        return any(item == one for one in self)

    def __eq__(self, other: object) -> bool:
        return list(self) == other

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = None


class _UnknownText(str):
    """An id that is not known: it cannot be compared, and is in no set."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        raise NotKnownYetError(".id")

    def __ne__(self, other: object) -> bool:
        raise NotKnownYetError(".id")

    def __hash__(self) -> int:
        raise NotKnownYetError(".id")


def _text(value: Any) -> str:
    return _UnknownText() if value in UNKNOWN else str(value)
