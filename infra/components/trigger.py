"""From an uploaded image to an execution of the inspection machine."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import ResourceOptions

from infra import iam
from infra.components.machine import Machine
from infra.components.queue import ParkedQueue
from infra.components.storage import Bucket
from sightline.domain.images import IMAGES_PREFIX


@dataclass(frozen=True)
class UploadTriggerArgs:
    """Which bucket's uploads start which machine."""

    images: Bucket
    machine: Machine
    parked: ParkedQueue
    max_age_seconds: int = 24 * 3600
    max_attempts: int = 185


class UploadTrigger(pulumi.ComponentResource):
    """The EventBridge rule, its role and its target."""

    def __init__(
        self, name: str, args: UploadTriggerArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("sightline:trigger:UploadTrigger", name, None, opts)
        child = ResourceOptions(parent=self)
        self.rule = aws.cloudwatch.EventRule(
            name,
            description="An image was uploaded: inspect it",
            event_pattern=_uploads_to(args.images),
            opts=child,
        )
        self.role = aws.iam.Role(
            name, assume_role_policy=iam.trust("events.amazonaws.com"), opts=child
        )
        self.policy = aws.iam.RolePolicy(
            name,
            role=self.role.id,
            policy=iam.policy(args.machine.allow_start()),
            opts=child,
        )
        self.queue_policy = args.parked.admit_undelivered_events(self.rule.arn)
        self.target = aws.cloudwatch.EventTarget(
            name,
            rule=self.rule.name,
            arn=args.machine.arn,
            role_arn=self.role.arn,
            retry_policy={
                "maximum_event_age_in_seconds": args.max_age_seconds,
                "maximum_retry_attempts": args.max_attempts,
            },
            dead_letter_config={"arn": args.parked.arn},
            opts=ResourceOptions(parent=self, depends_on=[self.policy, self.queue_policy]),
        )
        self.register_outputs({"rule": self.rule.name})


def _uploads_to(images: Bucket) -> pulumi.Output[str]:
    return pulumi.Output.json_dumps(
        {
            "source": ["aws.s3"],
            "detail-type": ["Object Created"],
            "detail": {
                "bucket": {"name": [images.id]},
                "object": {"key": [{"prefix": IMAGES_PREFIX}]},
            },
        }
    )
