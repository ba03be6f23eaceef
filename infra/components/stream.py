"""The stream: what changes in the inspections table goes through a function into the lake."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import ResourceOptions

from infra import iam
from infra.components.artifacts import Artifact
from infra.components.data import Data
from infra.components.function import Function, FunctionArgs
from infra.components.lake import Lake
from infra.components.queue import ParkedQueue
from infra.settings import StackSettings
from sightline.settings.pipeline import StreamSettings

# Reservations of pictures that were not inspected yet, and removals, never reach the function.
WITH_VERDICT = {"dynamodb": {"NewImage": {"verdict": {"S": [{"exists": True}]}}}}
BATCH = 500  # what Firehose takes in one call
# Bad records never fail a batch; what does is away for a while. The stream itself keeps a day.
RETRIES = 100
RECORD_AGE_SECONDS = 12 * 3600
TIMEOUT_SECONDS = 60


@dataclass(frozen=True)
class StreamArgs:
    """`prefix` begins the name of the log group; `artifact` has the function's code."""

    settings: StackSettings
    prefix: str
    artifact: Artifact
    data: Data
    lake: Lake


class Stream(pulumi.ComponentResource):
    """The function, what calls it, and the queue of what could not be streamed."""

    def __init__(
        self, name: str, args: StreamArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("sightline:stream:Stream", name, None, opts)
        child = ResourceOptions(parent=self)
        self.failures = ParkedQueue("stream-failures", child)
        self.failures.demand_tls()
        self.function = Function(name, self._function(name, args), child)
        self.mapping = aws.lambda_.EventSourceMapping(
            name,
            event_source_arn=args.data.inspections.stream_arn,
            function_name=self.function.arn,
            starting_position="TRIM_HORIZON",
            batch_size=BATCH,
            maximum_batching_window_in_seconds=args.settings.stream_window_seconds,
            maximum_retry_attempts=RETRIES,
            maximum_record_age_in_seconds=RECORD_AGE_SECONDS,
            bisect_batch_on_function_error=True,
            function_response_types=["ReportBatchItemFailures"],
            filter_criteria={"filters": [{"pattern": json.dumps(WITH_VERDICT)}]},
            destination_config={"on_failure": {"destination_arn": self.failures.arn}},
            opts=child,
        )
        self.register_outputs({"function": self.function.arn})

    def _function(self, name: str, args: StreamArgs) -> FunctionArgs:
        settings, inspections = args.settings, args.data.inspections
        return FunctionArgs(
            artifact=args.artifact,
            handler=f"{name}.handler",
            description="Send every form of an inspection to the lake",
            environment=StreamSettings.to_env(
                cameras_table=args.data.cameras.name,
                delivery_stream=args.lake.delivery.name,
                rejects_queue_url=self.failures.url,
                metrics_namespace=settings.metrics_namespace,
                time_zone=settings.time_zone,
                shifts=",".join(settings.shifts),
                region_name=settings.region,
            ),
            statements=[
                iam.allow(
                    [
                        "dynamodb:DescribeStream",
                        "dynamodb:GetRecords",
                        "dynamodb:GetShardIterator",
                        "dynamodb:ListStreams",
                    ],
                    [inspections.stream_arn],
                ),
                args.data.cameras.allow("GetItem"),
                args.lake.allow_put(),
                self.failures.allow_send(),
            ],
            log_group=f"/aws/lambda/{args.prefix}-{name}",
            log_retention_days=settings.log_retention_days,
            memory_mb=512,
            timeout_seconds=TIMEOUT_SECONDS,
        )
