"""The daily digest: a function that is woken every hour and tells of the day before, once."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi import ResourceOptions

from infra import iam
from infra.components.alerts import Alerts
from infra.components.artifacts import Artifact
from infra.components.data import Data
from infra.components.function import Function, FunctionArgs
from infra.components.lake import Lake
from infra.components.queries import Queries
from infra.components.queue import ParkedQueue
from infra.components.wakeup import Wakeup
from infra.settings import StackSettings
from sightline.settings.analytics import DailySettings

EVERY = "rate(1 hour)"  # a day ends when the plant's time zone says so
# The two queries may take their whole time, one after the other; then there is the rest to do.
_QUERIES, _REST_SECONDS = 2, 60
_QUERY_SECONDS_MAX = (900 - _REST_SECONDS) // _QUERIES  # 900 is all that Lambda gives


@dataclass(frozen=True)
class DailyArgs:
    """`prefix` begins the name of the log group; `artifact` has the function's code."""

    settings: StackSettings
    prefix: str
    artifact: Artifact
    data: Data
    alerts: Alerts
    lake: Lake
    queries: Queries


class Daily(pulumi.ComponentResource):
    """The function, and what wakes it."""

    def __init__(
        self, name: str, args: DailyArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("sightline:daily:Daily", name, None, opts)
        child = ResourceOptions(parent=self)
        self.missed = ParkedQueue(f"{name}-missed", child)
        self.function = Function(name, _function(args, self.missed), child)
        self.function.park_failures(self.missed)
        tell = "Tell of the day before"
        self.wakeup = Wakeup(
            name, self.function, self.missed, every=EVERY, description=tell, opts=child
        )
        self.register_outputs({})


def _function(args: DailyArgs, missed: ParkedQueue) -> FunctionArgs:
    settings = args.settings
    query_seconds = min(settings.query_seconds, _QUERY_SECONDS_MAX)
    return FunctionArgs(
        artifact=args.artifact,
        handler="daily.handler",
        description="Tell people of the day before, once",
        environment=DailySettings.to_env(
            alerts_table=args.data.alerts.name,
            topic_arn=args.alerts.arn,
            site_url=settings.site_url,
            athena_workgroup=args.queries.workgroup.name,
            athena_database=args.lake.database.name,
            run_seconds=query_seconds,
            time_zone=settings.time_zone,
            hour=settings.daily_digest_hour,
        ),
        statements=[*_statements(args), missed.allow_send()],
        log_group=f"/aws/lambda/{args.prefix}-daily",
        log_retention_days=settings.log_retention_days,
        timeout_seconds=_QUERIES * query_seconds + _REST_SECONDS,
    )


def _statements(args: DailyArgs) -> list[iam.Statement]:
    return [
        *args.queries.allow_asking(args.lake),
        args.data.alerts.allow("GetItem", "PutItem"),
        *args.alerts.allow_publish(),
    ]
