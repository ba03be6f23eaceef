"""S3's events as EventBridge carries them.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
"""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from moto.s3 import notifications

REASONS = {
    "s3:ObjectCreated:Put": "PutObject",
    "s3:ObjectCreated:Post": "POST Object",
    "s3:ObjectCreated:Copy": "CopyObject",
    "s3:ObjectCreated:CompleteMultipartUpload": "CompleteMultipartUpload",
    "s3:ObjectRemoved:Delete": "DeleteObject",
    "s3:ObjectRemoved:DeleteMarkerCreated": "DeleteObject",
}


def object_event(account: str, bucket: Any, name: str, key: Any) -> dict[str, Any]:
    """The event for what has happened to `key` of moto's `bucket`; `name` as in `REASONS`.

    The key is as it was given, not URL-encoded as it is in S3's older notifications.
    """
    found: dict[str, Any] = {
        "key": key.name,
        "size": key.size,
        "etag": key.etag.strip('"'),
        "sequencer": f"{time.time_ns():018X}",
    }
    if key.version_id not in (None, "null"):
        found["version-id"] = key.version_id
    name = str(getattr(name, "value", name))
    detail = {
        "version": "0",
        "bucket": {"name": bucket.name},
        "object": found,
        "request-id": secrets.token_hex(8).upper(),
        "requester": account,
        "source-ip-address": "127.0.0.1",
        "reason": REASONS.get(name, name.removeprefix("s3:")),
    }
    return {
        "version": "0",
        "id": str(uuid4()),
        "detail-type": notifications._detail_type(name),
        "source": "aws.s3",
        "account": account,
        "time": iso_seconds(time.time()),
        "region": bucket.region_name,
        "resources": [bucket.arn],
        "detail": detail,
    }


def iso_seconds(timestamp: float) -> str:
    """A POSIX time as EventBridge writes it."""
    return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
