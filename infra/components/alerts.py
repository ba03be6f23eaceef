"""The alert topic: encrypted with a key that CloudWatch may use, and its subscribers."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import ResourceOptions

from infra import iam
from infra.settings import StackSettings, Subscription

_USE_KEY = ("kms:Decrypt", "kms:GenerateDataKey*")


@dataclass(frozen=True)
class AlertsArgs:
    """Who is told. E-mail addresses get every alert; subscriptions what their filters let by."""

    settings: StackSettings
    account: pulumi.Output[str]


class Alerts(pulumi.ComponentResource):
    """Key, topic and subscriptions."""

    def __init__(
        self, name: str, args: AlertsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("sightline:alerts:Alerts", name, None, opts)
        self._name, self._child = name, ResourceOptions(parent=self)
        # Alarms cannot publish through the AWS managed key: its policy is not ours to change.
        self.key = aws.kms.Key(
            name,
            description="Encrypts Sightline's alerts",
            enable_key_rotation=True,
            policy=iam.policy(*_key_statements(args.account)),
            opts=self._child,
        )
        self.topic = aws.sns.Topic(
            name,
            display_name=f"Sightline {args.settings.environment}",
            kms_master_key_id=self.key.arn,
            opts=self._child,
        )
        self.arn: pulumi.Output[str] = self.topic.arn
        self.policy = aws.sns.TopicPolicy(
            name,
            arn=self.arn,
            policy=iam.policy(*_topic_statements(self.arn, args.account)),
            opts=self._child,
        )
        people = [Subscription("email", address) for address in args.settings.alert_emails]
        self.subscriptions = [
            self._subscribe(subscriber) for subscriber in [*people, *args.settings.subscriptions]
        ]
        self.register_outputs({"arn": self.arn})

    def allow_publish(self) -> list[iam.Statement]:
        """Publish to the topic, which takes the use of its key."""
        return [
            iam.allow(["sns:Publish"], [self.arn]),
            iam.allow(_USE_KEY, [self.key.arn]),
        ]

    def _subscribe(self, subscription: Subscription) -> aws.sns.TopicSubscription:
        wanted = {"severity": subscription.severities, "line": subscription.lines}
        filters = {name: list(values) for name, values in wanted.items() if values}
        return aws.sns.TopicSubscription(
            f"{self._name}-{subscription.protocol}-{_readable(subscription.endpoint)}",
            topic=self.arn,
            protocol=subscription.protocol,
            endpoint=subscription.endpoint,
            filter_policy=pulumi.Output.json_dumps(filters) if filters else None,
            filter_policy_scope="MessageAttributes" if filters else None,
            opts=self._child,
        )


def _readable(endpoint: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in endpoint)


def _account_root(account: pulumi.Output[str]) -> dict[str, pulumi.Output[str]]:
    return {"AWS": pulumi.Output.concat("arn:aws:iam::", account, ":root")}


def _key_statements(account: pulumi.Output[str]) -> list[iam.Statement]:
    # In a key's own policy, `*` is the key. Publishing roles are let in by the first statement
    # together with their own policies. A condition on the source account is honoured for
    # CloudWatch; for EventBridge AWS documents that it would stop the delivery.
    return [
        {
            "Sid": "AccountDecidesByIam",
            "Effect": "Allow",
            "Principal": _account_root(account),
            "Action": "kms:*",
            "Resource": "*",
        },
        {
            "Sid": "AlarmsPublish",
            "Effect": "Allow",
            "Principal": {"Service": "cloudwatch.amazonaws.com"},
            "Action": list(_USE_KEY),
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:SourceAccount": account}},
        },
    ]


def _topic_statements(
    topic: pulumi.Output[str], account: pulumi.Output[str]
) -> list[iam.Statement]:
    return [
        iam.deny_without_tls("sns:Publish", [topic]),
        {
            "Sid": "AlarmsPublish",
            "Effect": "Allow",
            "Principal": {"Service": "cloudwatch.amazonaws.com"},
            "Action": "sns:Publish",
            "Resource": topic,
            "Condition": {"StringEquals": {"aws:SourceAccount": account}},
        },
    ]
