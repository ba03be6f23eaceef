"""Firehose delivery streams, Glue's catalog and Athena workgroups."""

from __future__ import annotations

from typing import Any

from sightline.local.firehose.configuration import DeliveryStream
from sightline.local.iam.credentials import ACCOUNT_ID
from sightline.local.provider.creation import REGISTRY, Created, Creation
from sightline.local.provider.values import pascal

# AWS takes no less than a minute, and nobody here wants to wait so long.
BUFFER_SECONDS = 2
_SPELLED = {
    "bucketArn": "BucketARN",
    "roleArn": "RoleARN",
    "cloudwatchLoggingOptions": "CloudWatchLoggingOptions",
    "openXJsonSerDe": "OpenXJsonSerDe",
}


@REGISTRY.creates("aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream")
def delivery_stream(new: Creation) -> Created:
    name, client = new.physical_name(), new.client("firehose")
    new.without_meaning_here("tags", "destination")
    s3 = pascal(new.need("extendedS3Configuration"), irregular=_SPELLED)
    s3["BufferingHints"] = {
        "SizeInMBs": s3.pop("BufferingSize", 5),
        "IntervalInSeconds": min(s3.pop("BufferingInterval", 300), BUFFER_SECONDS),
    }
    partitioning = s3.get("DynamicPartitioningConfiguration", {})
    if "RetryDuration" in partitioning:
        seconds = partitioning.pop("RetryDuration")
        partitioning["RetryOptions"] = {"DurationInSeconds": seconds}
    encryption: dict[str, Any] = {}
    if (wanted := new.take("serverSideEncryption")) and wanted.pop("enabled"):
        encryption["DeliveryStreamEncryptionConfigurationInput"] = pascal(wanted)
    arn = client.create_delivery_stream(
        DeliveryStreamName=name,
        DeliveryStreamType="DirectPut",
        ExtendedS3DestinationConfiguration=s3,
        **encryption,
    )["DeliveryStreamARN"]
    # On AWS, what makes no sense is refused now and not with the first records.
    DeliveryStream(ACCOUNT_ID, new.region, name, "1", s3).check()
    return Created(arn, {"name": name, "arn": arn})


@REGISTRY.creates("aws:glue/catalogDatabase:CatalogDatabase")
def catalog_database(new: Creation) -> Created:
    name = new.physical_name()
    new.without_meaning_here("tags")
    new.client("glue").create_database(DatabaseInput={"Name": name, **pascal(new.take_rest())})
    arn = f"arn:aws:glue:{new.region}:{ACCOUNT_ID}:database/{name}"
    return Created(f"{ACCOUNT_ID}:{name}", {"name": name, "arn": arn})


@REGISTRY.creates("aws:glue/catalogTable:CatalogTable")
def catalog_table(new: Creation) -> Created:
    name, database = new.physical_name(), new.need("databaseName")
    values = pascal(new.take_rest(), irregular={"serDeInfo": "SerdeInfo"}, verbatim=("parameters",))
    new.client("glue").create_table(DatabaseName=database, TableInput={"Name": name, **values})
    arn = f"arn:aws:glue:{new.region}:{ACCOUNT_ID}:table/{database}/{name}"
    return Created(f"{ACCOUNT_ID}:{database}:{name}", {"name": name, "arn": arn})


@REGISTRY.creates("aws:athena/workgroup:Workgroup")
def workgroup(new: Creation) -> Created:
    name = new.physical_name()
    new.without_meaning_here("tags", "forceDestroy")
    # Pulumi's names for these are not those of the API.
    spelled = {
        "enforceWorkgroupConfiguration": "EnforceWorkGroupConfiguration",
        "publishCloudwatchMetricsEnabled": "PublishCloudWatchMetricsEnabled",
        "kmsKeyArn": "KmsKey",
    }
    new.client("athena").create_work_group(
        Name=name,
        Description=new.take("description", ""),
        Configuration=pascal(new.take("configuration", {}), irregular=spelled),
    )
    arn = f"arn:aws:athena:{new.region}:{ACCOUNT_ID}:workgroup/{name}"
    return Created(name, {"name": name, "arn": arn})
