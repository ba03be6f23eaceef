"""Deploying the admin site: its files and its `config.json` into the bucket behind CloudFront."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from sightline.adapters.aws.errors import translated
from sightline.domain.errors import InvalidError
from sightline.domain.site_config import OUTPUTS, site_config
from sightline.http.site import CACHE_CONTROL, CONTENT_TYPES, narrowed, picture_origins

CONFIG = "config.json"
PICTURES = ("imagesBucket", "modelsBucket")
"""The outputs that name buckets whose pictures the site shows and sends."""


@dataclass(frozen=True)
class SiteTarget:
    """Where the site of one environment goes, and what it is told of that environment."""

    bucket: str
    distribution: str
    address: str
    config: Mapping[str, Any]
    origins: tuple[str, ...]
    """What its pages ask: the services, signing in, and the buckets of pictures."""

    @classmethod
    def of(cls, stack: str, outputs: Mapping[str, Any], apis: Mapping[str, str]) -> Self:
        """Read a stack's outputs; `InvalidError` names those that are missing."""
        wanted = ("siteBucket", "siteDistributionId", "siteAddress", *PICTURES, *OUTPUTS)
        if missing := [output for output in wanted if not outputs.get(output)]:
            raise InvalidError(
                f"The stack {stack} has no output {', '.join(missing)}. Is `siteHosting` false? "
                f"Otherwise run `pulumi up --stack {stack}` first, from this version."
            )
        config = site_config(outputs, apis)
        asked = (config["cognitoIdp"], config["cognitoIdentity"], *config["apis"].values())
        pictures = (picture_origins(outputs[name], outputs["region"]) for name in PICTURES)
        return cls(
            bucket=outputs["siteBucket"],
            distribution=outputs["siteDistributionId"],
            address=outputs["siteAddress"],
            config=config,
            origins=(*map(_origin, asked), *chain.from_iterable(pictures)),
        )


def deploy_site(
    target: SiteTarget, folder: Path, *, s3: Any, cloudfront: Any, say: Callable[[str], None]
) -> int:
    """Make the bucket hold what the folder holds; the number of files that changed.

    Pages come last and what is no longer needed goes after them, so that no page ever asks for a
    file that is not there.
    """
    with translated(f"Deploying the site to {target.bucket}"):
        there = dict(_listed(s3, target.bucket))
        wanted = {
            **_files(folder, target.origins),
            CONFIG: json.dumps(target.config, sort_keys=True).encode(),
        }
        changed = [key for key in _in_order(wanted) if there.get(key) != _tag(wanted[key])]
        for key in changed:
            s3.put_object(
                Bucket=target.bucket,
                Key=key,
                Body=wanted[key],
                ContentType=CONTENT_TYPES.get(Path(key).suffix, "application/octet-stream"),
                CacheControl=CACHE_CONTROL,
            )
        stale = sorted(there.keys() - wanted.keys())
        for key in stale:
            s3.delete_object(Bucket=target.bucket, Key=key)
        if changed or stale:
            _invalidate(cloudfront, target.distribution)
    say(f"site: {target.address} ({len(changed)} files changed, {len(stale)} removed)")
    return len(changed) + len(stale)


def _files(folder: Path, origins: Sequence[str]) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): narrowed(path.read_text("utf-8"), origins).encode()
        if path.suffix == ".html"
        else path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _in_order(keys: Mapping[str, bytes]) -> list[str]:
    return sorted(keys, key=lambda key: (key.endswith(".html"), key))


def _listed(s3: Any, bucket: str) -> Iterator[tuple[str, str]]:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for item in page.get("Contents", []):
            yield item["Key"], item["ETag"].strip('"')


def _tag(content: bytes) -> str:
    """S3's ETag of an object that was put in one piece and is encrypted by S3's own keys."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def _invalidate(cloudfront: Any, distribution: str) -> None:
    """Let CloudFront ask the bucket again."""
    cloudfront.create_invalidation(
        DistributionId=distribution,
        InvalidationBatch={
            "Paths": {"Quantity": 1, "Items": ["/*"]},
            "CallerReference": str(uuid.uuid4()),
        },
    )
