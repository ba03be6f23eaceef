"""What the analytics service runs as, and with. The service is packaged and deployed apart."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import ResourceOptions

from infra import iam
from infra.components.data import Data
from infra.components.lake import Lake
from infra.components.queries import RESULTS_PREFIX, Queries
from infra.settings import StackSettings
from sightline.settings.analytics import AnalyticsSettings

DOWNLOADS = f"{RESULTS_PREFIX}days/"


@dataclass(frozen=True)
class AnalyticsServiceArgs:
    """`stack_name` is that of the CloudFormation stack that the service is deployed as."""

    settings: StackSettings
    data: Data
    lake: Lake
    queries: Queries
    account: pulumi.Output[str]
    stack_name: str


class AnalyticsService(pulumi.ComponentResource):
    """The role of the analytics service, and its environment."""

    def __init__(
        self, name: str, args: AnalyticsServiceArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("sightline:analytics:AnalyticsService", name, None, opts)
        child = ResourceOptions(parent=self)
        self.stack_name = args.stack_name
        self.role = aws.iam.Role(
            name, assume_role_policy=iam.trust("lambda.amazonaws.com"), opts=child
        )
        self.policy = aws.iam.RolePolicy(
            name,
            role=self.role.id,
            policy=iam.policy(
                *args.queries.allow_asking(args.lake),
                args.data.cameras.allow("Scan"),
                args.data.inspections.allow_query("by_line"),
                iam.allow(
                    ["logs:CreateLogStream", "logs:PutLogEvents"],
                    [_log_groups(args)],
                ),
                iam.allow_unscoped("TraceWithXRay"),
            ),
            opts=child,
        )
        self.environment = pulumi.Output.all(
            **AnalyticsSettings.to_env(
                cameras_table=args.data.cameras.name,
                inspections_table=args.data.inspections.name,
                athena_workgroup=args.queries.workgroup.name,
                athena_database=args.lake.database.name,
                unload_to=pulumi.Output.concat("s3://", args.queries.results.id, "/", DOWNLOADS),
                run_seconds=str(args.settings.query_seconds),
            )
        )
        self.register_outputs({"role": self.role.arn})


def _log_groups(args: AnalyticsServiceArgs) -> pulumi.Output[str]:
    # CloudFormation begins the names of functions with the name of their stack.
    end = f":log-group:/aws/lambda/{args.stack_name}-*"
    return pulumi.Output.concat("arn:aws:logs:", args.settings.region, ":", args.account, end)
