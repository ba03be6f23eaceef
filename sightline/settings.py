"""Typed settings of every entry point.

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


@dataclass(frozen=True)
class IngestSettings(Settings):
    """The ingest service."""

    cameras_table: str
    inspections_table: str
    images_bucket: str
    upload_max_bytes: int
    upload_url_seconds: int


@dataclass(frozen=True)
class DetectSettings(Settings):
    """The detect function; anomaly maps are kept where a person should look."""

    cameras_table: str
    inspections_table: str
    models_table: str
    models_bucket: str
    uncertain_below: float


@dataclass(frozen=True)
class RecordSettings(Settings):
    """The record function. Confidence under `uncertain_below` (0..1) asks for a person's look."""

    inspections_table: str
    metrics_namespace: str
    uncertain_below: float


@dataclass(frozen=True)
class NotifySettings(Settings):
    """The notify function. More alerts a minute and line than `alerts_per_minute` are folded."""

    alerts_table: str
    topic_arn: str
    digest_state_machine_arn: str
    site_url: str
    alerts_per_minute: int


@dataclass(frozen=True)
class DigestSettings(Settings):
    """The digest function."""

    alerts_table: str
    topic_arn: str
    site_url: str


@dataclass(frozen=True)
class SilenceSettings(Settings):
    """The silence function. A camera not seen for `silent_after_minutes` is silent."""

    cameras_table: str
    metrics_namespace: str
    silent_after_minutes: int


@dataclass(frozen=True)
class StreamSettings(Settings):
    """The stream function. `shifts` are the plant's, such as `early=06:00,late=14:00`."""

    cameras_table: str
    delivery_stream: str
    rejects_queue_url: str
    metrics_namespace: str
    time_zone: str
    shifts: str
    region_name: str


@dataclass(frozen=True)
class DailySettings(Settings):
    """The daily function; it tells of a day from the hour `hour` (0..23) of the next one on."""

    alerts_table: str
    topic_arn: str
    site_url: str
    athena_workgroup: str
    athena_database: str
    run_seconds: int
    time_zone: str
    hour: int
