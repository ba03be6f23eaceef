"""The analytics service and the daily function."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

from sightline.adapters.aws.alerts import DynamoAlertTable, SnsTopic
from sightline.adapters.aws.athena import AthenaQueryEngine, S3ResultFiles
from sightline.adapters.aws.cameras import DynamoCameraRegistry
from sightline.adapters.aws.inspections import DynamoInspectionTable
from sightline.bootstrap import clients
from sightline.domain import times
from sightline.domain.queries.declaration import load
from sightline.settings.analytics import AnalyticsSettings, DailySettings
from sightline.workflow.analytics.ports import AnalyticsDeps, AskDeps
from sightline.workflow.daily import DailyDeps


def analytics(env: Mapping[str, str], queries: Path) -> AnalyticsDeps:
    """The analytics service; `queries` is the folder of its SQL files."""
    settings = AnalyticsSettings.from_env(env)
    dynamodb = clients.client("dynamodb")
    return AnalyticsDeps(
        queries=load(queries),
        engine=AthenaQueryEngine(
            settings.athena_workgroup, settings.athena_database, clients.client("athena")
        ),
        files=S3ResultFiles(clients.s3()),
        cameras=DynamoCameraRegistry(settings.cameras_table, dynamodb),
        inspections=DynamoInspectionTable(settings.inspections_table, dynamodb),
        clock=times.now,
        sleep=time.sleep,
        unload_to=settings.unload_to,
        run_seconds=settings.run_seconds,
    )


def daily(env: Mapping[str, str], queries: Path) -> DailyDeps:
    """The daily function, which asks the same queries and reads nothing but their answers."""
    settings = DailySettings.from_env(env)
    asking = AskDeps(
        queries=load(queries),
        engine=AthenaQueryEngine(
            settings.athena_workgroup, settings.athena_database, clients.client("athena")
        ),
        files=S3ResultFiles(clients.s3()),
        clock=times.now,
        sleep=time.sleep,
        unload_to="",  # it asks for no files
        run_seconds=settings.run_seconds,
    )
    return DailyDeps(
        asking=asking,
        alerts=DynamoAlertTable(settings.alerts_table, clients.client("dynamodb")),
        topic=SnsTopic(settings.topic_arn, clients.client("sns")),
        site_url=settings.site_url,
        zone=settings.time_zone,
        hour=settings.hour,
    )
