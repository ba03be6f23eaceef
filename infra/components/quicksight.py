"""The lake in QuickSight: a data source, a data set and a dashboard, shared with named people.

QuickSight asks Athena as a role of this stack, and so needs no rights of its account-wide role.
Pulumi's QuickSight resources take no definition of a dashboard, so a CloudFormation stack makes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import ResourceOptions

from infra import iam
from infra.components import quicksight_rows as rows
from infra.components.lake import Lake
from infra.components.queries import Queries
from infra.components.quicksight_visuals import DATA, definition
from infra.settings import StackSettings

SERVICE = "quicksight.amazonaws.com"
# What QuickSight's own console gives to owners and viewers.
# https://docs.aws.amazon.com/quicksight/latest/APIReference/qs-api-permissions.html
_OWN = (
    *("Delete{0}", "Describe{0}", "Describe{0}Permissions", "Pass{0}", "Update{0}"),
    "Update{0}Permissions",
)
_INGESTIONS = ("CancelIngestion", "CreateIngestion", "DescribeIngestion", "ListIngestions")
VIEW = ("DescribeDashboard", "ListDashboardVersions", "QueryDashboard")
OWN = (
    *VIEW,
    "DeleteDashboard",
    "DescribeDashboardPermissions",
    "UpdateDashboard",
    "UpdateDashboardPermissions",
    "UpdateDashboardPublishedVersion",
)


@dataclass(frozen=True)
class QuickSightArgs:
    """`prefix` is the id of everything in QuickSight, and the beginning of its names."""

    settings: StackSettings
    prefix: str
    account: pulumi.Output[str]
    lake: Lake
    queries: Queries


class QuickSight(pulumi.ComponentResource):
    """Data source, data set and dashboard, and the role that reads for them."""

    def __init__(
        self, name: str, args: QuickSightArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("sightline:quicksight:QuickSight", name, None, opts)
        self._name, self._args, self._settings = name, args, args.settings
        self._child = ResourceOptions(parent=self)
        self.role = aws.iam.Role(name, assume_role_policy=self._trust(), opts=self._child)
        self.policy = self._policy()
        self.source = self._source()
        self.rows = self._rows()
        self.dashboard = self._dashboard()
        region = self._settings.region
        self.address = f"https://{region}.quicksight.aws.amazon.com/sn/dashboards/{args.prefix}"
        self.register_outputs({"address": self.address})

    def _trust(self) -> pulumi.Output[str]:
        """QuickSight, on behalf of the data sources of this account alone."""
        sources = f"arn:aws:quicksight:{self._settings.region}:"
        return iam.policy(
            {
                "Effect": "Allow",
                "Principal": {"Service": SERVICE},
                "Action": "sts:AssumeRole",
                "Condition": {
                    "StringEquals": {"aws:SourceAccount": self._args.account},
                    "ArnLike": {
                        "aws:SourceArn": pulumi.Output.concat(
                            sources, self._args.account, ":datasource/*"
                        )
                    },
                },
            }
        )

    def _policy(self) -> aws.iam.RolePolicy:
        args = self._args
        return aws.iam.RolePolicy(
            self._name,
            role=self.role.id,
            policy=iam.policy(
                *args.queries.allow_asking(args.lake),
                # Its driver streams results, and looks at the workgroup first.
                iam.allow(
                    [
                        f"athena:{action}"
                        for action in (
                            *("BatchGetQueryExecution", "GetQueryResultsStream"),
                            *("GetWorkGroup", "ListQueryExecutions"),
                        )
                    ],
                    [args.queries.workgroup.arn],
                ),
                iam.allow_unscoped("LookAroundInAthena"),
            ),
            opts=self._child,
        )

    def _source(self) -> aws.quicksight.DataSource:
        return aws.quicksight.DataSource(
            self._name,
            data_source_id=self._args.prefix,
            name=self._title("lake"),
            type="ATHENA",
            parameters={
                "athena": {
                    "work_group": self._args.queries.workgroup.name,
                    "role_arn": self.role.arn,
                }
            },
            ssl_properties={"disable_ssl": False},
            permissions=[
                {"principal": owner, "actions": _actions(*_own("DataSource"))}
                for owner in self._settings.quicksight_owners
            ],
            # QuickSight tries the role when the data source is made.
            opts=ResourceOptions(parent=self, depends_on=[self.policy]),
        )

    def _rows(self) -> aws.quicksight.DataSet:
        lake, settings = self._args.lake, self._settings
        sql = pulumi.Output.concat(lake.database.name, ".", lake.table.name).apply(
            lambda table: rows.statement(
                table, days=settings.quicksight_days, zone=settings.time_zone
            )
        )
        return aws.quicksight.DataSet(
            self._name,
            data_set_id=self._args.prefix,
            name=self._title("inspections"),
            import_mode="DIRECT_QUERY",
            physical_table_maps=[
                {
                    "physical_table_map_id": DATA,
                    "custom_sql": {
                        "data_source_arn": self.source.arn,
                        "name": DATA,
                        "sql_query": sql,
                        "columns": [{"name": f.name, "type": f.type} for f in rows.FIELDS],
                    },
                }
            ],
            permissions=[
                {"principal": owner, "actions": _actions(*_own("DataSet"), *_INGESTIONS)}
                for owner in settings.quicksight_owners
            ],
            opts=self._child,
        )

    def _dashboard(self) -> aws.cloudformation.Stack:
        settings = self._settings
        shared = [
            {"Principal": principal, "Actions": _actions(*actions)}
            for principals, actions in (
                (settings.quicksight_owners, OWN),
                (settings.quicksight_viewers, VIEW),
            )
            for principal in principals
        ]
        properties = {
            "AwsAccountId": self._args.account,
            "DashboardId": self._args.prefix,
            "Name": self._title("inspections"),
            "Definition": definition(self.rows.arn),
            "Permissions": shared,
            # Otherwise a chart with a mistake is left out in silence.
            "ValidationStrategy": {"Mode": "STRICT"},
        }
        template = {
            "AWSTemplateFormatVersion": "2010-09-09",
            "Description": f"The QuickSight dashboard of {self._args.prefix}",
            "Resources": {
                "Dashboard": {"Type": "AWS::QuickSight::Dashboard", "Properties": properties}
            },
        }
        return aws.cloudformation.Stack(
            self._name,
            template_body=pulumi.Output.json_dumps(template),
            opts=self._child,
        )

    def _title(self, what: str) -> str:
        return f"Sightline {self._settings.environment}: {what}"


def _own(kind: str) -> Sequence[str]:
    return [action.format(kind) for action in _OWN]


def _actions(*names: str) -> list[str]:
    return [f"quicksight:{name}" for name in sorted(names)]
