"""Where questions to the lake are asked: an Athena workgroup, and the bucket of its results."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import ResourceOptions

from infra import iam
from infra.components.lake import Lake
from infra.components.storage import Bucket, BucketArgs
from infra.settings import StackSettings
from sightline.domain import lake

RESULTS_PREFIX = "results/"
MB = 1_000_000
_ASKING = ("GetQueryExecution", "GetQueryResults", "StartQueryExecution", "StopQueryExecution")


@dataclass(frozen=True)
class QueriesArgs:
    """How much a query may read, and how long its result is kept."""

    settings: StackSettings


class Queries(pulumi.ComponentResource):
    """Workgroup and results; its settings go before those of whoever asks."""

    def __init__(
        self, name: str, args: QueriesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("sightline:queries:Queries", name, None, opts)
        child, settings = ResourceOptions(parent=self), args.settings
        results = BucketArgs(
            protect=False,
            force_destroy=True,
            noncurrent_version_days=1,
            expire_prefixes=(RESULTS_PREFIX,),
            expire_days=settings.query_result_days,
        )
        self.results = Bucket("query-results", results, child)
        location = pulumi.Output.concat("s3://", self.results.id, "/", RESULTS_PREFIX)
        self.workgroup = aws.athena.Workgroup(
            name,
            description=f"Questions to the lake of {settings.environment}",
            force_destroy=True,
            configuration={
                "enforce_workgroup_configuration": True,
                "publish_cloudwatch_metrics_enabled": True,
                "bytes_scanned_cutoff_per_query": settings.query_scan_limit_mb * MB,
                "engine_version": {"selected_engine_version": "Athena engine version 3"},
                "result_configuration": {
                    "output_location": location,
                    "encryption_configuration": {"encryption_option": "SSE_S3"},
                },
            },
            opts=child,
        )
        self.register_outputs({"workgroup": self.workgroup.name})

    def allow_asking(self, source: Lake) -> list[iam.Statement]:
        """Ask questions in this workgroup. Athena reads and writes as whoever asks."""
        files, results = source.bucket, self.results
        parts = pulumi.Output.concat(results.arn, "/", RESULTS_PREFIX, "*")
        return [
            iam.allow([f"athena:{action}" for action in _ASKING], [self.workgroup.arn]),
            source.allow_read_catalog("GetDatabase", "GetPartitions", "GetTable"),
            *files.allow_read(f"{lake.PREFIX}*"),
            iam.allow(["s3:GetBucketLocation"], [files.arn]),
            *results.allow_read(f"{RESULTS_PREFIX}*"),
            results.allow_write(f"{RESULTS_PREFIX}*"),
            iam.allow(["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"], [parts]),
            iam.allow(["s3:GetBucketLocation", "s3:ListBucketMultipartUploads"], [results.arn]),
        ]
