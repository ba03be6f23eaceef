"""The KMS keys that models may be encrypted with: the settings list them, and they are not ours."""

from __future__ import annotations

from infra import iam
from infra.settings import StackSettings


def decrypting(settings: StackSettings) -> list[iam.Statement]:
    """Grants for who reads models."""
    return _allow(settings, "kms:Decrypt")


def encrypting(settings: StackSettings) -> list[iam.Statement]:
    """Grants for who writes models; uploads in several parts are read back."""
    return _allow(settings, "kms:Decrypt", "kms:GenerateDataKey")


def _allow(settings: StackSettings, *actions: str) -> list[iam.Statement]:
    if not settings.model_keys:
        return []
    through_s3 = {"kms:ViaService": f"s3.{settings.region}.amazonaws.com"}
    allowed = iam.allow(actions, settings.model_keys)
    return [{**allowed, "Condition": {"StringEquals": through_s3}}]
