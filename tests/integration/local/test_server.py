"""The embedded AWS: keeps connections, keys with odd characters, and its promises under threads."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import urllib3

from sightline.domain.errors import ConflictError
from sightline.local.clients import Clients
from sightline.local.server import Server


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


@pytest.fixture(scope="module")
def clients(server: Server) -> Clients:
    return Clients(server.endpoint)


@pytest.fixture(scope="module")
def bucket(clients: Clients) -> str:
    place = {"LocationConstraint": "eu-west-1"}
    clients.get("s3").create_bucket(Bucket="pictures", CreateBucketConfiguration=place)
    return "pictures"


@pytest.fixture(scope="module")
def table(clients: Clients) -> str:
    clients.get("dynamodb").create_table(
        TableName="counts",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
    return "counts"


@pytest.mark.parametrize("key", ["a b/ü+%.jpg", "images/x//y.jpg", "100%25.jpg", "q?&=#.jpg"])
def test_objects_come_back_under_any_key(clients: Clients, bucket: str, key: str) -> None:
    s3 = clients.get("s3")

    s3.put_object(Bucket=bucket, Key=key, Body=b"\x00\xff" * 20_000, Metadata={"part_id": "7"})

    found = s3.get_object(Bucket=bucket, Key=key)
    assert found["Body"].read() == b"\x00\xff" * 20_000
    assert found["Metadata"] == {"part_id": "7"}
    assert key in [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]]


def test_a_connection_is_kept(server: Server) -> None:
    pool = urllib3.HTTPConnectionPool("127.0.0.1", int(server.endpoint.rpartition(":")[2]))

    statuses = [pool.request("GET", "/moto-api/data.json").status for _ in range(5)]

    assert statuses == [200] * 5
    assert pool.num_connections == 1


def test_one_of_many_conditional_writes_wins(clients: Clients, table: str) -> None:
    dynamodb = clients.get("dynamodb")

    def claim(_: int) -> bool:
        try:
            dynamodb.put_item(
                TableName=table,
                Item={"id": {"S": "claim"}},
                ConditionExpression="attribute_not_exists(id)",
            )
        except dynamodb.exceptions.ConditionalCheckFailedException:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(claim, range(64))) == 1


def test_no_addition_is_lost(clients: Clients, table: str) -> None:
    dynamodb = clients.get("dynamodb")

    def count(_: int) -> None:
        dynamodb.update_item(
            TableName=table,
            Key={"id": {"S": "counter"}},
            UpdateExpression="ADD seen :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(count, range(200)))

    found = dynamodb.get_item(TableName=table, Key={"id": {"S": "counter"}})["Item"]
    assert found["seen"] == {"N": "200"}


def test_a_process_has_one_server_at_a_time(server: Server) -> None:
    with pytest.raises(ConflictError, match="already runs"):
        Server().start()
