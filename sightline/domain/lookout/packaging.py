"""Packaging jobs: a trained model becomes a Greengrass component."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from sightline.domain.lookout.records import Record, S3Location

METHOD = "GreengrassV2"


class PackagingStatus(StrEnum):
    """The protocol's packaging statuses."""

    CREATED = "CREATED"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


@dataclass(frozen=True)
class Target:
    """What the component runs on: a named device, or a platform (not both)."""

    device: str | None = None
    os: str | None = None
    arch: str | None = None
    accelerator: str | None = None


@dataclass(frozen=True)
class Component:
    """The Greengrass component that is asked for."""

    name: str
    version: str
    output: S3Location
    target: Target
    description: str | None = None
    compiler_options: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class PackagingJob(Record):
    """One packaging of one model version."""

    name: str
    project: str
    model_version: str
    component: Component
    created_at: datetime
    updated_at: datetime
    status: PackagingStatus = PackagingStatus.CREATED
    message: str = ""
    description: str | None = None
    component_arn: str | None = None
    job: str | None = None

    @property
    def identity(self) -> tuple[str, str]:
        return self.project, self.name

    def running(self, at: datetime) -> PackagingJob:
        """RUNNING."""
        return replace(
            self, status=PackagingStatus.RUNNING, message="The model is packaged.", updated_at=at
        )

    def succeeded(self, component_arn: str, at: datetime) -> PackagingJob:
        """SUCCEEDED, with the component's ARN."""
        return replace(
            self,
            status=PackagingStatus.SUCCEEDED,
            message="The component is ready.",
            component_arn=component_arn,
            updated_at=at,
            job=None,
        )

    def failed(self, reason: str, at: datetime) -> PackagingJob:
        """FAILED, with the reason."""
        return replace(self, status=PackagingStatus.FAILED, message=reason, updated_at=at, job=None)
