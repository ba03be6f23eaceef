"""Model control: its table, the functions that do its work, and what its service runs as."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi import ResourceOptions

from infra import iam
from infra.components import floor, keys
from infra.components.alerts import Alerts
from infra.components.artifacts import Artifact, Artifacts
from infra.components.data import Data
from infra.components.endpoints import Endpoints
from infra.components.function import Function, FunctionArgs
from infra.components.queue import ParkedQueue
from infra.components.tables import Table, TableArgs
from infra.components.wakeup import Wakeup
from infra.settings import StackSettings
from sightline.cost.prices import Prices
from sightline.cost.units import running_hour, unit_hour
from sightline.settings.control import (
    OFF,
    TRAINING_SECONDS,
    ControlDetectSettings,
    ControlJobSettings,
    ControlSettings,
)

JOB = "control-job"
DETECT = "control-detect"
ENTRIES = "entries/*"
SILENT_MINUTES = 15  # what pages call silent where no alarm does
RECORDS = ("DeleteItem", "GetItem", "PutItem", "Query")


@dataclass(frozen=True)
class ControlArgs:
    """What control works on. `prefix` begins the names of log groups and of what is fixed."""

    settings: StackSettings
    prefix: str
    account: pulumi.Output[str]
    artifacts: Artifacts
    vision: Artifact
    data: Data
    alerts: Alerts
    users: aws.cognito.UserPool

    @property
    def stack_name(self) -> str:
        """That of the CloudFormation stack that the service is deployed as."""
        return f"{self.prefix}-control"

    def arn(self, service: str, rest: str) -> pulumi.Output[str]:
        """The ARN of something in this account and region whose name is known in advance."""
        head = f"arn:aws:{service}:{self.settings.region}:"
        return pulumi.Output.concat(head, self.account, ":", rest)


class Control(pulumi.ComponentResource):
    """The service's calls begin jobs; a function runs them, and another one detects."""

    def __init__(
        self, name: str, args: ControlArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("sightline:control:Control", name, None, opts)
        self._args, self._settings = args, args.settings
        self._child = ResourceOptions(parent=self)
        self._job_name = f"{args.prefix}-{JOB}"
        self._job_arn = args.arn("lambda", f"function:{self._job_name}")
        self._rule_arn = args.arn("events", f"rule/{self._job_name}")
        self.stack_name = args.stack_name
        keys = TableArgs(
            "scope", range_key="name", protect=self._settings.protect_data, expires="expires"
        )
        self.table = Table("control", keys, self._child)
        self.failures = ParkedQueue("control-failures", self._child)
        self.endpoints = Endpoints(self._settings, args.prefix, args.account, self._child)
        self.detect = self._detect()
        self.alias = self._alias()
        self._alias_arn = pulumi.Output.concat(self.detect.arn, ":", self.alias.name)
        self.job = self._job()
        # A job that failed is asked for again by the wake-up: Lambda must not repeat it too.
        self.job.park_failures(self.failures, retries=0)
        self.wakeup = Wakeup(
            JOB, self.job, self.failures, switched=self._job_name, opts=self._child
        )
        self.role = self._role()
        self.environment = self._environment()
        self.register_outputs({"role": self.role.arn})

    @property
    def functions(self) -> Mapping[str, Function]:
        """All functions, by name."""
        return {JOB: self.job, DETECT: self.detect}

    def _detect(self) -> Function:
        return self._function(
            DETECT,
            "What a hosted model says of one picture",
            ControlDetectSettings.to_env(models_bucket=self._args.data.models.id),
            # Trials may be of what cameras have sent.
            [
                *self._reading(),
                *floor.reading_pictures(self._args.data),
                *keys.decrypting(self._settings),
            ],
            self._args.vision,
            memory_mb=self._settings.detect_memory_mb,
            timeout_seconds=28,
            versioned=True,
            bounded_at_run_time=True,
        )

    def _alias(self) -> aws.lambda_.Alias:
        """What inference units are instances of."""
        return aws.lambda_.Alias(
            DETECT,
            description="The version whose instances are kept ready while models run",
            function_name=self.detect.name,
            function_version=self.detect.function.version,
            opts=self._child,
        )

    def _job(self) -> Function:
        args = self._args
        return self._function(
            JOB,
            "Run one of control's jobs, or ask for those that wait",
            ControlJobSettings.to_env(
                control_table=self.table.name,
                cameras_table=args.data.cameras.name,
                models_table=args.data.registry.name,
                models_bucket=args.data.models.id,
                control_job_function=self._job_name,
                control_detect_function=self.detect.name,
                control_detect_alias=self.alias.name,
                wakeup_rule=self._job_name,
                metrics_namespace=self._settings.metrics_namespace,
                endpoint_role_arn=self.endpoints.role_arn,
                training_budget=self._settings.training_budget,
                account_id=self._args.account,
                region_name=self._settings.region,
            ),
            [
                self.table.allow(*RECORDS),
                args.data.registry.allow("GetItem", "PutItem"),
                args.data.cameras.allow("Scan"),
                iam.allow(["events:DisableRule", "events:EnableRule"], [self._rule_arn]),
                *self._reading(),
                *floor.reading_pictures(args.data),
                args.data.models.allow_write("*"),
                *iam.allow_elsewhere("WriteDatasetBuckets", self._users_objects()),
                args.data.models.allow_delete("*"),
                iam.allow(["lambda:InvokeFunction"], [self._job_arn, self._alias_arn]),
                iam.allow(
                    [
                        "lambda:DeleteProvisionedConcurrencyConfig",
                        "lambda:GetProvisionedConcurrencyConfig",
                        "lambda:PutProvisionedConcurrencyConfig",
                    ],
                    [self._alias_arn],
                ),
                iam.allow(
                    [
                        "lambda:DeleteFunctionConcurrency",
                        "lambda:GetFunctionConcurrency",
                        "lambda:PutFunctionConcurrency",
                    ],
                    [self.detect.arn],
                ),
                # What users call their components is theirs.
                iam.allow(
                    ["greengrass:CreateComponentVersion"], [args.arn("greengrass", "components:*")]
                ),
                *keys.encrypting(self._settings),
                *self.endpoints.allow_hosting(),
                *self.endpoints.allow_invoke(),
                self.failures.allow_send(),
            ],
            args.artifacts.upload("control_job"),
            memory_mb=self._settings.training_memory_mb,
            timeout_seconds=TRAINING_SECONDS,
            storage_mb=self._settings.training_storage_mb,
            name=self._job_name,
        )

    def _role(self) -> aws.iam.Role:
        role = aws.iam.Role(
            "control", assume_role_policy=iam.trust("lambda.amazonaws.com"), opts=self._child
        )
        models = self._args.data.models
        self.policy = aws.iam.RolePolicy(
            "control",
            role=role.id,
            policy=iam.policy(
                self.table.allow("ConditionCheckItem", *RECORDS),
                *self._reading(),
                models.allow_write(ENTRIES),
                models.allow_delete(ENTRIES),
                # What it signs, a browser may read, and only as far as it may itself.
                *keys.decrypting(self._settings),
                *floor.statements(self._args.data, self._args.alerts),
                iam.allow(["cognito-idp:ListUsers"], [self._args.users.arn]),
                iam.allow(["lambda:InvokeFunction"], [self._job_arn, self._alias_arn]),
                iam.allow(["events:EnableRule"], [self._rule_arn]),
                iam.allow(
                    ["logs:CreateLogStream", "logs:PutLogEvents"],
                    # CloudFormation names the service's one function so.
                    [
                        self._args.arn(
                            "logs", f"log-group:/aws/lambda/{self.stack_name}-APIHandler-*"
                        )
                    ],
                ),
                *self.endpoints.allow_invoke(),
                iam.allow_unscoped("TraceWithXRay"),
            ),
            opts=self._child,
        )
        return role

    def _environment(self) -> pulumi.Output[dict[str, str]]:
        prices = Prices.read()
        return pulumi.Output.all(
            **ControlSettings.to_env(
                control_table=self.table.name,
                cameras_table=self._args.data.cameras.name,
                inspections_table=self._args.data.inspections.name,
                models_table=self._args.data.registry.name,
                models_bucket=self._args.data.models.id,
                topic_arn=self._args.alerts.arn,
                user_pool_id=self._args.users.id,
                silent_after_minutes=str(self._settings.silent_after_minutes or SILENT_MINUTES),
                control_job_function=self._job_name,
                control_detect_function=pulumi.Output.concat(
                    self.detect.name, ":", self.alias.name
                ),
                unit_usd_hour=str(unit_hour(self._settings.detect_memory_mb, prices)),
                training_usd_hour=str(running_hour(self._settings.training_memory_mb, prices)),
                detecting_usd_hour=str(running_hour(self._settings.detect_memory_mb, prices)),
                prices_of=f"{prices.region}, {prices.as_of}",
                wakeup_rule=self._job_name,
                endpoint_prefix=self.endpoints.prefix,
                model_keys=",".join(self._settings.model_keys) or OFF,
                account_id=self._args.account,
                region_name=self._settings.region,
            )
        )

    def _reading(self) -> list[iam.Statement]:
        """Read models, and what users have in the buckets that they named."""
        buckets = [f"arn:aws:s3:::{name}" for name in self._settings.dataset_buckets]
        return [
            *self._args.data.models.allow_read("*", versions=True),
            *iam.allow_elsewhere("ReadDatasetBuckets", self._users_objects()),
            *iam.allow_elsewhere("ListDatasetBuckets", buckets),
        ]

    def _users_objects(self) -> list[str]:
        return [f"arn:aws:s3:::{name}/*" for name in self._settings.dataset_buckets]

    def _function(
        self,
        label: str,
        description: str,
        environment: Mapping[str, pulumi.Input[str]],
        statements: Sequence[iam.Statement],
        artifact: Artifact,
        **more: Any,
    ) -> Function:
        args = FunctionArgs(
            artifact=artifact,
            handler=f"{label.replace('-', '_')}.handler",
            description=description,
            environment=environment,
            statements=statements,
            log_group=f"/aws/lambda/{self._args.prefix}-{label}",
            log_retention_days=self._settings.log_retention_days,
            **more,
        )
        return Function(label, args, self._child)
