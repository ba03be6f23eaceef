"""Manifest lines, as Ground Truth and people really write them.

One JSON object per line. Only `class-name` in the label's metadata decides the label: the integer
label itself means 1 = anomaly in some sources and 1 = normal in others.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NoReturn

from sightline.domain import times
from sightline.domain.lookout import limits
from sightline.domain.lookout.errors import ValidationError, shown
from sightline.domain.lookout.records import S3Object

SOURCE = "source-ref"
METADATA = "-metadata"
REFERENCE = "-ref"
DEFAULT_LABEL = "anomaly-label"
DEFAULT_MASK = "anomaly-mask-ref"
CLASSIFICATION = "groundtruth/image-classification"
SEGMENTATION = "groundtruth/semantic-segmentation"
BACKGROUND = "background"


class Label(StrEnum):
    """The two classes."""

    NORMAL = "normal"
    ANOMALY = "anomaly"


@dataclass(frozen=True)
class Mask:
    """A PNG whose colours are kinds of defects: `colours` maps `#rrggbb` to the kind."""

    source: S3Object
    colours: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Entry:
    """One image of a dataset. `line` is its JSON line as it was given."""

    line: str
    source: S3Object
    label: Label | None
    mask: Mask | None
    added_at: datetime

    @property
    def source_ref(self) -> str:
        """The entry's key within its dataset."""
        return str(self.source)

    @property
    def bucket(self) -> str:
        """Where the image lies."""
        return self.source.bucket


def parse_line(text: str, at: datetime) -> Entry:
    """Read one line; `ValidationError` says what is wrong with it."""
    line = text.strip()
    if not limits.LINE_MIN <= len(line) <= limits.LINE_MAX:
        raise ValidationError(
            f"it has {len(line)} characters; {limits.LINE_MIN} to {limits.LINE_MAX} are possible."
        )
    try:
        values = json.loads(line, parse_constant=_no_constant)
        line.encode()
        json.dumps(values, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise ValidationError(f"it is not JSON: {str(error)[:100]}.") from error
    if not isinstance(values, dict):
        raise ValidationError("it is not a JSON object.")
    source = _s3_object(values.get(SOURCE), SOURCE)
    return Entry(line, source, _label(values), _mask(values), at)


def parse(lines: Iterable[str], at: datetime, *, images_max: int) -> list[Entry]:
    """The entries of a manifest; of two lines with the same source-ref the later one stands.

    Raises `ValidationError` that names the line, when one is malformed or names a folder, when the
    images lie in several buckets, or when there are more than `images_max`.
    """
    found: dict[str, Entry] = {}
    for number, text in enumerate(lines, 1):
        bare = text.removeprefix("\ufeff") if number == 1 else text
        if not bare.strip():
            continue
        try:
            entry = parse_line(bare, at)
            _check_no_folder(entry)
        except ValidationError as error:
            raise ValidationError(
                f"Line {number} of the manifest cannot be used: {error}"
            ) from error
        found[entry.source_ref] = entry
        if len(found) > images_max:
            raise ValidationError(f"The manifest has more than {images_max} images.")
    entries = list(found.values())
    check_one_bucket(entries)
    return entries


def check_one_bucket(entries: Iterable[Entry]) -> None:
    """Raise `ValidationError` unless all images lie in one bucket."""
    buckets = sorted({entry.bucket for entry in entries})
    if len(buckets) > 1:
        raise ValidationError(
            f"All images of a dataset must be in one bucket; found {buckets[0]} and {buckets[1]}."
        )


def merge(entries: Iterable[Entry], changes: Iterable[Entry]) -> list[Entry]:
    """Entries with changes applied: an entry is replaced whole, new ones go to the end."""
    merged = {entry.source_ref: entry for entry in entries}
    merged.update({entry.source_ref: entry for entry in changes})
    return list(merged.values())


def dump(entries: Iterable[Entry]) -> Iterator[str]:
    """Entries as stored lines: each a JSON array of the time it was added and its own line."""
    for entry in entries:
        yield json.dumps([times.to_wire(entry.added_at), entry.line])


def load(lines: Iterable[str]) -> list[Entry]:
    """Entries from stored lines."""
    pairs = (json.loads(line) for line in lines)
    return [parse_line(line, times.from_wire(at)) for at, line in pairs]


def write_line(source: S3Object, label: Label, at: datetime) -> str:
    """A classification line, as `sightline` itself adds images to a dataset."""
    return json.dumps(
        {
            SOURCE: str(source),
            DEFAULT_LABEL: int(label is Label.ANOMALY),
            DEFAULT_LABEL + METADATA: {
                "confidence": 1,
                "class-name": label.value,
                "human-annotated": "yes",
                "type": CLASSIFICATION,
                "creation-date": times.to_wire(at),
            },
        }
    )


def _label(values: Mapping[str, Any]) -> Label | None:
    for name in _preferred(values, DEFAULT_LABEL + METADATA):
        metadata = values[name]
        if not (name.endswith(METADATA) and isinstance(metadata, Mapping)):
            continue
        if metadata.get("type", CLASSIFICATION) != CLASSIFICATION or "class-name" not in metadata:
            continue
        kind = metadata["class-name"]
        return Label(kind) if kind in list(Label) else None
    return None


def _mask(values: Mapping[str, Any]) -> Mask | None:
    for name in _preferred(values, DEFAULT_MASK):
        metadata = values.get(name + METADATA)
        if name == SOURCE or not name.endswith(REFERENCE) or not isinstance(metadata, Mapping):
            continue
        if metadata.get("type", SEGMENTATION) != SEGMENTATION:
            continue
        return Mask(_s3_object(values[name], name), _colours(metadata, name))
    return None


def _colours(metadata: Mapping[str, Any], name: str) -> dict[str, str]:
    given = metadata.get("internal-color-map", {})
    if not isinstance(given, Mapping):
        raise ValidationError(f"internal-color-map of {name} is not an object.")
    colours: dict[str, str] = {}
    for entry in given.values():
        kind = entry.get("class-name") if isinstance(entry, Mapping) else None
        colour = entry.get("hex-color") if isinstance(entry, Mapping) else None
        if not isinstance(kind, str) or not isinstance(colour, str):
            raise ValidationError(
                f"internal-color-map of {name} has an entry without class-name or hex-color."
            )
        if kind.lower() != BACKGROUND:
            colours[colour.lower()] = kind
    return colours


def _preferred(values: Mapping[str, Any], first: str) -> list[str]:
    return sorted(values, key=lambda name: name != first)


def _s3_object(value: object, name: str) -> S3Object:
    if not isinstance(value, str):
        raise ValidationError(f"it has no {name}.")
    scheme, _, rest = value.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme != "s3" or not bucket or not key:
        raise ValidationError(f"{name} {shown(value)} is not of the form s3://bucket/key.")
    return S3Object(bucket, key)


def _check_no_folder(entry: Entry) -> None:
    """Programs that list a place in S3 also find the object that makes a folder of it."""
    if entry.source.key.endswith("/"):
        raise ValidationError(f"{entry.source_ref} is a folder, not an image; leave it out.")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
