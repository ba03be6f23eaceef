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
from sightline.analytics_settings import AnalyticsSettings
from sightline.domain import lake

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
                *_asking(args),
                *_reading(args.lake),
                *_results(args.queries),
                args.data.cameras.allow("Scan"),
                args.data.inspections.allow_query("by_line"),
                iam.allow(
                    ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
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


def _asking(args: AnalyticsServiceArgs) -> list[iam.Statement]:
    """Runs in this workgroup, and no other."""
    actions = (
        *("GetQueryExecution", "GetQueryResults"),
        *("StartQueryExecution", "StopQueryExecution"),
    )
    return [iam.allow([f"athena:{action}" for action in actions], [args.queries.workgroup.arn])]


def _reading(source: Lake) -> list[iam.Statement]:
    """Athena reads as whoever asks: the table in the catalog, and its files."""
    bucket = source.bucket
    return [
        source.allow_read_catalog("GetDatabase", "GetPartitions", "GetTable"),
        *bucket.allow_read(f"{lake.PREFIX}*"),
        iam.allow(["s3:GetBucketLocation"], [bucket.arn]),
    ]


def _results(queries: Queries) -> list[iam.Statement]:
    """It writes as whoever asks, too."""
    bucket = queries.results
    objects = pulumi.Output.concat(bucket.arn, "/", RESULTS_PREFIX, "*")
    return [
        *bucket.allow_read(f"{RESULTS_PREFIX}*"),
        bucket.allow_write(f"{RESULTS_PREFIX}*"),
        iam.allow(["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"], [objects]),
        iam.allow(["s3:GetBucketLocation", "s3:ListBucketMultipartUploads"], [bucket.arn]),
    ]


def _log_groups(args: AnalyticsServiceArgs) -> pulumi.Output[str]:
    # CloudFormation begins the names of functions with the name of their stack.
    end = f":log-group:/aws/lambda/{args.stack_name}-*"
    return pulumi.Output.concat("arn:aws:logs:", args.settings.region, ":", args.account, end)
