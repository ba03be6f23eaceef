"""S3 buckets and what is configured on them, and DynamoDB tables."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pulumi

from sightline.domain.errors import InvalidError
from sightline.local.provider.creation import REGISTRY, Created, Creation
from sightline.local.provider.values import pascal

_SPELLED = {"sseAlgorithm": "SSEAlgorithm", "kmsMasterKeyId": "KMSMasterKeyID", "id": "ID"}


@REGISTRY.creates("aws:s3/bucket:Bucket")
def bucket(new: Creation) -> Created:
    name = new.physical_name("bucket")
    new.without_meaning_here("forceDestroy", "tags")
    place = {"LocationConstraint": new.region}
    extra = {} if new.region == "us-east-1" else {"CreateBucketConfiguration": place}
    new.client("s3").create_bucket(Bucket=name, **extra)
    outputs = {
        "bucket": name,
        "arn": f"arn:aws:s3:::{name}",
        "bucketDomainName": f"{name}.s3.amazonaws.com",
        "bucketRegionalDomainName": f"{name}.s3.{new.region}.amazonaws.com",
    }
    return Created(name, outputs)


@REGISTRY.creates("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock")
def public_access_block(new: Creation) -> Created:
    name = new.need("bucket")
    new.client("s3").put_public_access_block(
        Bucket=name, PublicAccessBlockConfiguration=pascal(new.take_rest())
    )
    return Created(name)


@REGISTRY.creates("aws:s3/bucketOwnershipControls:BucketOwnershipControls")
def ownership_controls(new: Creation) -> Created:
    name = new.need("bucket")
    new.client("s3").put_bucket_ownership_controls(
        Bucket=name, OwnershipControls={"Rules": [pascal(new.need("rule"))]}
    )
    return Created(name)


@REGISTRY.creates(
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
)
def encryption(new: Creation) -> Created:
    name = new.need("bucket")
    rules = pascal(new.need("rules"), irregular=_SPELLED)
    new.client("s3").put_bucket_encryption(
        Bucket=name, ServerSideEncryptionConfiguration={"Rules": rules}
    )
    return Created(name)


@REGISTRY.creates("aws:s3/bucketVersioning:BucketVersioning")
def versioning(new: Creation) -> Created:
    name = new.need("bucket")
    new.client("s3").put_bucket_versioning(
        Bucket=name, VersioningConfiguration=pascal(new.need("versioningConfiguration"))
    )
    return Created(name)


@REGISTRY.creates("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration")
def lifecycle(new: Creation) -> Created:
    name = new.need("bucket")
    new.client("s3").put_bucket_lifecycle_configuration(
        Bucket=name,
        LifecycleConfiguration={"Rules": pascal(new.need("rules"), irregular=_SPELLED)},
    )
    return Created(name)


@REGISTRY.creates("aws:s3/bucketCorsConfiguration:BucketCorsConfiguration")
def cors(new: Creation) -> Created:
    name = new.need("bucket")
    new.client("s3").put_bucket_cors(
        Bucket=name, CORSConfiguration={"CORSRules": pascal(new.need("corsRules"))}
    )
    return Created(name)


@REGISTRY.creates("aws:s3/bucketNotification:BucketNotification")
def notification(new: Creation) -> Created:
    name = new.need("bucket")
    if not new.take("eventbridge"):
        raise InvalidError(f"{new.name}: only notifications to EventBridge are supported")
    new.client("s3").put_bucket_notification_configuration(
        Bucket=name, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    return Created(name)


@REGISTRY.creates("aws:s3/bucketPolicy:BucketPolicy")
def bucket_policy(new: Creation) -> Created:
    name = new.need("bucket")
    policy = enforceable(json.loads(new.need("policy")))
    if policy["Statement"]:
        new.client("s3").put_bucket_policy(Bucket=name, Policy=json.dumps(policy))
    return Created(name)


def enforceable(policy: dict[str, Any]) -> dict[str, Any]:
    """The policy without the statements that ask for TLS.

    The loopback has no TLS, and moto applies a statement whose condition it cannot check.
    """
    return policy | {
        "Statement": [
            statement
            for statement in policy["Statement"]
            if "aws:SecureTransport" not in statement.get("Condition", {}).get("Bool", {})
        ]
    }


@REGISTRY.creates("aws:s3/bucketObjectv2:BucketObjectv2")
def stored_object(new: Creation) -> Created:
    source = new.need("source")
    if not isinstance(source, pulumi.FileAsset):
        raise InvalidError(f"{new.name}: only files can be uploaded, not {type(source).__name__}")
    key = new.need("key")
    answer = new.client("s3").put_object(
        Bucket=new.need("bucket"),
        Key=key,
        Body=Path(source.path).read_bytes(),
        ContentType=new.take("contentType", "application/octet-stream"),
    )
    return Created(key, {"etag": answer["ETag"].strip('"')})


@REGISTRY.creates("aws:dynamodb/table:Table")
def table(new: Creation) -> Created:
    name = new.physical_name()
    client = new.client("dynamodb")
    new.without_meaning_here("tags")
    description = client.create_table(
        TableName=name,
        BillingMode=new.take("billingMode", "PROVISIONED"),
        AttributeDefinitions=[
            {"AttributeName": entry["name"], "AttributeType": entry["type"]}
            for entry in new.need("attributes")
        ],
        KeySchema=[
            {"AttributeName": key, "KeyType": kind}
            for key, kind in ((new.need("hashKey"), "HASH"), (new.take("rangeKey"), "RANGE"))
            if key
        ],
        DeletionProtectionEnabled=new.take("deletionProtectionEnabled", False),
        **_table_extras(new),
    )["TableDescription"]
    _configure_table(new, name)
    outputs = {
        "name": name,
        "arn": description["TableArn"],
        "streamArn": description.get("LatestStreamArn", ""),
    }
    return Created(name, outputs)


def _table_extras(new: Creation) -> dict[str, Any]:
    extras: dict[str, Any] = {}
    if indexes := new.take("globalSecondaryIndexes"):
        extras["GlobalSecondaryIndexes"] = [_index(index) for index in indexes]
    if new.take("streamEnabled"):
        view = new.need("streamViewType")
        extras["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": view}
    if (encrypted := new.take("serverSideEncryption")) and encrypted["enabled"]:
        extras["SSESpecification"] = {"Enabled": True, "SSEType": "KMS"}
    return extras


def _index(index: dict[str, Any]) -> dict[str, Any]:
    projection = {"ProjectionType": index["projectionType"]}
    if names := index.get("nonKeyAttributes"):
        projection["NonKeyAttributes"] = names
    return {
        "IndexName": index["name"],
        "KeySchema": pascal(index["keySchemas"]),
        "Projection": projection,
    }


def _configure_table(new: Creation, name: str) -> None:
    client = new.client("dynamodb")
    if (ttl := new.take("ttl")) and ttl["enabled"]:
        client.update_time_to_live(TableName=name, TimeToLiveSpecification=pascal(ttl))
    if (recovery := new.take("pointInTimeRecovery")) and recovery["enabled"]:
        client.update_continuous_backups(
            TableName=name,
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
        )
