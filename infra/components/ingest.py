"""What the ingest service runs as, and with. The service itself is packaged and deployed apart."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import ResourceOptions

from infra import iam
from infra.components.storage import Bucket
from infra.components.tables import Table
from sightline.domain.images import IMAGES_PREFIX
from sightline.settings import IngestSettings


@dataclass(frozen=True)
class IngestArgs:
    """`log_groups` is the ARN pattern of the log groups of the service's functions."""

    cameras: Table
    inspections: Table
    images: Bucket
    upload_max_bytes: int
    upload_url_seconds: int
    log_groups: pulumi.Output[str]


class Ingest(pulumi.ComponentResource):
    """The role of the ingest service, and its environment."""

    def __init__(
        self, name: str, args: IngestArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("sightline:ingest:Ingest", name, None, opts)
        child = ResourceOptions(parent=self)
        self.role = aws.iam.Role(
            name, assume_role_policy=iam.trust("lambda.amazonaws.com"), opts=child
        )
        self.policy = aws.iam.RolePolicy(
            name,
            role=self.role.id,
            policy=iam.policy(
                args.cameras.allow("GetItem", "UpdateItem"),
                args.inspections.allow("GetItem", "PutItem"),
                # A signed URL can do what its signer may do, and no more.
                args.images.allow_write(f"{IMAGES_PREFIX}*"),
                iam.allow(
                    ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
                    [args.log_groups],
                ),
                iam.allow_unscoped("TraceWithXRay"),
            ),
            opts=child,
        )
        self.environment = pulumi.Output.all(
            **IngestSettings.to_env(
                cameras_table=args.cameras.name,
                inspections_table=args.inspections.name,
                images_bucket=args.images.id,
                upload_max_bytes=str(args.upload_max_bytes),
                upload_url_seconds=str(args.upload_url_seconds),
            )
        )
        self.register_outputs({"role": self.role.arn})
