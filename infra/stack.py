"""The bill of materials of one environment."""

from __future__ import annotations

from pathlib import Path

import pulumi
import pulumi_aws as aws
from pulumi import ResourceOptions

from infra.components.alarms import Alarms, AlarmsArgs
from infra.components.alerts import Alerts, AlertsArgs
from infra.components.analytics_service import AnalyticsService, AnalyticsServiceArgs
from infra.components.artifacts import Artifacts
from infra.components.control import Control, ControlArgs
from infra.components.daily import Daily, DailyArgs
from infra.components.dashboard import Dashboard, DashboardArgs
from infra.components.data import Data, kept
from infra.components.gateways import Gateways
from infra.components.ingest import Ingest, IngestArgs
from infra.components.lake import Lake, LakeArgs
from infra.components.people import People, PeopleArgs
from infra.components.quality_alarms import QualityAlarms, QualityAlarmsArgs
from infra.components.queries import Queries, QueriesArgs
from infra.components.quicksight import QuickSight, QuickSightArgs
from infra.components.site import Site, SiteArgs
from infra.components.stream import Stream, StreamArgs
from infra.components.trigger import UploadTrigger, UploadTriggerArgs
from infra.components.watch import Watch, WatchArgs
from infra.components.workflow import Workflow, WorkflowArgs
from infra.settings import StackSettings

PROJECT = "sightline"

Outputs = dict[str, pulumi.Output[object] | str]


def build(settings: StackSettings, artifacts: Path) -> Outputs:
    """Declare every resource; `artifacts` holds what is packaged of the functions."""
    prefix = f"{PROJECT}-{settings.environment}"
    opts = ResourceOptions(provider=_provider(settings))
    account = _account(opts)

    data = Data.declare(settings, opts)
    code = Artifacts("artifacts", artifacts, kept(settings, protect=False), opts)
    alerts = Alerts("alerts", AlertsArgs(settings, account), opts)
    workflow = Workflow("workflow", WorkflowArgs(settings, prefix, code, data, alerts), opts)
    machine, parked = workflow.inspection_machine, workflow.parked
    trigger = UploadTrigger("uploads", UploadTriggerArgs(data.images, machine, parked), opts)
    lake = Lake("lake", LakeArgs(settings, prefix, account), opts)
    stream = Stream("stream", StreamArgs(settings, prefix, workflow.plain, data, lake), opts)
    queries = Queries("queries", QueriesArgs(settings), opts)
    people = People("people", PeopleArgs(settings, prefix, account), opts)
    control = None
    if settings.control:
        vision = workflow.vision
        control_args = ControlArgs(
            settings, prefix, account, code, vision, data, alerts, people.users
        )
        control = Control("control", control_args, opts)
        control.endpoints.admit(workflow.detect)
    cameras = None
    if settings.silent_after_minutes:
        cameras = Watch("watch", WatchArgs(settings, prefix, workflow.plain, data), opts)
    daily = None
    if settings.daily_digest_hour >= 0:
        daily_args = DailyArgs(settings, prefix, workflow.plain, data, alerts, lake, queries)
        daily = Daily("daily", daily_args, opts)
    alarms = Alarms(
        "alarms",
        AlarmsArgs(settings, workflow, trigger, alerts, stream, lake, control, cameras, daily),
        opts,
    )
    quality = QualityAlarms("quality", QualityAlarmsArgs(settings, alerts), opts)
    dashboard = DashboardArgs(
        settings,
        machine,
        workflow.functions,
        parked,
        stream,
        lake,
        alerts.topic,
        [*alarms.alarms.values(), *quality.alarms],
        name=prefix,
    )
    Dashboard("dashboard", dashboard, opts)
    gateways = Gateways(settings, opts)
    ingest = Ingest("ingest", IngestArgs(settings, data, account, f"{prefix}-ingest"), opts)
    analytics_args = AnalyticsServiceArgs(
        settings, data, lake, queries, account, f"{prefix}-analytics"
    )
    analytics = AnalyticsService("analytics", analytics_args, opts)
    quicksight = None
    if settings.quicksight_owners:
        quicksight_args = QuickSightArgs(settings, prefix, account, lake, queries)
        quicksight = QuickSight("quicksight", quicksight_args, opts)
    site = None
    if settings.site_hosting:
        pictures = [data.images, data.models]
        site = Site("site", SiteArgs(settings, prefix, pictures, gateways.origins), opts)
    return {
        **_names(data),
        "artifactsBucket": code.bucket.id,
        "alertTopicArn": alerts.arn,
        "parkedQueueUrl": parked.url,
        "inspectionStateMachineArn": machine.arn,
        "digestStateMachineArn": workflow.digest_machine.arn,
        "region": settings.region,
        "siteUrl": settings.site_url,
        "timeZone": settings.time_zone,
        "ingestRoleArn": ingest.role.arn,
        "ingestEnvironment": ingest.environment,
        "ingestStackName": ingest.stack_name,
        **gateways.outputs("ingest"),
        **_lake(lake, stream, queries),
        "analyticsRoleArn": analytics.role.arn,
        "analyticsEnvironment": analytics.environment,
        "analyticsStackName": analytics.stack_name,
        **gateways.outputs("analytics"),
        **_people(people),
        **(_site(site, settings) if site else {}),
        **({"quicksightAddress": quicksight.address} if quicksight else {}),
        **({**_control(control), **gateways.outputs("control")} if control else {}),
    }


def _lake(lake: Lake, stream: Stream, queries: Queries) -> Outputs:
    return {
        "lakeBucket": lake.bucket.id,
        "glueDatabase": lake.database.name,
        "glueTable": lake.table.name,
        "deliveryStream": lake.delivery.name,
        "streamFailuresQueueUrl": stream.failures.url,
        "streamFunctionName": stream.function.name,
        "athenaWorkgroup": queries.workgroup.name,
        "queryResultsBucket": queries.results.id,
    }


def _site(site: Site, settings: StackSettings) -> Outputs:
    leads = {"siteDomainLeadsTo": site.distribution.domain_name} if settings.site_domain else {}
    return {
        **leads,
        "siteBucket": site.bucket.id,
        "siteDistributionId": site.distribution.id,
        "siteAddress": site.address,
    }


def _people(people: People) -> Outputs:
    return {
        "userPoolId": people.users.id,
        "userPoolClientId": people.client.id,
        "identityPoolId": people.identities.id,
    }


def _control(control: Control) -> Outputs:
    return {
        "controlTable": control.table.name,
        "controlFailuresQueueUrl": control.failures.url,
        "controlRoleArn": control.role.arn,
        "controlEnvironment": control.environment,
        "controlStackName": control.stack_name,
    }


def _provider(settings: StackSettings) -> aws.Provider:
    tags = {"Project": "Sightline", "Environment": settings.environment}
    return aws.Provider("aws", region=settings.region, default_tags={"tags": tags})


def _account(opts: ResourceOptions) -> pulumi.Output[str]:
    identity = aws.get_caller_identity_output(
        opts=pulumi.InvokeOutputOptions(provider=opts.provider)
    )
    return identity.account_id


def _names(data: Data) -> Outputs:
    return {
        "imagesBucket": data.images.id,
        "modelsBucket": data.models.id,
        "camerasTable": data.cameras.name,
        "inspectionsTable": data.inspections.name,
        "modelsTable": data.registry.name,
        "alertsTable": data.alerts.name,
    }
