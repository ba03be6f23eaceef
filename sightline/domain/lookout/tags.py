"""Tags of models."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sightline.domain.lookout import limits
from sightline.domain.lookout.errors import MODEL, QuotaExceededError, ValidationError, shown

RESERVED = "aws:"


def read(given: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Tags of a request by key; `ValidationError` for a key given twice or a reserved one."""
    tags: dict[str, str] = {}
    for tag in given:
        key = tag["Key"]
        if key in tags:
            raise ValidationError(f"Tags: the key {shown(key)} is given more than once.")
        if key.lower().startswith(RESERVED):
            raise ValidationError(f"Tags: the key {shown(key)} begins with {RESERVED!r}.")
        tags[key] = tag["Value"]
    return tags


def merged(have: Mapping[str, str], more: Mapping[str, str], resource_id: str) -> dict[str, str]:
    """Both; the later value of a key stands. `QuotaExceededError` when they become too many."""
    tags = {**have, **more}
    if len(tags) > limits.TAGS_MAX:
        raise QuotaExceededError(
            f"The model would have {len(tags)} tags; at most {limits.TAGS_MAX} are possible.",
            "tags-per-resource",
            MODEL,
            resource_id,
        )
    return tags


def without(have: Mapping[str, str], keys: Iterable[str]) -> dict[str, str]:
    """What is left after removing keys; keys that are not there are ignored."""
    gone = set(keys)
    return {key: value for key, value in have.items() if key not in gone}
