"""The lake: its bucket, its table in the catalog, and the delivery stream that fills it."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import ResourceOptions

from infra import iam
from infra.components.storage import Bucket, BucketArgs
from infra.settings import StackSettings
from sightline.domain import lake
from sightline.domain.images import CAPTURE_AGE_MAX

# A dynamically partitioned stream puts these values of a record into the folder of its file.
FOLDERS = "{dt: .dt, project: .project}"
FILES = f"{lake.PREFIX}dt=!{{partitionKeyFromQuery:dt}}/!{{partitionKeyFromQuery:project}}/"
ERRORS = f"{lake.ERRORS_PREFIX}!{{firehose:error-output-type}}/!{{timestamp:yyyy-MM-dd}}/"
RETRY_SECONDS = 300
_HIVE = "org.apache.hadoop.hive.ql.io.parquet"


@dataclass(frozen=True)
class LakeArgs:
    """`prefix` begins the names of the log group and of the database."""

    settings: StackSettings
    prefix: str
    account: pulumi.Output[str]


class Lake(pulumi.ComponentResource):
    """Bucket, catalog and delivery stream."""

    def __init__(
        self, name: str, args: LakeArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("sightline:lake:Lake", name, None, opts)
        self._name, self._args, self._settings = name, args, args.settings
        self._child = ResourceOptions(parent=self)
        self.bucket = Bucket(name, _bucket(args.settings), self._child)
        self.database = aws.glue.CatalogDatabase(
            name,
            # SQL has no hyphens in names.
            name=args.prefix.replace("-", "_"),
            description=f"Inspections of {args.settings.environment}",
            opts=self._child,
        )
        self.table = self._table()
        self.logs = aws.cloudwatch.LogGroup(
            name,
            name=f"/aws/kinesisfirehose/{args.prefix}-lake",
            retention_in_days=args.settings.log_retention_days,
            opts=self._child,
        )
        self.log = aws.cloudwatch.LogStream(
            name, name="delivery", log_group_name=self.logs.name, opts=self._child
        )
        self.role = aws.iam.Role(
            name, assume_role_policy=iam.trust("firehose.amazonaws.com"), opts=self._child
        )
        self.policy = self._policy()
        self.delivery = self._delivery()
        self.register_outputs({"bucket": self.bucket.id})

    def allow_put(self) -> iam.Statement:
        """Hand rows over."""
        return iam.allow(["firehose:PutRecordBatch"], [self.delivery.arn])

    def allow_read_catalog(self, *actions: str) -> iam.Statement:
        """Glue actions (`GetTable`) on the table, which Glue asks for on what it is in as well."""
        head = f"arn:aws:glue:{self._settings.region}:"
        catalog = pulumi.Output.concat(head, self._args.account, ":catalog")
        return iam.allow(
            [f"glue:{action}" for action in actions],
            [catalog, self.database.arn, self.table.arn],
        )

    def _table(self) -> aws.glue.CatalogTable:
        location = pulumi.Output.concat("s3://", self.bucket.id, "/", lake.PREFIX)
        folder = pulumi.Output.concat(location, "dt=${dt}/")
        return aws.glue.CatalogTable(
            self._name,
            name=lake.TABLE,
            database_name=self.database.name,
            description="One row per form of an inspection; the greatest sequence is the latest",
            table_type="EXTERNAL_TABLE",
            parameters={
                "EXTERNAL": "TRUE",
                "classification": "parquet",
                "parquet.compression": "SNAPPY",
                **_projection(self._settings),
                "storage.location.template": folder,
            },
            partition_keys=[_column(lake.PARTITION)],
            storage_descriptor={
                "location": location,
                "input_format": f"{_HIVE}.MapredParquetInputFormat",
                "output_format": f"{_HIVE}.MapredParquetOutputFormat",
                "ser_de_info": {"serialization_library": f"{_HIVE}.serde.ParquetHiveSerDe"},
                "columns": [_column(column) for column in lake.COLUMNS],
            },
            opts=self._child,
        )

    def _policy(self) -> aws.iam.RolePolicy:
        # Firehose aborts, lists and reads back what it uploads in parts.
        objects = [
            pulumi.Output.concat(self.bucket.arn, "/", prefix, "*")
            for prefix in (lake.PREFIX, lake.ERRORS_PREFIX)
        ]
        return aws.iam.RolePolicy(
            self._name,
            role=self.role.id,
            policy=iam.policy(
                iam.allow(["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"], objects),
                iam.allow(
                    ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"],
                    [self.bucket.arn],
                ),
                self.allow_read_catalog("GetTable", "GetTableVersion", "GetTableVersions"),
                iam.allow(["logs:PutLogEvents"], [pulumi.Output.concat(self.logs.arn, ":*")]),
            ),
            opts=self._child,
        )

    def _delivery(self) -> aws.kinesis.FirehoseDeliveryStream:
        settings = self._settings
        return aws.kinesis.FirehoseDeliveryStream(
            self._name,
            destination="extended_s3",
            server_side_encryption={"enabled": True, "key_type": "AWS_OWNED_CMK"},
            extended_s3_configuration={
                "bucket_arn": self.bucket.arn,
                "role_arn": self.role.arn,
                "prefix": FILES,
                "error_output_prefix": ERRORS,
                "file_extension": ".parquet",
                "buffering_size": settings.lake_buffer_mb,
                "buffering_interval": settings.lake_buffer_seconds,
                # The files are compressed inside.
                "compression_format": "UNCOMPRESSED",
                "cloudwatch_logging_options": {
                    "enabled": True,
                    "log_group_name": self.logs.name,
                    "log_stream_name": self.log.name,
                },
                "dynamic_partitioning_configuration": {
                    "enabled": True,
                    "retry_duration": RETRY_SECONDS,
                },
                "processing_configuration": {"enabled": True, "processors": [_partitioner()]},
                "data_format_conversion_configuration": self._conversion(),
            },
            # Firehose tries its role when it is made.
            opts=ResourceOptions(parent=self, depends_on=[self.policy]),
        )

    def _conversion(
        self,
    ) -> aws.kinesis.FirehoseDeliveryStreamExtendedS3ConfigurationDataFormatConversionConfigurationArgsDict:  # noqa: E501
        return {
            "enabled": True,
            "input_format_configuration": {"deserializer": {"open_x_json_ser_de": {}}},
            "output_format_configuration": {
                "serializer": {"parquet_ser_de": {"compression": "SNAPPY"}}
            },
            "schema_configuration": {
                "database_name": self.database.name,
                "table_name": self.table.name,
                "region": self._settings.region,
                "role_arn": self.role.arn,
                "version_id": "LATEST",
            },
        }


def _bucket(settings: StackSettings) -> BucketArgs:
    return BucketArgs(
        protect=settings.protect_data,
        force_destroy=not settings.protect_data,
        noncurrent_version_days=settings.noncurrent_version_days,
        expire_prefixes=(lake.PREFIX, lake.ERRORS_PREFIX),
        expire_days=settings.lake_retention_days,
        transition_days=settings.lake_transition_days,
    )


def _projection(settings: StackSettings) -> dict[str, pulumi.Input[str]]:
    """The days that can be there: pictures may be old when they come, and are kept from then on."""
    days = settings.lake_retention_days + CAPTURE_AGE_MAX.days + 1
    dt = f"projection.{lake.PARTITION.name}"
    return {
        "projection.enabled": "true",
        f"{dt}.type": "date",
        f"{dt}.format": "yyyy-MM-dd",
        f"{dt}.range": f"NOW-{days}DAYS,NOW+2DAYS",
        f"{dt}.interval": "1",
        f"{dt}.interval.unit": "DAYS",
    }


def _column(column: lake.Column) -> aws.glue.CatalogTableStorageDescriptorColumnArgsDict:
    return {"name": column.name, "type": column.type, "comment": column.comment}


def _partitioner() -> (
    aws.kinesis.FirehoseDeliveryStreamExtendedS3ConfigurationProcessingConfigurationProcessorArgsDict
):
    parameters = {"MetadataExtractionQuery": FOLDERS, "JsonParsingEngine": "JQ-1.6"}
    return {
        "type": "MetadataExtraction",
        "parameters": [
            {"parameter_name": name, "parameter_value": value} for name, value in parameters.items()
        ],
    }
