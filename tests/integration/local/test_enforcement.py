"""What a role may not do is refused, in the words in which AWS refuses it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
import urllib3
from botocore.config import Config
from botocore.exceptions import ClientError

from sightline.local.iam import permissions
from sightline.local.iam.credentials import ACCOUNT_ID, OWNER, REGION, Keys, keys_of, secret_for
from sightline.local.iam.enforcement import Enforcement
from sightline.local.iam.signatures import SignatureFilter
from sightline.local.server import Server

ROLE = f"arn:aws:iam::{ACCOUNT_ID}:role/worker"
HERE = f"{REGION}:{ACCOUNT_ID}"
TABLE = f"arn:aws:dynamodb:{HERE}:table/parts"
READ_TABLE = {"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": TABLE}
KEY = {"id": {"S": "a"}}

Client = Callable[..., Any]


@pytest.fixture
def client() -> Iterator[Client]:
    """Makes clients of a server that checks signatures and permissions."""
    with Server(filters=[lambda app: SignatureFilter(app, secret_for), Enforcement]) as server:

        def make(service: str, keys: Keys = OWNER) -> Any:
            return boto3.client(
                service,  # type: ignore[call-overload]
                endpoint_url=server.endpoint,
                region_name=REGION,
                aws_access_key_id=keys.access_key_id,
                aws_secret_access_key=keys.secret_access_key,
                aws_session_token=keys.session_token,
                config=Config(
                    retries={"total_max_attempts": 1},
                    signature_version="s3v4" if service == "s3" else None,
                    s3={"addressing_style": "path"},
                ),
            )

        make("dynamodb").create_table(
            TableName="parts",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        )
        make("s3").create_bucket(
            Bucket="images", CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        yield make


def grant(client: Client, *statements: dict[str, Any]) -> Keys:
    """The keys of a role with these statements."""
    iam, document = client("iam"), {"Version": "2012-10-17", "Statement": list(statements)}
    iam.create_role(RoleName="worker", AssumeRolePolicyDocument="{}")
    iam.put_role_policy(RoleName="worker", PolicyName="may", PolicyDocument=json.dumps(document))
    return keys_of(ROLE)


def refusal(call: Callable[[], object]) -> tuple[str, str]:
    """The code and the message with which a call is refused."""
    with pytest.raises(ClientError) as refused:
        call()
    error = refused.value.response["Error"]
    return str(error["Code"]), str(error["Message"])


def test_a_role_does_what_it_may_and_nothing_else(client: Client) -> None:
    table = client("dynamodb", grant(client, READ_TABLE))
    assert "Item" not in table.get_item(TableName="parts", Key=KEY)
    code, message = refusal(lambda: table.put_item(TableName="parts", Item=KEY))
    assert code == "AccessDeniedException"
    assert message == f"{ROLE} is not authorized to perform: dynamodb:PutItem on {TABLE}"
    assert "Item" not in client("dynamodb").get_item(TableName="parts", Key=KEY)


def test_what_was_allowed_is_remembered_and_what_was_refused_is_not(client: Client) -> None:
    table = client("dynamodb", grant(client, READ_TABLE))
    for _ in range(2):
        table.get_item(TableName="parts", Key=KEY)
    refusal(lambda: table.put_item(TableName="parts", Item=KEY))
    call = permissions.Call(ROLE, "dynamodb:GetItem", "dynamodb:GetItem", TABLE)
    assert permissions.calls() == {call: 2}


def test_every_part_of_a_transaction_takes_its_permission(client: Client) -> None:
    put = {"Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": TABLE}
    table = client("dynamodb", grant(client, put))
    parts: list[Any] = [{"Put": {"TableName": "parts", "Item": KEY}}]
    table.transact_write_items(TransactItems=parts)
    parts.append({"Delete": {"TableName": "parts", "Key": {"id": {"S": "b"}}}})
    assert "DeleteItem" in refusal(lambda: table.transact_write_items(TransactItems=parts))[1]


@pytest.mark.parametrize(
    ("service", "call", "code"),
    [
        ("s3", lambda c: c.put_object(Bucket="images", Key="a", Body=b"1"), "AccessDenied"),
        ("s3", lambda c: c.list_objects_v2(Bucket="images"), "AccessDenied"),
        ("s3", lambda c: c.delete_bucket(Bucket="images"), "AccessDenied"),
        (
            "sns",
            lambda c: c.publish(TopicArn=f"arn:aws:sns:{HERE}:alerts", Message="m"),
            "AuthorizationError",
        ),
        (
            "sqs",
            lambda c: c.send_message(QueueUrl=f"{c.meta.endpoint_url}/1/parked", MessageBody="m"),
            "AccessDeniedException",
        ),
        ("lambda", lambda c: c.invoke(FunctionName="job"), "AccessDeniedException"),
        (
            "stepfunctions",
            lambda c: c.start_execution(
                stateMachineArn=f"arn:aws:states:{HERE}:stateMachine:inspection"
            ),
            "AccessDeniedException",
        ),
    ],
)
def test_refusals_are_in_the_services_own_words(
    service: str, call: Callable[[Any], object], code: str, client: Client
) -> None:
    worker = client(service, grant(client, READ_TABLE))
    assert refusal(lambda: call(worker))[0] == code


def test_publishing_to_an_encrypted_topic_takes_the_use_of_its_key(client: Client) -> None:
    key = client("kms").create_key()["KeyMetadata"]["Arn"]
    topic = client("sns").create_topic(Name="alerts", Attributes={"KmsMasterKeyId": key})
    arn = topic["TopicArn"]
    publish = {"Effect": "Allow", "Action": "sns:Publish", "Resource": arn}
    use = {"Effect": "Allow", "Action": ["kms:Decrypt", "kms:GenerateDataKey*"], "Resource": key}
    worker = client("sns", grant(client, publish))
    assert "kms:Decrypt" in refusal(lambda: worker.publish(TopicArn=arn, Message="m"))[1]
    document = {"Version": "2012-10-17", "Statement": [publish, use]}
    client("iam").put_role_policy(
        RoleName="worker", PolicyName="may", PolicyDocument=json.dumps(document)
    )
    assert worker.publish(TopicArn=arn, Message="m")["MessageId"]


def test_only_those_who_may_list_learn_that_an_object_is_missing(client: Client) -> None:
    read = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::images/*"}
    listing = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::images"}
    client("s3").put_object(Bucket="images", Key="a ä.jpg", Body=b"1")
    worker = client("s3", grant(client, read))
    assert worker.get_object(Bucket="images", Key="a ä.jpg")["Body"].read() == b"1"
    assert refusal(lambda: worker.get_object(Bucket="images", Key="b"))[0] == "AccessDenied"
    document = {"Version": "2012-10-17", "Statement": [read, listing]}
    client("iam").put_role_policy(
        RoleName="worker", PolicyName="may", PolicyDocument=json.dumps(document)
    )
    assert refusal(lambda: worker.get_object(Bucket="images", Key="b"))[0] == "NoSuchKey"


def test_a_presigned_url_can_do_what_its_signer_may(client: Client) -> None:
    write = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::images/in/*"}
    worker = client("s3", grant(client, write))

    def put(key: str) -> int:
        place = {"Bucket": "images", "Key": key}
        url = worker.generate_presigned_url("put_object", Params=place)
        return urllib3.request("PUT", url, body=b"1").status

    assert (put("in/a.jpg"), put("out/a.jpg")) == (200, 403)


def test_temporary_keys_are_good_with_their_token_alone(client: Client) -> None:
    keys = grant(client, READ_TABLE)
    bare = Keys(keys.access_key_id, keys.secret_access_key)
    table = client("dynamodb", bare)
    assert refusal(lambda: table.get_item(TableName="parts", Key=KEY))


def test_a_role_that_is_gone_may_nothing(client: Client) -> None:
    keys = grant(client, READ_TABLE)
    client("iam").delete_role_policy(RoleName="worker", PolicyName="may")
    client("iam").delete_role(RoleName="worker")
    table = client("dynamodb", keys)
    assert "no role" in refusal(lambda: table.get_item(TableName="parts", Key=KEY))[1]


def test_a_check_takes_less_than_a_millisecond(client: Client) -> None:
    many = [dict(READ_TABLE, Resource=f"{TABLE}-{n}") for n in range(20)]
    grant(client, *many, READ_TABLE)
    began = time.process_time()
    for _ in range(200):
        permissions.check(ACCOUNT_ID, ROLE, "dynamodb:GetItem", TABLE)
    assert (time.process_time() - began) / 200 < 0.001
