"""The composition root: one function per entry point builds what it needs, from its settings.

Nothing here runs at import. Entry points call their function once per container.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from sightline.adapters.aws.alerts import DynamoAlertTable, SnsTopic, StateMachineDigestTimer
from sightline.adapters.aws.cameras import DynamoCameraRegistry
from sightline.adapters.aws.images import S3ImageStore
from sightline.adapters.aws.inspections import DynamoInspectionTable
from sightline.adapters.aws.models import DynamoModelRegistry, S3ArtifactStore
from sightline.adapters.aws.workflow import SqsParkingQueue, StepFunctionsWorkflow
from sightline.domain import times
from sightline.domain.plant import Plant
from sightline.settings import (
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
from sightline.workflow.ports import ArtifactStore, ModelRegistry
from sightline.workflow.record import RecordDeps
from sightline.workflow.redrive import RedriveDeps
from sightline.workflow.replay import ReplayDeps
from sightline.workflow.silence import SilenceDeps
from sightline.workflow.stream import CameraNames, StreamDeps
from sightline.workflow.upload import IngestDeps

if TYPE_CHECKING:
    from sightline.workflow.detect import DetectDeps

# Two attempts at a hung call end before the shortest function timeout (8 s), so that the failure
# is named and retried by the workflow instead of killing the function.
_CONFIG = Config(
    connect_timeout=1,
    read_timeout=2.5,
    retries={"mode": "standard", "max_attempts": 2},
    request_checksum_calculation="when_required",
    signature_version="v4",
)
# "virtual" makes signed URLs name the bucket's region: the global endpoint answers with a redirect
# while a bucket is new, and the redirect breaks the signature.
_S3_CONFIG = _CONFIG.merge(
    Config(signature_version="s3v4", s3={"addressing_style": "virtual"}, read_timeout=8)
)


def s3() -> Any:
    """An S3 client that signs URLs with SigV4 and adds no checksums to them."""
    return boto3.client("s3", config=_S3_CONFIG)


def client(service: str) -> Any:
    """A client with the timeouts and retries of this system."""
    return boto3.client(service, config=_CONFIG)  # type: ignore[call-overload]


def endpoints() -> Any:
    """A client of SageMaker's endpoints, which may think for long; asked once: twice costs twice.

    It gives up before those must answer who ask (28 s).
    """
    config = Config(read_timeout=20, retries={"mode": "standard", "max_attempts": 1})
    return boto3.client("sagemaker-runtime", config=_CONFIG.merge(config))


def ingest(env: Mapping[str, str]) -> IngestDeps:
    """The ingest service."""
    settings = IngestSettings.from_env(env)
    dynamodb = client("dynamodb")
    return IngestDeps(
        cameras=DynamoCameraRegistry(settings.cameras_table, dynamodb),
        inspections=DynamoInspectionTable(settings.inspections_table, dynamodb),
        images=S3ImageStore(s3(), settings.images_bucket),
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
    dynamodb, storage = client("dynamodb"), s3()
    return DetectDeps(
        cameras=DynamoCameraRegistry(settings.cameras_table, dynamodb),
        inspections=DynamoInspectionTable(settings.inspections_table, dynamodb),
        models=DynamoModelRegistry(settings.models_table, dynamodb),
        images=S3ImageStore(storage),
        host=ModelHostByRecord(
            DetectorHost(S3ArtifactStore(settings.models_bucket, storage)),
            EndpointModelHost(SageMakerDetectHost(endpoints).ask),
        ),
        uncertain_below=settings.uncertain_below,
    )


def record(env: Mapping[str, str]) -> RecordDeps:
    """The record function. Only functions that count pay for the metrics library."""
    from sightline.adapters.aws.metrics import EmfMetrics

    settings = RecordSettings.from_env(env)
    return RecordDeps(
        inspections=DynamoInspectionTable(settings.inspections_table, client("dynamodb")),
        metrics=EmfMetrics(settings.metrics_namespace),
        clock=times.now,
        uncertain_below=settings.uncertain_below,
    )


def notify(env: Mapping[str, str]) -> NotifyDeps:
    """The notify function."""
    settings = NotifySettings.from_env(env)
    return NotifyDeps(
        alerts=DynamoAlertTable(settings.alerts_table, client("dynamodb")),
        topic=SnsTopic(settings.topic_arn, client("sns")),
        digests=StateMachineDigestTimer(settings.digest_state_machine_arn, client("stepfunctions")),
        clock=times.now,
        site_url=settings.site_url,
        alerts_per_minute=settings.alerts_per_minute,
    )


def digest(env: Mapping[str, str]) -> DigestDeps:
    """The digest function."""
    settings = DigestSettings.from_env(env)
    return DigestDeps(
        alerts=DynamoAlertTable(settings.alerts_table, client("dynamodb")),
        topic=SnsTopic(settings.topic_arn, client("sns")),
        site_url=settings.site_url,
    )


def silence(env: Mapping[str, str]) -> SilenceDeps:
    """The function that looks for silent cameras."""
    from sightline.adapters.aws.metrics import EmfMetrics

    settings = SilenceSettings.from_env(env)
    return SilenceDeps(
        cameras=DynamoCameraRegistry(settings.cameras_table, client("dynamodb")),
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
    cameras = DynamoCameraRegistry(settings.cameras_table, client("dynamodb"))
    return StreamDeps(
        changes=DynamoChanges(),
        cameras=CameraNames(cameras, times.now),
        lake=FirehoseLake(settings.delivery_stream, client("firehose")),
        rejects=SqsRejects(settings.rejects_queue_url, client("sqs")),
        metrics=EmfMetrics(settings.metrics_namespace),
        clock=times.now,
        wait=time.sleep,
        plant=Plant.parse(settings.time_zone, settings.shifts.split(",")),
        region=settings.region_name,
    )


def redrive(queue_url: str, state_machine_arn: str) -> RedriveDeps:
    """Sending parked inputs again, as a person or a program asks for it."""
    return RedriveDeps(
        queue=SqsParkingQueue(queue_url, client("sqs")),
        workflow=StepFunctionsWorkflow(state_machine_arn, client("stepfunctions")),
        clock=times.now,
    )


def replay(queue_url: str, inspections_table: str, stream_function: str) -> ReplayDeps:
    """Handing over again what the stream set aside, as a person asks for it."""
    from sightline.adapters.aws.replay import DynamoItems, LambdaStreaming, SqsFailures

    # The function tries for as long as its own time limit, and asking twice would do it twice.
    patient = Config(read_timeout=70, retries={"mode": "standard", "max_attempts": 1})
    function = boto3.client("lambda", config=_CONFIG.merge(patient))
    return ReplayDeps(
        failures=SqsFailures(queue_url, client("sqs")),
        items=DynamoItems(inspections_table, client("dynamodb")),
        streaming=LambdaStreaming(stream_function, function),
    )


def hosting(models_table: str, models_bucket: str) -> tuple[ModelRegistry, ArtifactStore]:
    """Hosting a model, as a person or a program asks for it."""
    return (
        DynamoModelRegistry(models_table, client("dynamodb")),
        S3ArtifactStore(models_bucket, s3()),
    )
