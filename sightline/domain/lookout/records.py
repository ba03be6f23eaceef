"""What every stored thing of the control service has: an identity and a revision."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Record:
    """A stored thing. `revision` counts its changes; 0 is not stored yet."""

    revision: int = 0

    @property
    def identity(self) -> tuple[str, str]:
        """`(scope, name)`, unique among records of its class; lists go by scope, in name order."""
        raise NotImplementedError


@dataclass(frozen=True)
class S3Object:
    """An object in S3."""

    bucket: str
    key: str
    version_id: str | None = None

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"

    @classmethod
    def parse(cls, uri: str) -> S3Object:
        """The object of an `s3://bucket/key` that was checked before."""
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        return cls(bucket, key)


@dataclass(frozen=True)
class S3Location:
    """A place in S3 below which things are written."""

    bucket: str
    prefix: str = ""

    def object(self, name: str) -> S3Object:
        """The object of this name directly below."""
        return S3Object(self.bucket, f"{self.prefix}{name}")
