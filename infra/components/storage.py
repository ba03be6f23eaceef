"""Buckets: private, encrypted, reached over TLS only."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import ResourceOptions

from infra import iam


@dataclass(frozen=True)
class BucketArgs:
    """What differs between buckets. A protected bucket survives `destroy`, with what is in it."""

    protect: bool
    force_destroy: bool
    noncurrent_version_days: int
    publish_events: bool = False
    cors_origins: tuple[str, ...] = ()
    expire_prefixes: tuple[str, ...] = ()
    expire_days: int = 365
    transition_days: int = 0
    shared: bool = False
    """Whether `share` is called, once it is known with whom."""


class Bucket(pulumi.ComponentResource):
    """A private, versioned bucket with its life cycle."""

    def __init__(
        self, name: str, args: BucketArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("sightline:storage:Bucket", name, None, opts)
        self._name, self._args = name, args
        self._child = ResourceOptions(parent=self)
        self.bucket = aws.s3.Bucket(
            name,
            force_destroy=args.force_destroy,
            opts=ResourceOptions(parent=self, protect=args.protect, retain_on_delete=args.protect),
        )
        self.id: pulumi.Output[str] = self.bucket.id
        self.arn: pulumi.Output[str] = self.bucket.arn
        self._close()
        if not args.shared:
            self.share()
        self._keep()
        if args.publish_events:
            self.notification = aws.s3.BucketNotification(
                name, bucket=self.id, eventbridge=True, opts=self._child
            )
        if args.cors_origins:
            self.cors = self._cors(args.cors_origins)
        self.register_outputs({"bucket": self.id})

    def allow_read(self, *patterns: str, versions: bool = False) -> list[iam.Statement]:
        """Read objects. S3 answers 404 for a missing object only to those who may list."""
        return [self.allow_get(*patterns, versions=versions), self.allow_list()]

    def allow_get(self, *patterns: str, versions: bool = False) -> iam.Statement:
        """Read objects that are there, under the given key patterns."""
        actions = ["s3:GetObject", "s3:GetObjectVersion"] if versions else ["s3:GetObject"]
        return iam.allow(actions, self._objects(patterns))

    def allow_list(self) -> iam.Statement:
        """List the bucket."""
        return iam.allow(["s3:ListBucket"], [self.arn])

    def allow_write(self, *patterns: str) -> iam.Statement:
        """Write objects under the given key patterns."""
        return iam.allow(["s3:PutObject"], self._objects(patterns))

    def allow_delete(self, *patterns: str) -> iam.Statement:
        """Delete objects under the given key patterns; old versions stay."""
        return iam.allow(["s3:DeleteObject"], self._objects(patterns))

    def _objects(self, patterns: tuple[str, ...]) -> list[pulumi.Output[str]]:
        return [pulumi.Output.concat(self.arn, "/", pattern) for pattern in patterns]

    def _close(self) -> None:
        self.public_access = aws.s3.BucketPublicAccessBlock(
            self._name,
            bucket=self.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=self._child,
        )
        # S3 refuses two changes of a bucket's access at the same moment.
        self.ownership = aws.s3.BucketOwnershipControls(
            self._name,
            bucket=self.id,
            rule={"object_ownership": "BucketOwnerEnforced"},
            opts=ResourceOptions(parent=self, depends_on=[self.public_access]),
        )

    def share(self, *statements: iam.Statement) -> None:
        """Put the bucket's policy: TLS for everybody, and whom it lets in from elsewhere."""
        everything = [self.arn, pulumi.Output.concat(self.arn, "/*")]
        self.policy = aws.s3.BucketPolicy(
            self._name,
            bucket=self.id,
            policy=iam.policy(iam.deny_without_tls("s3:*", everything), *statements),
            opts=ResourceOptions(parent=self, depends_on=[self.ownership]),
        )

    def _keep(self) -> None:
        self.encryption = aws.s3.BucketServerSideEncryptionConfiguration(
            self._name,
            bucket=self.id,
            rules=[{"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}],
            opts=self._child,
        )
        self.versioning = aws.s3.BucketVersioning(
            self._name,
            bucket=self.id,
            versioning_configuration={"status": "Enabled"},
            opts=self._child,
        )
        self.lifecycle = aws.s3.BucketLifecycleConfiguration(
            self._name,
            bucket=self.id,
            rules=[self._cleaning(), *map(self._expiry, self._args.expire_prefixes)],
            opts=ResourceOptions(parent=self, depends_on=[self.versioning]),
        )

    def _cleaning(self) -> aws.s3.BucketLifecycleConfigurationRuleArgsDict:
        return {
            "id": "clean",
            "status": "Enabled",
            "filter": {"prefix": ""},
            "noncurrent_version_expiration": {
                "noncurrent_days": self._args.noncurrent_version_days
            },
            "abort_incomplete_multipart_upload": {"days_after_initiation": 1},
            # What expires in a versioned bucket leaves a marker behind.
            "expiration": {"expired_object_delete_marker": True},
        }

    def _expiry(self, prefix: str) -> aws.s3.BucketLifecycleConfigurationRuleArgsDict:
        days = self._args.transition_days
        return {
            "id": f"expire-{prefix.strip('/')}",
            "status": "Enabled",
            "filter": {"prefix": prefix},
            "transitions": [{"days": days, "storage_class": "STANDARD_IA"}] if days else [],
            "expiration": {"days": self._args.expire_days},
        }

    def _cors(self, origins: tuple[str, ...]) -> aws.s3.BucketCorsConfiguration:
        return aws.s3.BucketCorsConfiguration(
            self._name,
            bucket=self.id,
            cors_rules=[
                {
                    "allowed_methods": ["PUT"],
                    "allowed_origins": list(origins),
                    "allowed_headers": ["content-type", "if-none-match", "x-amz-meta-*"],
                    "expose_headers": ["ETag"],
                    "max_age_seconds": 3600,
                }
            ],
            opts=self._child,
        )
