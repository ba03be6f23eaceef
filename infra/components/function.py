"""A Lambda function with its own role and log group; what it may do is passed in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import ResourceOptions

from infra import iam
from infra.components.artifacts import Artifact
from infra.components.queue import ParkedQueue

RUNTIME = "python3.13"
ARCHITECTURE = "x86_64"


@dataclass(frozen=True)
class FunctionArgs:
    """`statements` is all that the function may do, apart from writing its logs and traces.

    Only a function that must know its own name has a fixed `name`. `versioned` ones publish a
    version whenever they change, for an alias to point to. `bounded_at_run_time` leaves the
    reserved concurrency to somebody else, who sets it while models run.
    """

    artifact: Artifact
    handler: str
    description: str
    environment: Mapping[str, pulumi.Input[str] | int | float]
    statements: Sequence[iam.Statement]
    log_group: str
    log_retention_days: int
    memory_mb: int = 256
    timeout_seconds: int = 8
    reserved_concurrency: int | None = None
    storage_mb: int | None = None
    name: str | None = None
    versioned: bool = False
    bounded_at_run_time: bool = False


class Function(pulumi.ComponentResource):
    """Role, log group and function."""

    def __init__(
        self, name: str, args: FunctionArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("sightline:function:Function", name, None, opts)
        self._name, child = name, ResourceOptions(parent=self)
        self.logs = aws.cloudwatch.LogGroup(
            name, name=args.log_group, retention_in_days=args.log_retention_days, opts=child
        )
        self.role = aws.iam.Role(
            name, assume_role_policy=iam.trust("lambda.amazonaws.com"), opts=child
        )
        self.policy = aws.iam.RolePolicy(
            name,
            role=self.role.id,
            policy=iam.policy(
                *args.statements,
                iam.allow(
                    ["logs:CreateLogStream", "logs:PutLogEvents"],
                    [pulumi.Output.concat(self.logs.arn, ":*")],
                ),
                iam.allow_unscoped("TraceWithXRay"),
            ),
            opts=child,
        )
        self.function = self._function(name, args)
        self.name: pulumi.Output[str] = self.function.name
        self.arn: pulumi.Output[str] = self.function.arn
        self.register_outputs({"name": self.name, "arn": self.arn})

    def allow_invoke(self) -> iam.Statement:
        """Invoke the function."""
        return iam.allow(["lambda:InvokeFunction"], [self.arn])

    def park_failures(self, queue: ParkedQueue, *, retries: int = 2) -> None:
        """Park what was asked of the function, nobody waiting, when it has failed to the last time.

        Its `statements` must let it send to the queue.
        """
        self.parking = aws.lambda_.FunctionEventInvokeConfig(
            self._name,
            function_name=self.name,
            maximum_retry_attempts=retries,
            maximum_event_age_in_seconds=3600,
            destination_config={"on_failure": {"destination": queue.arn}},
            # Lambda tries the role when this is made.
            opts=ResourceOptions(parent=self, depends_on=[self.policy]),
        )

    def _function(self, name: str, args: FunctionArgs) -> aws.lambda_.Function:
        return aws.lambda_.Function(
            name,
            name=args.name,
            description=args.description,
            role=self.role.arn,
            runtime=RUNTIME,
            architectures=[ARCHITECTURE],
            handler=args.handler,
            s3_bucket=args.artifact.bucket,
            s3_key=args.artifact.key,
            source_code_hash=args.artifact.sha256,
            memory_size=args.memory_mb,
            timeout=args.timeout_seconds,
            reserved_concurrent_executions=args.reserved_concurrency,
            ephemeral_storage={"size": args.storage_mb} if args.storage_mb else None,
            publish=args.versioned or None,
            environment={"variables": _texts(args.environment)},
            tracing_config={"mode": "Active"},
            logging_config={"log_format": "JSON", "log_group": self.logs.name},
            # The first invocation must already find what it may do.
            opts=ResourceOptions(
                parent=self,
                depends_on=[self.policy],
                ignore_changes=["reservedConcurrentExecutions"] if args.bounded_at_run_time else [],
            ),
        )


def _texts(
    environment: Mapping[str, pulumi.Input[str] | int | float],
) -> dict[str, pulumi.Input[str]]:
    return {
        name: str(value) if isinstance(value, int | float) else value
        for name, value in environment.items()
    }
