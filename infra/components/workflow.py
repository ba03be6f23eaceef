"""The inspection workflow: four functions, two state machines, and where failures are parked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pulumi
from pulumi import ResourceOptions

from infra import iam
from infra.components import keys
from infra.components.alerts import Alerts
from infra.components.artifacts import Artifact, Artifacts
from infra.components.data import Data
from infra.components.function import Function, FunctionArgs
from infra.components.machine import Machine, MachineArgs
from infra.components.queue import ParkedQueue
from infra.settings import StackSettings
from sightline.domain.images import IMAGES_PREFIX, MAPS_PREFIX
from sightline.settings.pipeline import (
    DetectSettings,
    DigestSettings,
    NotifySettings,
    RecordSettings,
)

DEFINITIONS = Path(__file__).resolve().parents[2] / "services" / "workflow"


@dataclass(frozen=True)
class WorkflowArgs:
    """What the workflow works on. `prefix` begins the names of its log groups."""

    settings: StackSettings
    prefix: str
    artifacts: Artifacts
    data: Data
    alerts: Alerts


class Workflow(pulumi.ComponentResource):
    """Functions are named after their use cases; the digest comes first, as notify starts it."""

    def __init__(
        self, name: str, args: WorkflowArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("sightline:workflow:Workflow", name, None, opts)
        self._args, self._settings = args, args.settings
        self._child = ResourceOptions(parent=self)
        self.vision = args.artifacts.upload("detect")
        self.plain = args.artifacts.upload("workflow")
        self.parked = ParkedQueue("parked", self._child)
        self.digest = self._digest()
        self.digest_machine = self._machine("digest", "STANDARD", {"digest": self.digest})
        self.detect = self._detect()
        self.record = self._record()
        self.notify = self._notify()
        self.inspection_machine = self._machine(
            "inspection",
            "EXPRESS",
            {"detect": self.detect, "record": self.record, "notify": self.notify},
        )
        self.register_outputs({"inspection": self.inspection_machine.arn})

    @property
    def functions(self) -> Mapping[str, Function]:
        """All functions, by name."""
        return {
            "detect": self.detect,
            "record": self.record,
            "notify": self.notify,
            "digest": self.digest,
        }

    def _detect(self) -> Function:
        args = self._args
        return self._function(
            "detect",
            "Inspect one image with its project's model",
            DetectSettings.to_env(
                cameras_table=args.data.cameras.name,
                inspections_table=args.data.inspections.name,
                models_table=args.data.registry.name,
                models_bucket=args.data.models.id,
                uncertain_below=self._settings.uncertain_below,
            ),
            [
                *args.data.images.allow_read(f"{IMAGES_PREFIX}*", versions=True),
                args.data.images.allow_write(f"{MAPS_PREFIX}*"),
                *args.data.models.allow_read("*"),
                *keys.decrypting(self._settings),
                args.data.cameras.allow("GetItem"),
                args.data.inspections.allow("GetItem"),
                args.data.registry.allow("GetItem"),
            ],
            artifact=self.vision,
            memory_mb=self._settings.detect_memory_mb,
            timeout_seconds=28,
            reserved_concurrency=self._settings.detect_concurrency or None,
        )

    def _record(self) -> Function:
        return self._function(
            "record",
            "Record one image's result, once",
            RecordSettings.to_env(
                inspections_table=self._args.data.inspections.name,
                metrics_namespace=self._settings.metrics_namespace,
                uncertain_below=self._settings.uncertain_below,
            ),
            [self._args.data.inspections.allow("GetItem", "UpdateItem")],
        )

    def _notify(self) -> Function:
        args = self._args
        return self._function(
            "notify",
            "Tell people of one image, once",
            NotifySettings.to_env(
                alerts_table=args.data.alerts.name,
                topic_arn=args.alerts.arn,
                digest_state_machine_arn=self.digest_machine.arn,
                site_url=self._settings.site_url,
                alerts_per_minute=self._settings.alerts_per_minute,
            ),
            [
                args.data.alerts.allow(
                    "ConditionCheckItem", "DeleteItem", "GetItem", "PutItem", "UpdateItem"
                ),
                *args.alerts.allow_publish(),
                self.digest_machine.allow_start(),
            ],
        )

    def _digest(self) -> Function:
        args = self._args
        return self._function(
            "digest",
            "Tell people of the alerts that were folded in one line's minute",
            DigestSettings.to_env(
                alerts_table=args.data.alerts.name,
                topic_arn=args.alerts.arn,
                site_url=self._settings.site_url,
            ),
            [
                args.data.alerts.allow("GetItem", "PutItem", "Query"),
                *args.alerts.allow_publish(),
            ],
            timeout_seconds=28,
        )

    def _function(
        self,
        name: str,
        description: str,
        environment: Mapping[str, pulumi.Input[str]],
        statements: Sequence[iam.Statement],
        *,
        artifact: Artifact | None = None,
        memory_mb: int = 512,
        timeout_seconds: int = 8,
        reserved_concurrency: int | None = None,
    ) -> Function:
        args = FunctionArgs(
            artifact=artifact or self.plain,
            handler=f"{name}.handler",
            description=description,
            environment=environment,
            statements=statements,
            log_group=f"/aws/lambda/{self._args.prefix}-{name}",
            log_retention_days=self._settings.log_retention_days,
            memory_mb=memory_mb,
            timeout_seconds=timeout_seconds,
            reserved_concurrency=reserved_concurrency,
        )
        return Function(name, args, self._child)

    def _machine(self, name: str, kind: str, functions: Mapping[str, Function]) -> Machine:
        args = MachineArgs(
            definition=DEFINITIONS / f"{name}.asl.json",
            kind=kind,
            functions=functions,
            parked=self.parked,
            # AWS grants log deliveries under this prefix without a resource policy per machine.
            log_group=f"/aws/vendedlogs/states/{self._args.prefix}-{name}",
            log_retention_days=self._settings.log_retention_days,
            log_level=self._settings.workflow_log_level,
        )
        return Machine(f"{name}-workflow", args, self._child)
