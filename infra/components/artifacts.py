"""The functions' code, kept in a bucket under the hash of its content."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_aws as aws

from infra.components.storage import Bucket, BucketArgs
from sightline.domain.errors import NotFoundError


@dataclass(frozen=True)
class Artifact:
    """An uploaded zip; `sha256` is base64, as Lambda gives it."""

    bucket: pulumi.Output[str]
    key: pulumi.Output[str]
    sha256: str


class Artifacts(pulumi.ComponentResource):
    """The artifacts bucket and what was packaged into `folder`."""

    def __init__(
        self,
        name: str,
        folder: Path,
        args: BucketArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("sightline:artifacts:Artifacts", name, None, opts)
        self._folder = folder
        self.bucket = Bucket(name, args, pulumi.ResourceOptions(parent=self))
        self.register_outputs({"bucket": self.bucket.id})

    def upload(self, name: str) -> Artifact:
        """Upload `<name>.zip`; the key changes with the content, and with nothing else."""
        path = self._folder / f"{name}.zip"
        if not path.is_file():
            raise NotFoundError(f"{path} does not exist; run `make package` first.")
        digest = hashlib.sha256(path.read_bytes()).digest()
        stored = aws.s3.BucketObjectv2(
            name,
            bucket=self.bucket.id,
            key=f"functions/{name}-{digest.hex()}.zip",
            source=pulumi.FileAsset(str(path)),
            content_type="application/zip",
            opts=pulumi.ResourceOptions(parent=self),
        )
        return Artifact(self.bucket.id, stored.key, base64.b64encode(digest).decode())
