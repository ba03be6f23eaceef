"""Uploads: people's pictures go from their browsers to where datasets and trials find them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sightline.domain.lookout import uploads
from sightline.domain.lookout.records import S3Location, S3Object
from sightline.domain.lookout.uploads import NewPicture
from sightline.workflow.control import lookup
from sightline.workflow.control.ports import ControlDeps
from sightline.workflow.floor.ports import Link


@dataclass(frozen=True)
class Uploads:
    """Where a batch lies, and for each of its pictures where it goes and how."""

    batch: str
    place: S3Location
    pictures: Sequence[tuple[NewPicture, S3Object, Link]]


def begin_uploads(
    project: str, batch: str | None, pictures: Sequence[NewPicture], *, deps: ControlDeps
) -> Uploads:
    """Links by which pictures can be put; asking again gives the same places."""
    lookup.get_project(project, deps.registry)
    for picture in pictures:
        picture.check()
    batch = batch or deps.new_id()
    found = uploads.place(deps.floor.uploads_bucket, project, batch)

    def link(picture: NewPicture) -> tuple[NewPicture, S3Object, Link]:
        target = uploads.target(found, picture)
        return picture, target, deps.floor.links.fill(target, picture.content_type, picture.size)

    return Uploads(batch, found, [link(picture) for picture in pictures])
