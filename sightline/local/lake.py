"""The lake's files on disk, for every program that reads Parquet."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sightline.domain import lake
from sightline.local.clients import Clients


def write_lake(clients: Clients, outputs: Mapping[str, Any], folder: Path) -> list[Path]:
    """Make `folder` hold the lake's files and no others of an earlier lake; their paths.

    They lie as in the bucket: `inspections/dt=2026-11-23/<project>/<file>.parquet`.
    """
    s3, bucket = clients.get("s3"), outputs["lakeBucket"]
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=lake.PREFIX)
    keys = [stored["Key"] for page in pages for stored in page.get("Contents", [])]
    written = [folder / key for key in keys]
    for path, key in zip(written, keys, strict=True):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    earlier = (folder / lake.PREFIX).glob(f"{lake.PARTITION.name}=*/*/*.parquet")
    for path in set(earlier) - set(written):
        path.unlink()
    return written
