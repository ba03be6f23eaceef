"""A state machine from its definition in `services/workflow`, with role, logs and traces."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_aws as aws
from pulumi import ResourceOptions

from infra import iam
from infra.components.function import Function
from infra.components.queue import ParkedQueue
from sightline.domain.errors import InvalidError


@dataclass(frozen=True)
class MachineArgs:
    """`functions` and the queue replace the placeholders `${name}` and `${parked}`."""

    definition: Path
    kind: str  # EXPRESS or STANDARD
    functions: Mapping[str, Function]
    parked: ParkedQueue
    log_group: str
    log_retention_days: int
    log_level: str


class Machine(pulumi.ComponentResource):
    """Role, log group and state machine."""

    def __init__(
        self, name: str, args: MachineArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("sightline:machine:Machine", name, None, opts)
        child = ResourceOptions(parent=self)
        self.logs = aws.cloudwatch.LogGroup(
            name, name=args.log_group, retention_in_days=args.log_retention_days, opts=child
        )
        self.role = aws.iam.Role(
            name, assume_role_policy=iam.trust("states.amazonaws.com"), opts=child
        )
        self.policy = aws.iam.RolePolicy(
            name,
            role=self.role.id,
            policy=iam.policy(
                *(function.allow_invoke() for function in args.functions.values()),
                args.parked.allow_send(),
                iam.allow_unscoped("DeliverWorkflowLogs"),
                iam.allow_unscoped("TraceWithXRay"),
            ),
            opts=child,
        )
        self.machine = self._machine(name, args)
        self.arn: pulumi.Output[str] = self.machine.arn
        self.register_outputs({"arn": self.arn})

    def allow_start(self) -> iam.Statement:
        """Start executions."""
        return iam.allow(["states:StartExecution"], [self.arn])

    def _machine(self, name: str, args: MachineArgs) -> aws.sfn.StateMachine:
        text = args.definition.read_text(encoding="utf-8")
        targets = {key: function.arn for key, function in args.functions.items()}
        return aws.sfn.StateMachine(
            name,
            type=args.kind,
            role_arn=self.role.arn,
            definition=pulumi.Output.all(parked=args.parked.url, **targets).apply(
                lambda values: fill(text, values)
            ),
            logging_configuration={
                "level": args.log_level,
                "include_execution_data": True,
                "log_destination": pulumi.Output.concat(self.logs.arn, ":*"),
            },
            tracing_configuration={"enabled": True},
            # Step Functions tries the log delivery with the role when it creates the machine.
            opts=ResourceOptions(parent=self, depends_on=[self.policy]),
        )


def fill(definition: str, values: Mapping[str, str]) -> str:
    """The definition with every `${name}` replaced; exactly the given names must occur in it."""
    names = set(re.findall(r"\$\{(\w+)\}", definition))
    if names != values.keys():
        raise InvalidError(f"The definition has placeholders {sorted(names)}, not {sorted(values)}")
    filled = re.sub(r"\$\{(\w+)\}", lambda match: values[match[1]], definition)
    return json.dumps(json.loads(filled), ensure_ascii=False, separators=(",", ":"))
