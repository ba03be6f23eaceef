"""Where questions to the lake are asked: an Athena workgroup, and the bucket of its results."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import ResourceOptions

from infra.components.storage import Bucket, BucketArgs
from infra.settings import StackSettings

RESULTS_PREFIX = "results/"
MB = 1_000_000


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
