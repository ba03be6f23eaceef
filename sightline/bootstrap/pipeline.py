"""The ingest service and the functions of the workflow."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from sightline.adapters.aws.alerts import DynamoAlertTable, SnsTopic, StateMachineDigestTimer
from sightline.adapters.aws.cameras import DynamoCameraRegistry
from sightline.adapters.aws.images import S3ImageStore
from sightline.adapters.aws.inspections import DynamoInspectionTable
from sightline.adapters.aws.models import DynamoModelRegistry, S3ArtifactStore
from sightline.bootstrap import clients
from sightline.domain import times
from sightline.domain.plant import Plant
from sightline.settings.pipeline import (
    DetectSettings,
    DigestSettings,
    IngestSettings,
    NotifySettings,
    RecordSettings,
    SilenceSettings,
    StreamSettings,
)
from sightline.workflow.digest import DigestDeps
from sightline.workflow.notify import NotifyDeps
from sightline.workflow.record import RecordDeps
from sightline.workflow.silence import SilenceDeps
from sightline.workflow.stream import CameraNames, StreamDeps
from sightline.workflow.upload import IngestDeps

if TYPE_CHECKING:
    from sightline.workflow.detect import DetectDeps


def ingest(env: Mapping[str, str]) -> IngestDeps:
    """The ingest service."""
    settings = IngestSettings.from_env(env)
    dynamodb = clients.client("dynamodb")
    return IngestDeps(
        cameras=DynamoCameraRegistry(settings.cameras_table, dynamodb),
        inspections=DynamoInspectionTable(settings.inspections_table, dynamodb),
        images=S3ImageStore(clients.s3(), settings.images_bucket),
        clock=times.now,
        max_bytes=settings.upload_max_bytes,
        url_seconds=settings.upload_url_seconds,
    )


def detect(env: Mapping[str, str]) -> DetectDeps:
    """The detect function. The detector is imported here: no other entry point pays for it."""
    from sightline.adapters.aws.sagemaker_runtime import SageMakerDetectHost
    from sightline.adapters.detector import DetectorHost
    from sightline.adapters.endpoint_detector import EndpointModelHost, ModelHostByRecord
    from sightline.workflow.detect import DetectDeps

    settings = DetectSettings.from_env(env)
    dynamodb, storage = clients.client("dynamodb"), clients.s3()
    return DetectDeps(
        cameras=DynamoCameraRegistry(settings.cameras_table, dynamodb),
        inspections=DynamoInspectionTable(settings.inspections_table, dynamodb),
        models=DynamoModelRegistry(settings.models_table, dynamodb),
        images=S3ImageStore(storage),
        host=ModelHostByRecord(
            DetectorHost(S3ArtifactStore(settings.models_bucket, storage)),
            EndpointModelHost(SageMakerDetectHost(clients.endpoints).ask),
        ),
        uncertain_below=settings.uncertain_below,
    )


def record(env: Mapping[str, str]) -> RecordDeps:
    """The record function. Only functions that count pay for the metrics library."""
    from sightline.adapters.aws.metrics import EmfMetrics

    settings = RecordSettings.from_env(env)
    return RecordDeps(
        inspections=DynamoInspectionTable(settings.inspections_table, clients.client("dynamodb")),
        metrics=EmfMetrics(settings.metrics_namespace),
        clock=times.now,
        uncertain_below=settings.uncertain_below,
    )


def notify(env: Mapping[str, str]) -> NotifyDeps:
    """The notify function."""
    settings = NotifySettings.from_env(env)
    return NotifyDeps(
        alerts=DynamoAlertTable(settings.alerts_table, clients.client("dynamodb")),
        topic=SnsTopic(settings.topic_arn, clients.client("sns")),
        digests=StateMachineDigestTimer(
            settings.digest_state_machine_arn, clients.client("stepfunctions")
        ),
        clock=times.now,
        site_url=settings.site_url,
        alerts_per_minute=settings.alerts_per_minute,
    )


def digest(env: Mapping[str, str]) -> DigestDeps:
    """The digest function."""
    settings = DigestSettings.from_env(env)
    return DigestDeps(
        alerts=DynamoAlertTable(settings.alerts_table, clients.client("dynamodb")),
        topic=SnsTopic(settings.topic_arn, clients.client("sns")),
        site_url=settings.site_url,
    )


def silence(env: Mapping[str, str]) -> SilenceDeps:
    """The function that looks for silent cameras."""
    from sightline.adapters.aws.metrics import EmfMetrics

    settings = SilenceSettings.from_env(env)
    return SilenceDeps(
        cameras=DynamoCameraRegistry(settings.cameras_table, clients.client("dynamodb")),
        metrics=EmfMetrics(settings.metrics_namespace),
        clock=times.now,
        after=timedelta(minutes=settings.silent_after_minutes),
    )


def stream(env: Mapping[str, str]) -> StreamDeps:
    """The stream function."""
    from sightline.adapters.aws.changes import DynamoChanges
    from sightline.adapters.aws.lake import FirehoseLake, SqsRejects
    from sightline.adapters.aws.metrics import EmfMetrics

    settings = StreamSettings.from_env(env)
    cameras = DynamoCameraRegistry(settings.cameras_table, clients.client("dynamodb"))
    return StreamDeps(
        changes=DynamoChanges(),
        cameras=CameraNames(cameras, times.now),
        lake=FirehoseLake(settings.delivery_stream, clients.client("firehose")),
        rejects=SqsRejects(settings.rejects_queue_url, clients.client("sqs")),
        metrics=EmfMetrics(settings.metrics_namespace),
        clock=times.now,
        wait=time.sleep,
        plant=Plant.parse(settings.time_zone, settings.shifts.split(",")),
        region=settings.region_name,
    )
