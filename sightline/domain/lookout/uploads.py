"""Pictures that people add from their disks, on their way into a dataset or a trial."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from sightline.domain import names
from sightline.domain.errors import InvalidError, TooLargeError
from sightline.domain.lookout import limits, pictures
from sightline.domain.lookout.records import S3Location, S3Object

UPLOADS_PREFIX = "uploads/"
_ODD = re.compile(r"[^A-Za-z0-9._-]+")
_NAME_KEPT = 80


@dataclass(frozen=True)
class NewPicture:
    """A picture on somebody's disk; `size` is in bytes."""

    name: str
    content_type: str
    size: int

    def check(self) -> None:
        """Raise `InvalidError` for what no model can learn from."""
        pictures.check_declared(self.content_type)
        if self.size > limits.IMAGE_BYTES_MAX:
            raise TooLargeError(
                f"{self.name!r} has {self.size} bytes; at most {limits.IMAGE_BYTES_MAX}."
            )
        if self.size < 1:
            raise InvalidError(f"{self.name!r} is empty.")


def place(bucket: str, project: str, batch: str) -> S3Location:
    """Where the pictures of a batch lie."""
    return S3Location(bucket, f"{UPLOADS_PREFIX}{project}/{names.slug(batch, 'Batch')}/")


def results(bucket: str, project: str) -> S3Location:
    """Where evaluations are written whose place nobody chose."""
    return S3Location(bucket, f"{UPLOADS_PREFIX}{project}/")


def target(found: S3Location, picture: NewPicture) -> S3Object:
    """Where one picture goes: announced again under the same name, to the same place."""
    suffix = ".png" if picture.content_type == pictures.PNG else ".jpg"
    stem = picture.name.replace("\\", "/").rpartition("/")[2].rpartition(".")[0] or picture.name
    mark = hashlib.sha256(picture.name.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return found.object(f"{_ODD.sub('-', stem)[-_NAME_KEPT:]}-{mark}{suffix}")
