"""The queue on which everything is parked that could not be processed."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws
from pulumi import ResourceOptions

from infra import iam

RETENTION_SECONDS = 14 * 24 * 3600
# Long enough for `redrive` to start one batch again before anybody else sees it.
VISIBILITY_SECONDS = 120


class ParkedQueue(pulumi.ComponentResource):
    """One queue for both ways of failing: an execution's input, or an undelivered event."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("sightline:queue:ParkedQueue", name, None, opts)
        self._name = name
        self.queue = aws.sqs.Queue(
            name,
            message_retention_seconds=RETENTION_SECONDS,
            visibility_timeout_seconds=VISIBILITY_SECONDS,
            sqs_managed_sse_enabled=True,
            opts=ResourceOptions(parent=self),
        )
        self.url: pulumi.Output[str] = self.queue.url
        self.arn: pulumi.Output[str] = self.queue.arn
        self.register_outputs({"url": self.url, "arn": self.arn})

    def allow_send(self) -> iam.Statement:
        """Park a message."""
        return iam.allow(["sqs:SendMessage"], [self.arn])

    def demand_tls(self) -> aws.sqs.QueuePolicy:
        """Refuse plain requests; for a queue that admits no service's events."""
        return aws.sqs.QueuePolicy(
            self._name,
            queue_url=self.url,
            policy=iam.policy(iam.deny_without_tls("sqs:*", [self.arn])),
            opts=ResourceOptions(parent=self),
        )

    def admit_undelivered_events(self, rule: pulumi.Output[str]) -> aws.sqs.QueuePolicy:
        """Let one EventBridge rule, by ARN, park events that it cannot deliver."""
        return aws.sqs.QueuePolicy(
            self._name,
            queue_url=self.url,
            policy=iam.policy(
                iam.deny_without_tls("sqs:*", [self.arn]),
                {
                    "Sid": "ParkUndeliveredEvents",
                    "Effect": "Allow",
                    "Principal": {"Service": "events.amazonaws.com"},
                    "Action": "sqs:SendMessage",
                    "Resource": self.arn,
                    "Condition": {"ArnEquals": {"aws:SourceArn": rule}},
                },
            ),
            opts=ResourceOptions(parent=self),
        )
