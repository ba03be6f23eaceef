"""What is kept: encryption, versions, recovery, and what is protected from a slip."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from infra.policies.resource import Resource, of


def everything_is_encrypted(resources: Sequence[Resource]) -> Iterator[str]:
    """Buckets, tables and queues are encrypted at rest by declaration, not by default."""
    encrypted = {
        configuration.inputs["bucket"]
        for configuration in of(resources, "s3.BucketServerSideEncryptionConfiguration")
        if all(
            rule["applyServerSideEncryptionByDefault"]["sseAlgorithm"] in {"AES256", "aws:kms"}
            for rule in configuration.inputs["rules"]
        )
    }
    for bucket in of(resources, "s3.Bucket"):
        if bucket.id not in encrypted:
            yield f"{bucket} is not encrypted"
    for table in of(resources, "dynamodb.Table"):
        if not table.inputs.get("serverSideEncryption", {}).get("enabled"):
            yield f"{table} is not encrypted"
    for queue in of(resources, "sqs.Queue"):
        if not (queue.inputs.get("sqsManagedSseEnabled") or queue.inputs.get("kmsMasterKeyId")):
            yield f"{queue} is not encrypted"
    for stream in of(resources, "kinesis.FirehoseDeliveryStream"):
        if not stream.inputs.get("serverSideEncryption", {}).get("enabled"):
            yield f"{stream} is not encrypted"


def queries_are_limited(resources: Sequence[Resource]) -> Iterator[str]:
    """Every workgroup ends queries that read too much and encrypts results, whoever asks."""
    for group in of(resources, "athena.Workgroup"):
        settings = group.inputs.get("configuration", {})
        if not settings.get("enforceWorkgroupConfiguration"):
            yield f"{group} leaves its settings to whoever asks"
        if not settings.get("bytesScannedCutoffPerQuery"):
            yield f"{group} lets a query read without end"
        if not settings.get("resultConfiguration", {}).get("encryptionConfiguration"):
            yield f"{group} does not encrypt results"


def queried_files_are_where_the_catalog_says(resources: Sequence[Resource]) -> Iterator[str]:
    """Delivery streams convert by a table of this program, into the folders that it projects."""
    tables = {
        (table.inputs["databaseName"], table.inputs["name"]): table.inputs
        for table in of(resources, "glue.CatalogTable")
    }
    for stream in of(resources, "kinesis.FirehoseDeliveryStream"):
        s3 = stream.inputs["extendedS3Configuration"]
        schema = s3["dataFormatConversionConfiguration"]["schemaConfiguration"]
        table = tables.get((schema["databaseName"], schema["tableName"]))
        if table is None:
            yield f"{stream} converts by a table that this program does not declare"
            continue
        folder = table["parameters"]["storage.location.template"].split("://")[1]
        bucket, _, prefix = folder.partition("/")
        written = s3["prefix"].replace("!{partitionKeyFromQuery:", "${")
        if s3["bucketArn"] != f"arn:aws:s3:::{bucket}" or not written.startswith(prefix):
            yield f"{stream} writes to {written}, and queries read {prefix}"
        if f"s3://{bucket}/{s3['errorOutputPrefix']}".startswith(
            table["storageDescriptor"]["location"]
        ):
            yield f"{stream} writes errors among the table's files"


def buckets_keep_versions_and_clean_up(resources: Sequence[Resource]) -> Iterator[str]:
    """Buckets are versioned; old versions and abandoned uploads go away by themselves."""
    versioned = {
        versioning.inputs["bucket"]
        for versioning in of(resources, "s3.BucketVersioning")
        if versioning.inputs["versioningConfiguration"]["status"] == "Enabled"
    }
    cleaned = {
        lifecycle.inputs["bucket"]
        for lifecycle in of(resources, "s3.BucketLifecycleConfiguration")
        for rule in lifecycle.inputs["rules"]
        if rule["status"] == "Enabled"
        and rule.get("noncurrentVersionExpiration", {}).get("noncurrentDays")
        and rule.get("abortIncompleteMultipartUpload")
        and rule.get("expiration", {}).get("expiredObjectDeleteMarker")
        and not rule["filter"]["prefix"]
    }
    for bucket in of(resources, "s3.Bucket"):
        if bucket.id not in versioned:
            yield f"{bucket} keeps no versions"
        if bucket.id not in cleaned:
            yield f"{bucket} keeps old versions, their markers or abandoned uploads for ever"


def tables_are_recoverable(resources: Sequence[Resource]) -> Iterator[str]:
    """Tables can be restored to a point in time, and cost nothing while the line stands still."""
    for table in of(resources, "dynamodb.Table"):
        if not table.inputs.get("pointInTimeRecovery", {}).get("enabled"):
            yield f"{table} has no point-in-time recovery"
        if table.inputs.get("billingMode") != "PAY_PER_REQUEST":
            yield f"{table} is not billed on demand"


def is_protected(resource: Resource) -> bool:
    """Whether neither `pulumi destroy` nor a replacement can lose what a resource holds."""
    inputs = resource.inputs
    if resource.type == "cognito.UserPool" and inputs.get("deletionProtection") != "ACTIVE":
        return False
    if resource.type == "dynamodb.Table" and not inputs["deletionProtectionEnabled"]:
        return False
    if resource.type == "s3.Bucket" and inputs["forceDestroy"]:
        return False
    return resource.protect and resource.retain_on_delete
