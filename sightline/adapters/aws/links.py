"""Presigned URLs for people's browsers."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sightline.domain.lookout.records import S3Object
from sightline.workflow.floor.ports import Link

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class S3Links:
    """`Links` by a client that signs with `s3v4` and adds no checksums of its own."""

    def __init__(self, client: S3Client, valid: timedelta) -> None:
        self._client = client
        self._seconds = int(valid.total_seconds())

    def view(self, stored: S3Object) -> str:
        version = {"VersionId": stored.version_id} if stored.version_id else {}
        return self._client.generate_presigned_url(
            "get_object",
            Params={
                "Bucket": stored.bucket,
                "Key": stored.key,
                "ResponseCacheControl": f"private, max-age={self._seconds}",
                **version,
            },
            ExpiresIn=self._seconds,
        )

    def fill(self, target: S3Object, content_type: str, size: int) -> Link:
        url = self._client.generate_presigned_url(
            "put_object",
            Params={
                "Bucket": target.bucket,
                "Key": target.key,
                "ContentType": content_type,
                "ContentLength": size,
            },
            ExpiresIn=self._seconds,
        )
        return Link(url, (("Content-Type", content_type),))
