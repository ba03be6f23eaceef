"""A Pulumi program on the local provider: what it declares is there for any other client."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from sightline.domain.errors import InvalidError
from sightline.local.clients import Clients
from sightline.local.program import run
from sightline.local.provider.mocks import MotoMocks
from sightline.local.server import Server
from sightline.packaging.zips import write_zip

BY_LAMBDA = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


@pytest.fixture(scope="module")
def zip_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("code")
    (folder / "detect.py").write_text("def handler(event, context): return event")
    write_zip(folder / "detect.zip", {"detect.py": folder / "detect.py"})
    return folder / "detect.zip"


@pytest.fixture(scope="module")
def outputs(server: Server, zip_file: Path) -> dict[str, Any]:
    return run(lambda: declare(zip_file), MotoMocks(server.endpoint), stack="test")


@pytest.fixture(scope="module")
def clients(server: Server) -> Clients:
    return Clients(server.endpoint)


def declare(zip_file: Path) -> dict[str, Any]:
    bucket = aws.s3.Bucket("pictures", force_destroy=True)
    aws.s3.BucketVersioning(
        "pictures", bucket=bucket.id, versioning_configuration={"status": "Enabled"}
    )
    aws.s3.BucketPolicy("pictures", bucket=bucket.id, policy=only_tls(bucket))
    code = aws.s3.BucketObjectv2(
        "code", bucket=bucket.id, key="code.zip", source=pulumi.FileAsset(str(zip_file))
    )
    table = aws.dynamodb.Table(
        "results",
        billing_mode="PAY_PER_REQUEST",
        hash_key="image",
        attributes=[{"name": "image", "type": "S"}, {"name": "day", "type": "S"}],
        global_secondary_indexes=[
            {
                "name": "by_day",
                "projection_type": "ALL",
                "key_schemas": [{"attribute_name": "day", "key_type": "HASH"}],
            }
        ],
        ttl={"enabled": True, "attribute_name": "expires"},
        point_in_time_recovery={"enabled": True},
    )
    role = aws.iam.Role("detect", assume_role_policy=json.dumps(BY_LAMBDA))
    function = aws.lambda_.Function(
        "detect",
        role=role.arn,
        runtime="python3.13",
        handler="detect.handler",
        s3_bucket=bucket.id,
        s3_key=code.key,
        timeout=9,
        environment={"variables": {"TABLE_name": table.name, "LIMIT": pulumi.Output.secret("5")}},
    )
    topic = aws.sns.Topic("alerts", display_name="Alerts")
    aws.sns.TopicSubscription(
        "person",
        topic=topic.arn,
        protocol="email",
        endpoint="a@b.example",
        filter_policy=json.dumps({"severity": ["high"]}),
    )
    account = aws.get_caller_identity_output().account_id
    return {
        "bucket": bucket.id,
        "table": table.name,
        "function": function.name,
        "topic": topic.arn,
        "account": account,
        "retention": aws.sqs.Queue("parked", message_retention_seconds=1209600).url,
    }


def only_tls(bucket: aws.s3.Bucket) -> pulumi.Output[str]:
    return pulumi.Output.json_dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "s3:*",
                    "Resource": [bucket.arn, pulumi.Output.concat(bucket.arn, "/*")],
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                }
            ],
        }
    )


def test_outputs_are_plain_values(outputs: dict[str, Any]) -> None:
    assert outputs["account"] == "123456789012"
    assert outputs["topic"].startswith("arn:aws:sns:eu-west-1:123456789012:alerts-")


def test_a_bucket_is_as_declared_and_usable(outputs: dict[str, Any], clients: Clients) -> None:
    s3 = clients.get("s3")

    s3.put_object(Bucket=outputs["bucket"], Key="a.jpg", Body=b"1")

    assert s3.get_bucket_versioning(Bucket=outputs["bucket"])["Status"] == "Enabled"
    assert s3.get_object(Bucket=outputs["bucket"], Key="a.jpg")["Body"].read() == b"1"


def test_a_table_is_as_declared(outputs: dict[str, Any], clients: Clients) -> None:
    dynamodb, name = clients.get("dynamodb"), outputs["table"]

    described = dynamodb.describe_table(TableName=name)["Table"]
    backups = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    ttl = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]

    assert described["GlobalSecondaryIndexes"][0]["IndexName"] == "by_day"
    assert ttl["AttributeName"] == "expires"
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"


def test_a_function_has_its_code_and_environment(outputs: dict[str, Any], clients: Clients) -> None:
    found = clients.get("lambda").get_function(FunctionName=outputs["function"])["Configuration"]

    assert found["CodeSize"] > 0
    assert found["Timeout"] == 9
    assert found["Environment"]["Variables"] == {"TABLE_name": outputs["table"], "LIMIT": "5"}


def test_a_subscription_filters(outputs: dict[str, Any], clients: Clients) -> None:
    sns = clients.get("sns")
    found = sns.list_subscriptions_by_topic(TopicArn=outputs["topic"])["Subscriptions"][0]
    attributes = sns.get_subscription_attributes(SubscriptionArn=found["SubscriptionArn"])

    assert json.loads(attributes["Attributes"]["FilterPolicy"]) == {"severity": ["high"]}


def test_numbers_are_whole(outputs: dict[str, Any], clients: Clients) -> None:
    found = clients.get("sqs").get_queue_attributes(
        QueueUrl=outputs["retention"], AttributeNames=["MessageRetentionPeriod"]
    )

    assert found["Attributes"]["MessageRetentionPeriod"] == "1209600"


def test_an_unknown_type_is_an_error_that_names_it(server: Server) -> None:
    def program() -> dict[str, Any]:
        return {"id": aws.ec2.Vpc("net", cidr_block="10.0.0.0/16").id}

    with pytest.raises(Exception, match="aws:ec2/vpc:Vpc net: the local system cannot create"):
        run(program, MotoMocks(server.endpoint), stack="unknown")


def test_an_input_without_effect_is_an_error_that_names_it(server: Server) -> None:
    def program() -> dict[str, Any]:
        return {"id": aws.s3.Bucket("locked", object_lock_enabled=True).id}

    with pytest.raises(Exception, match="locked: the local system does not support objectLock"):
        run(program, MotoMocks(server.endpoint), stack="input")


def test_a_failed_run_leaves_the_next_alone(server: Server, clients: Clients) -> None:
    def failing() -> dict[str, Any]:
        aws.s3.Bucket("one", object_lock_enabled=True)
        first = aws.sqs.Queue("first")
        return {"late": aws.sqs.Queue("late", name=first.name.apply(lambda n: f"{n}-late")).url}

    def sound() -> dict[str, Any]:
        return {"url": aws.sqs.Queue("sound").url}

    with pytest.raises(InvalidError, match="objectLock"):
        run(failing, MotoMocks(server.endpoint), stack="failed")
    mocks = MotoMocks(server.endpoint)
    outputs = run(sound, mocks, stack="next")

    assert [name for _, name, _ in mocks.created] == ["sound"]
    assert outputs["url"].rpartition("/")[2].startswith("sound-")
