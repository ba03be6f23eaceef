"""What a person or a program asks for beside the services: redrive, replay, hosting."""

from __future__ import annotations

import boto3
from botocore.config import Config

from sightline.adapters.aws.models import DynamoModelRegistry, S3ArtifactStore
from sightline.adapters.aws.replay import DynamoItems, LambdaStreaming, SqsFailures
from sightline.adapters.aws.workflow import SqsParkingQueue, StepFunctionsWorkflow
from sightline.bootstrap import clients
from sightline.domain import times
from sightline.workflow.ports import ArtifactStore, ModelRegistry
from sightline.workflow.redrive import RedriveDeps
from sightline.workflow.replay import ReplayDeps


def redrive(queue_url: str, state_machine_arn: str) -> RedriveDeps:
    """Sending parked inputs again, as a person or a program asks for it."""
    return RedriveDeps(
        queue=SqsParkingQueue(queue_url, clients.client("sqs")),
        workflow=StepFunctionsWorkflow(state_machine_arn, clients.client("stepfunctions")),
        clock=times.now,
    )


def replay(queue_url: str, inspections_table: str, stream_function: str) -> ReplayDeps:
    """Handing over again what the stream set aside, as a person asks for it."""
    # The function tries for as long as its own time limit, and asking twice would do it twice.
    patient = Config(read_timeout=70, retries={"mode": "standard", "max_attempts": 1})
    function = boto3.client("lambda", config=clients.CONFIG.merge(patient))
    return ReplayDeps(
        failures=SqsFailures(queue_url, clients.client("sqs")),
        items=DynamoItems(inspections_table, clients.client("dynamodb")),
        streaming=LambdaStreaming(stream_function, function),
    )


def hosting(models_table: str, models_bucket: str) -> tuple[ModelRegistry, ArtifactStore]:
    """Hosting a model, as a person or a program asks for it."""
    return (
        DynamoModelRegistry(models_table, clients.client("dynamodb")),
        S3ArtifactStore(models_bucket, clients.s3()),
    )
