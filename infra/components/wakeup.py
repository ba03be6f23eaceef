"""A function that is woken again and again."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws
from pulumi import ResourceOptions

from infra.components.function import Function
from infra.components.queue import ParkedQueue

EVERY_MINUTE = "rate(1 minute)"


class Wakeup(pulumi.ComponentResource):
    """The scheduled rule, its target, and the permission of the one to call the other.

    `failures` must not admit the events of another rule already. Only a rule that is switched on
    and off at run time has a fixed name, `switched`.
    """

    def __init__(
        self,
        name: str,
        function: Function,
        failures: ParkedQueue,
        *,
        every: str = EVERY_MINUTE,
        description: str = "Ask for work that nobody is at",
        switched: str | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("sightline:wakeup:Wakeup", name, None, opts)
        child = ResourceOptions(parent=self)
        self.rule = aws.cloudwatch.EventRule(
            name,
            name=switched,
            description=description,
            schedule_expression=every,
            opts=ResourceOptions(parent=self, ignore_changes=["state"] if switched else []),
        )
        self.permission = aws.lambda_.Permission(
            name,
            action="lambda:InvokeFunction",
            function=function.name,
            principal="events.amazonaws.com",
            source_arn=self.rule.arn,
            opts=child,
        )
        self.queue_policy = failures.admit_undelivered_events(self.rule.arn)
        self.target = aws.cloudwatch.EventTarget(
            name,
            rule=self.rule.name,
            arn=function.arn,
            # After a minute, the next one has come.
            retry_policy={"maximum_event_age_in_seconds": 60, "maximum_retry_attempts": 2},
            dead_letter_config={"arn": failures.arn},
            opts=ResourceOptions(parent=self, depends_on=[self.permission, self.queue_policy]),
        )
        self.register_outputs({"rule": self.rule.name})
