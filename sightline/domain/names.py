"""What may be a name: facilities, lines, cameras, projects, image ids, metadata."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from urllib.parse import quote

from sightline.domain.errors import InvalidError

_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}\Z")
_PROJECT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,254}\Z")
_METADATA_KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,39}\Z")

IMAGE_ID_MAX = 128
TITLE_MAX = 100
METADATA_KEYS_MAX = 10
METADATA_VALUE_MAX = 256
METADATA_TOTAL_MAX = 1024


def slug(value: str, what: str) -> str:
    """A facility, line or camera id: 1 to 63 of letters, digits, `_` and `-`."""
    if not _SLUG.match(value):
        raise InvalidError(
            f"{what} {value!r} must be 1 to 63 letters, digits, '_' or '-', "
            "and start with a letter or digit."
        )
    return value


def project_name(value: str) -> str:
    """A project name as Lookout for Vision allows it: 1 to 255 characters."""
    if not _PROJECT.match(value):
        raise InvalidError(
            f"Project name {value!r} must be 1 to 255 letters, digits, '_' or '-', "
            "and start with a letter or digit."
        )
    return value


def image_id(value: str) -> str:
    """A camera's own image id, in Unicode NFC: 1 to 128 characters that can be part of a key.

    Any script and inner spaces are fine; control characters, slashes, `#` and the names `.` and
    `..` are not, because S3 keys, URLs and the table's keys are built from it. Nor is U+FFFD, which
    gateways put for bytes that are not UTF-8: two broken ids would become one.
    """
    text = unicodedata.normalize("NFC", value)
    if not 1 <= len(text) <= IMAGE_ID_MAX:
        raise InvalidError(f"Image id must have 1 to {IMAGE_ID_MAX} characters, not {len(text)}.")
    if text != text.strip() or text in {".", ".."}:
        raise InvalidError(
            f"Image id {text!r} may not begin or end with a space, nor be a dot name."
        )
    for character in text:
        if character in "/\\#\ufffd" or unicodedata.category(character)[0] == "C":
            raise InvalidError(
                f"Image id {text!r} contains {character!r}; control characters, '/', '\\', '#' and "
                "what was not sent as UTF-8 are not allowed."
            )
    return text


def title(value: str, what: str) -> str:
    """A name for people, in any script: at most 100 characters, none of them a control character.

    It may be empty.
    """
    if len(value) > TITLE_MAX:
        raise InvalidError(f"{what} has {len(value)} characters; at most {TITLE_MAX} are kept.")
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in value):
        raise InvalidError(f"{what} {value!r} contains a control character.")
    return value


def metadata(values: Mapping[str, str]) -> dict[str, str]:
    """A camera's free metadata: at most 10 keys, 256 characters each, 1024 bytes in all.

    The bytes are counted as they travel, percent-encoded in headers: S3 refuses an upload whose
    metadata is over 2 KB, and by then it would be too late to say so.
    """
    if len(values) > METADATA_KEYS_MAX:
        raise InvalidError(
            f"Metadata has {len(values)} keys; at most {METADATA_KEYS_MAX} are kept."
        )
    for key, value in values.items():
        if not _METADATA_KEY.match(key):
            raise InvalidError(
                f"Metadata key {key!r} must be 1 to 40 lower-case letters, digits or '-'."
            )
        if len(value) > METADATA_VALUE_MAX:
            raise InvalidError(f"Metadata {key!r} is longer than {METADATA_VALUE_MAX} characters.")
        if any(unicodedata.category(character) in {"Cc", "Cs"} for character in value):
            raise InvalidError(f"Metadata {key!r} contains a control character.")
    total = sum(len(key) + len(quote(value, safe="")) for key, value in values.items())
    if total > METADATA_TOTAL_MAX:
        raise InvalidError(
            f"Metadata takes {total} bytes percent-encoded; at most {METADATA_TOTAL_MAX} are kept."
        )
    return dict(values)
