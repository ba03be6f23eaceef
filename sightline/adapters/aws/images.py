"""The image bucket over S3."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from sightline.adapters.aws.errors import translated
from sightline.domain import times
from sightline.domain.images import Reservation
from sightline.workflow.ports import SignedUpload, StoredImage

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class S3ImageStore:
    """`ImageStore` over S3. The client must sign with `s3v4` and add no checksums of its own.

    `bucket` is only needed for signing uploads; reading names the bucket of the event.
    """

    def __init__(self, client: S3Client, bucket: str = "") -> None:
        self._client = client
        self._bucket = bucket

    def sign_upload(self, reservation: Reservation, *, seconds: int, at: datetime) -> SignedUpload:
        metadata = {
            "camera": reservation.ref.camera_id,
            "captured-at": times.to_wire(reservation.captured_at),
            **{f"m-{key}": _header_safe(v) for key, v in sorted(reservation.metadata.items())},
        }
        parameters: dict[str, Any] = {
            "Bucket": self._bucket,
            "Key": reservation.key,
            "ContentType": reservation.content_type,
            "IfNoneMatch": "*",
            "Metadata": metadata,
        }
        if reservation.size is not None:
            parameters["ContentLength"] = reservation.size
        url = self._client.generate_presigned_url(
            "put_object", Params=parameters, ExpiresIn=seconds
        )
        headers = {
            "Content-Type": reservation.content_type,
            "If-None-Match": "*",
            **{f"x-amz-meta-{key}": value for key, value in metadata.items()},
        }
        return SignedUpload(url=url, headers=headers, expires_at=at + timedelta(seconds=seconds))

    def sign_legacy_upload(self, reservation: Reservation, *, seconds: int) -> str:
        return self._client.generate_presigned_url(
            "put_object",
            Params={
                "Bucket": self._bucket,
                "Key": reservation.key,
                "ContentType": reservation.content_type,
            },
            ExpiresIn=seconds,
        )

    def read(self, bucket: str, key: str, version_id: str | None) -> StoredImage:
        version = {"VersionId": version_id} if version_id else {}
        with translated(f"Reading s3://{bucket}/{key}"):
            answer = self._client.get_object(Bucket=bucket, Key=key, **version)  # type: ignore[arg-type]
            return StoredImage(
                data=answer["Body"].read(),
                content_type=answer.get("ContentType", ""),
                version_id=answer.get("VersionId"),
            )

    def write_map(self, bucket: str, key: str, png: bytes) -> None:
        with translated(f"Writing s3://{bucket}/{key}"):
            self._client.put_object(Bucket=bucket, Key=key, Body=png, ContentType="image/png")


def _header_safe(text: str) -> str:
    """Percent-encoded, because header values are ASCII and signatures fold their spaces."""
    return quote(text, safe="")
