"""Keys of KMS that callers may have models encrypted with."""

from __future__ import annotations

from collections.abc import Collection

from sightline.domain.lookout.errors import ValidationError, shown


def allowed_key(given: str, allowed: Collection[str]) -> str:
    """The ARN of the key that is meant, by its ARN or its id; `allowed` are ARNs.

    Raises `ValidationError` for every other one: the functions have no right to use it.
    """
    for arn in allowed:
        if given in {arn, arn.rpartition("/")[2]}:
            return arn
    raise ValidationError(
        f"KmsKeyId {shown(given)} is none of the keys that models may be encrypted with. "
        "The stack setting modelKeys lists them; they are named by ARN or id, not by alias."
    )
