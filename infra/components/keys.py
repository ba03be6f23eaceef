"""The KMS keys that models may be encrypted with: the settings list them, and they are not ours."""

from __future__ import annotations

from infra import iam
from infra.settings import StackSettings


def decrypting(settings: StackSettings) -> list[iam.Statement]:
    """Grants for who reads models."""
    return _allow(settings, "ReadByModelKeys")


def encrypting(settings: StackSettings) -> list[iam.Statement]:
    """Grants for who writes models; uploads in several parts are read back."""
    return _allow(settings, "WriteByModelKeys")


def _allow(settings: StackSettings, sid: str) -> list[iam.Statement]:
    through_s3 = {"kms:ViaService": f"s3.{settings.region}.amazonaws.com"}
    allowed = iam.allow_elsewhere(sid, settings.model_keys)
    return [{**statement, "Condition": {"StringEquals": through_s3}} for statement in allowed]
