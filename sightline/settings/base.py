"""What all settings have in common.

One frozen dataclass per entry point; the environment variable of a field is its name in capitals.
The Pulumi program builds each function's environment from the same classes (`to_env`), so the two
cannot drift apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from sightline.domain.errors import InvalidError


@dataclass(frozen=True)
class Settings:
    """Reading from and writing to an environment, shared by all settings classes."""

    @classmethod
    def variables(cls) -> list[str]:
        """The names of the environment variables, in order."""
        return [field.name.upper() for field in fields(cls)]

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Read all fields; `InvalidError` names every variable that is missing, blank or wrong."""
        values: dict[str, Any] = {}
        problems = []
        for field in fields(cls):
            variable = field.name.upper()
            text = env.get(variable, "").strip()
            if not text:
                problems.append(f"{variable} is missing or blank")
                continue
            try:
                values[field.name] = {"str": str, "int": int, "float": float}[str(field.type)](text)
            except ValueError:
                problems.append(f"{variable}={text!r} is not of type {field.type}")
        if problems:
            raise InvalidError(f"{cls.__name__}: " + "; ".join(problems))
        return cls(**values)

    @classmethod
    def to_env(cls, **values: Any) -> dict[str, Any]:
        """Environment variables from field values (Pulumi outputs too); all fields, no others."""
        expected = {field.name for field in fields(cls)}
        if expected != values.keys():
            raise InvalidError(
                f"{cls.__name__}: missing {sorted(expected - values.keys())}, "
                f"unknown {sorted(values.keys() - expected)}"
            )
        return {name.upper(): value for name, value in values.items()}
