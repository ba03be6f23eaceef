"""Pagination: opaque tokens that say where the next page begins and of which question."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping

from sightline.domain.lookout import limits
from sightline.domain.lookout.errors import ValidationError


def page_size(asked: int | None) -> int:
    """How many results a page has; 1 to 100, 100 unless told."""
    if asked is None:
        return limits.PAGE_MAX
    if not 1 <= asked <= limits.PAGE_MAX:
        raise ValidationError(f"MaxResults {asked} must be between 1 and {limits.PAGE_MAX}.")
    return asked


def next_token(question: Mapping[str, object], after: str) -> str:
    """The token of the page that begins after `after`."""
    text = json.dumps([_digest(question), after])
    return base64.b64encode(text.encode()).decode()


def after(question: Mapping[str, object], token: str | None) -> str:
    """Where the page begins, "" for the first; `ValidationError` for another question's token."""
    if token is None:
        return ""
    try:
        digest, position = json.loads(base64.b64decode(token, validate=True))
    except (ValueError, TypeError, binascii.Error, RecursionError) as error:
        raise ValidationError("NextToken is not one that this service gave.") from error
    if not isinstance(position, str) or digest != _digest(question):
        raise ValidationError("NextToken belongs to another request; send the same parameters.")
    return position


def offset(question: Mapping[str, object], token: str | None) -> int:
    """Where the page begins, for lists that are counted through."""
    position = after(question, token) or "0"
    if not position.isdecimal() or len(position) > 9:
        raise ValidationError("NextToken is not one that this service gave.")
    return int(position)


def _digest(question: Mapping[str, object]) -> str:
    text = json.dumps(question, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
