"""What the ingest service runs as, and with. The service itself is packaged and deployed apart."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import ResourceOptions

from infra import iam
from infra.components.data import Data
from infra.settings import StackSettings
from sightline.domain.images import IMAGES_PREFIX
from sightline.settings.pipeline import IngestSettings


@dataclass(frozen=True)
class IngestArgs:
    """`stack_name` is that of the CloudFormation stack that the service is deployed as."""

    settings: StackSettings
    data: Data
    account: pulumi.Output[str]
    stack_name: str


class Ingest(pulumi.ComponentResource):
    """The role of the ingest service, and its environment."""

    def __init__(
        self, name: str, args: IngestArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("sightline:ingest:Ingest", name, None, opts)
        child, data = ResourceOptions(parent=self), args.data
        self.stack_name = args.stack_name
        self.role = aws.iam.Role(
            name, assume_role_policy=iam.trust("lambda.amazonaws.com"), opts=child
        )
        self.policy = aws.iam.RolePolicy(
            name,
            role=self.role.id,
            policy=iam.policy(
                data.cameras.allow("GetItem", "UpdateItem"),
                data.inspections.allow("GetItem", "PutItem"),
                # A signed URL can do what its signer may do, and no more.
                data.images.allow_write(f"{IMAGES_PREFIX}*"),
                iam.allow(
                    ["logs:CreateLogStream", "logs:PutLogEvents"],
                    [_log_groups(args)],
                ),
                iam.allow_unscoped("TraceWithXRay"),
            ),
            opts=child,
        )
        self.environment = pulumi.Output.all(
            **IngestSettings.to_env(
                cameras_table=data.cameras.name,
                inspections_table=data.inspections.name,
                images_bucket=data.images.id,
                upload_max_bytes=str(args.settings.upload_max_bytes),
                upload_url_seconds=str(args.settings.upload_url_seconds),
            )
        )
        self.register_outputs({"role": self.role.arn})


def _log_groups(args: IngestArgs) -> pulumi.Output[str]:
    # CloudFormation begins the names of functions with the name of their stack.
    end = f":log-group:/aws/lambda/{args.stack_name}-*"
    return pulumi.Output.concat("arn:aws:logs:", args.settings.region, ":", args.account, end)
