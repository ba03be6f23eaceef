"""The control service and its functions."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from sightline.adapters.aws.cameras import DynamoCameraRegistry
from sightline.adapters.aws.cases import DynamoCaseTable
from sightline.adapters.aws.control import DynamoControlRegistry
from sightline.adapters.aws.control_functions import LambdaDetectHost, LambdaJobStarter
from sightline.adapters.aws.control_objects import (
    DOWNLOADS_AT_ONCE,
    S3EntryStore,
    S3ModelFiles,
    S3ObjectStore,
)
from sightline.adapters.aws.control_wakeups import RuleWakeups
from sightline.adapters.aws.links import S3Links
from sightline.adapters.aws.models import DynamoModelRegistry, S3ArtifactStore
from sightline.adapters.aws.people import CognitoPeople
from sightline.adapters.aws.sagemaker_runtime import SageMakerDetectHost
from sightline.adapters.aws.subscriptions import SnsSubscriptions
from sightline.adapters.endpoint_hosting import DetectHostByHost, EndpointHosting, HostingByHost
from sightline.bootstrap import clients
from sightline.domain import times
from sightline.domain.lookout.arns import Owner
from sightline.domain.lookout.costs import UnitPrice
from sightline.settings.control import (
    OFF,
    TRAINING_SECONDS,
    ControlDetectSettings,
    ControlJobSettings,
    ControlSettings,
)
from sightline.workflow.control.idle import Attendance
from sightline.workflow.control.ports import (
    ControlDeps,
    DetectHost,
    Hosting,
    ObjectStore,
    WorkDeps,
)
from sightline.workflow.floor.ports import LINK_TIME, FloorDeps

if TYPE_CHECKING:
    from sightline.adapters.control_detector import ArtifactDetectHost


def control(env: Mapping[str, str]) -> ControlDeps:
    """The control service."""
    settings = ControlSettings.from_env(env)
    storage, functions = clients.s3(), _functions()
    registry = DynamoControlRegistry(settings.control_table, clients.client("dynamodb"))
    return ControlDeps(
        registry=registry,
        entries=S3EntryStore(settings.models_bucket, storage),
        objects=S3ObjectStore(storage),
        jobs=LambdaJobStarter(settings.control_job_function, functions),
        wakeups=RuleWakeups(settings.wakeup_rule, clients.client("events")),
        host=_detection(settings.control_detect_function, functions),
        attendance=Attendance(registry, times.now),
        owner=Owner(region=settings.region_name, account=settings.account_id),
        clock=times.now,
        new_id=_new_id,
        serving=DynamoModelRegistry(settings.models_table, clients.client("dynamodb")),
        floor=_floor(settings),
        unit_price=UnitPrice(
            settings.unit_usd_hour,
            settings.prices_of,
            training_usd_hour=settings.training_usd_hour,
            detecting_usd_hour=settings.detecting_usd_hour,
        ),
        endpoint_prefix="" if settings.endpoint_prefix == OFF else settings.endpoint_prefix,
        model_keys=[] if settings.model_keys == OFF else settings.model_keys.split(","),
    )


def _floor(settings: ControlSettings) -> FloorDeps:
    dynamodb = clients.client("dynamodb")
    return FloorDeps(
        cases=DynamoCaseTable(settings.inspections_table, dynamodb),
        cameras=DynamoCameraRegistry(settings.cameras_table, dynamodb),
        links=S3Links(clients.s3(), LINK_TIME),
        subscriptions=SnsSubscriptions(settings.topic_arn, clients.client("sns")),
        names=CognitoPeople(settings.user_pool_id, clients.client("cognito-idp")),
        clock=times.now,
        uploads_bucket=settings.models_bucket,
        silent_after=timedelta(minutes=settings.silent_after_minutes),
    )


def _new_id() -> str:
    return str(uuid.uuid4())


@dataclass(frozen=True)
class ControlDetectDeps:
    """What the function that answers DetectAnomalies works with."""

    host: ArtifactDetectHost
    objects: ObjectStore


def control_detect(env: Mapping[str, str]) -> ControlDetectDeps:
    """The function that answers DetectAnomalies; only it pays for the detector."""
    from sightline.adapters.control_detector import ArtifactDetectHost

    settings = ControlDetectSettings.from_env(env)
    storage = clients.s3()
    artifacts = S3ArtifactStore(settings.models_bucket, storage)
    return ControlDetectDeps(ArtifactDetectHost(artifacts), S3ObjectStore(storage))


def control_job(env: Mapping[str, str]) -> WorkDeps:
    """The function that runs jobs, the only one that pays for the training's libraries."""
    from sightline.adapters.aws.control_instances import LambdaInstances
    from sightline.adapters.aws.greengrass import GreengrassComponents
    from sightline.adapters.aws.metrics import EmfMetrics
    from sightline.adapters.control_hosting import (
        ProvisionedHosting,
        RegistryHosting,
    )
    from sightline.adapters.edge_packager import EdgePackager
    from sightline.adapters.trainer import VisionTrainer

    settings = ControlJobSettings.from_env(env)
    storage, dynamodb = _storage(), clients.client("dynamodb")
    functions = _functions()
    registry = DynamoControlRegistry(settings.control_table, dynamodb)
    instances = LambdaInstances(
        settings.control_detect_function, settings.control_detect_alias, functions
    )
    owner = Owner(region=settings.region_name, account=settings.account_id)
    components = GreengrassComponents(clients.client("greengrassv2"), owner)
    objects = S3ObjectStore(storage)
    models = DynamoModelRegistry(settings.models_table, dynamodb)
    serving = RegistryHosting(models)
    return WorkDeps(
        registry=registry,
        entries=S3EntryStore(settings.models_bucket, storage),
        objects=objects,
        jobs=LambdaJobStarter(settings.control_job_function, functions),
        wakeups=RuleWakeups(settings.wakeup_rule, clients.client("events")),
        trainer=VisionTrainer(budget=settings.training_budget, seconds=TRAINING_SECONDS),
        files=S3ModelFiles(settings.models_bucket, storage),
        hosting=HostingByHost(
            ProvisionedHosting(serving, registry, instances),
            _endpoint_hosting(serving, settings.endpoint_role_arn),
        ),
        packager=EdgePackager(
            S3ArtifactStore(settings.models_bucket, storage), objects, components
        ),
        host=_detection(
            f"{settings.control_detect_function}:{settings.control_detect_alias}", functions
        ),
        serving=models,
        cameras=DynamoCameraRegistry(settings.cameras_table, dynamodb),
        metrics=EmfMetrics(settings.metrics_namespace),
        clock=times.now,
        wait=time.sleep,
    )


def _detection(function: str, functions: Any) -> DetectHost:
    """Our functions, or the endpoint of a model that has one."""
    return DetectHostByHost(
        LambdaDetectHost(function, functions), SageMakerDetectHost(clients.endpoints)
    )


def _endpoint_hosting(serving: Hosting, role_arn: str) -> Hosting | None:
    if role_arn == OFF:
        return None
    from sightline.adapters.aws.sagemaker import SageMakerEndpoints

    return EndpointHosting(serving, SageMakerEndpoints(role_arn, clients.client("sagemaker")))


def _storage() -> Any:
    """An S3 client that keeps a connection for each of the downloads that run at once."""
    config = Config(
        connect_timeout=3,
        read_timeout=30,
        retries={"mode": "standard", "max_attempts": 4},
        max_pool_connections=DOWNLOADS_AT_ONCE,
    )
    return boto3.client("s3", config=config)


def _functions() -> Any:
    """A Lambda client that waits for a cold detector, and asks it once: a second try costs twice.

    It gives up before the service itself must answer (28 s).
    """
    config = Config(
        connect_timeout=2, read_timeout=25, retries={"mode": "standard", "max_attempts": 1}
    )
    return boto3.client("lambda", config=config)
