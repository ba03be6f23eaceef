"""The bill of materials of one environment."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_aws as aws
from pulumi import ResourceOptions

from infra.components.alarms import Alarms, AlarmsArgs
from infra.components.alerts import Alerts, AlertsArgs
from infra.components.artifacts import Artifacts
from infra.components.ingest import Ingest, IngestArgs
from infra.components.storage import Bucket, BucketArgs
from infra.components.tables import Table, TableArgs
from infra.components.trigger import UploadTrigger, UploadTriggerArgs
from infra.components.workflow import Workflow, WorkflowArgs
from infra.settings import StackSettings
from sightline.domain.images import IMAGES_PREFIX, MAPS_PREFIX

PROJECT = "sightline"

Outputs = dict[str, pulumi.Output[object] | str]


@dataclass(frozen=True)
class Data:
    """Everything that would be missed."""

    images: Bucket
    models: Bucket
    cameras: Table
    inspections: Table
    registry: Table
    alert_table: Table


def build(settings: StackSettings, artifacts: Path) -> Outputs:
    """Declare every resource; `artifacts` holds `detect.zip` and `workflow.zip`."""
    prefix = f"{PROJECT}-{settings.environment}"
    provider = aws.Provider(
        "aws",
        region=settings.region,
        default_tags={"tags": {"Project": "Sightline", "Environment": settings.environment}},
    )
    opts = ResourceOptions(provider=provider)
    account = aws.get_caller_identity_output(
        opts=pulumi.InvokeOutputOptions(provider=provider)
    ).account_id

    data = _data(settings, opts)
    code = Artifacts("artifacts", artifacts, _bucket(settings, protect=False), opts)
    alerts = Alerts(
        "alerts",
        AlertsArgs(
            account,
            f"Sightline {settings.environment}",
            settings.alert_emails,
            settings.subscriptions,
        ),
        opts,
    )
    workflow = Workflow(
        "workflow",
        WorkflowArgs(
            settings,
            prefix,
            code,
            data.images,
            data.models,
            data.cameras,
            data.inspections,
            data.registry,
            data.alert_table,
            alerts,
        ),
        opts,
    )
    trigger = UploadTrigger(
        "uploads",
        UploadTriggerArgs(data.images, workflow.inspection_machine, workflow.parked),
        opts,
    )
    Alarms("alarms", AlarmsArgs(settings, workflow, trigger, alerts), opts)
    ingest = Ingest("ingest", _ingest(settings, data, account, prefix), opts)
    return {
        "imagesBucket": data.images.id,
        "modelsBucket": data.models.id,
        "artifactsBucket": code.bucket.id,
        "camerasTable": data.cameras.name,
        "inspectionsTable": data.inspections.name,
        "modelsTable": data.registry.name,
        "alertsTable": data.alert_table.name,
        "alertTopicArn": alerts.arn,
        "parkedQueueUrl": workflow.parked.url,
        "inspectionStateMachineArn": workflow.inspection_machine.arn,
        "digestStateMachineArn": workflow.digest_machine.arn,
        "region": settings.region,
        "siteUrl": settings.site_url,
        "ingestRoleArn": ingest.role.arn,
        "ingestEnvironment": ingest.environment,
        "ingestStackName": f"{prefix}-ingest",
    }


def _data(settings: StackSettings, opts: ResourceOptions) -> Data:
    keep = settings.protect_data
    images = _bucket(
        settings,
        protect=keep,
        publish_events=True,
        cors_origins=settings.cors_origins,
        expire_prefixes=(IMAGES_PREFIX, MAPS_PREFIX),
    )
    inspections = TableArgs(
        hash_key="image",
        protect=keep,
        indexes={
            "by_line": ("line_day", "captured"),
            "by_camera": ("camera_day", "captured"),
            "to_review": ("review", "captured"),
        },
    )
    # Alerts are worth nothing after some hours; they are not data to protect.
    alerts = TableArgs("line_minute", protect=False, range_key="image", expires="expires")
    return Data(
        images=Bucket("images", images, opts),
        models=Bucket("models", _bucket(settings, protect=keep), opts),
        cameras=Table("cameras", TableArgs("camera_id", protect=keep), opts),
        inspections=Table("inspections", inspections, opts),
        registry=Table("models", TableArgs("project", protect=keep), opts),
        alert_table=Table("alerts", alerts, opts),
    )


def _bucket(
    settings: StackSettings,
    *,
    protect: bool,
    publish_events: bool = False,
    cors_origins: tuple[str, ...] = (),
    expire_prefixes: tuple[str, ...] = (),
) -> BucketArgs:
    return BucketArgs(
        protect=protect,
        force_destroy=not protect,
        noncurrent_version_days=settings.noncurrent_version_days,
        publish_events=publish_events,
        cors_origins=cors_origins,
        expire_prefixes=expire_prefixes,
        expire_days=settings.image_retention_days,
        transition_days=settings.image_transition_days,
    )


def _ingest(
    settings: StackSettings, data: Data, account: pulumi.Output[str], prefix: str
) -> IngestArgs:
    # CloudFormation begins the names of functions with the name of their stack.
    groups = f":log-group:/aws/lambda/{prefix}-ingest-*"
    return IngestArgs(
        cameras=data.cameras,
        inspections=data.inspections,
        images=data.images,
        upload_max_bytes=settings.upload_max_bytes,
        upload_url_seconds=settings.upload_url_seconds,
        log_groups=pulumi.Output.concat("arn:aws:logs:", settings.region, ":", account, groups),
    )
