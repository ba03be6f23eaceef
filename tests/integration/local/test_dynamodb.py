"""The shortcuts in the emulated DynamoDB change its price and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sightline.local.clients import Clients
from sightline.local.server import Server


@pytest.fixture(scope="module")
def dynamodb() -> Iterator[Any]:
    with Server() as server:
        client = Clients(server.endpoint).get("dynamodb")
        for name, ranged in (("plain", False), ("ranged", True)):
            keys = [("id", "HASH"), ("part", "RANGE")] if ranged else [("id", "HASH")]
            client.create_table(
                TableName=name,
                BillingMode="PAY_PER_REQUEST",
                KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in keys],
                AttributeDefinitions=[
                    {"AttributeName": key, "AttributeType": "S"} for key, _ in keys
                ],
                StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
            )
        yield client


def put(client: Any, table: str, **attributes: str) -> None:
    client.put_item(TableName=table, Item={key: {"S": v} for key, v in attributes.items()})


def items(client: Any, table: str, hash_value: str) -> list[dict[str, Any]]:
    found = client.query(
        TableName=table,
        KeyConditionExpression="id = :id",
        ExpressionAttributeValues={":id": {"S": hash_value}},
    )["Items"]
    return sorted(({key: value["S"] for key, value in item.items()} for item in found), key=str)


def change(table: str, key: dict[str, str], value: str, condition: str = "") -> dict[str, Any]:
    update: dict[str, Any] = {
        "TableName": table,
        "Key": {name: {"S": text} for name, text in key.items()},
        "UpdateExpression": "SET note = :note",
        "ExpressionAttributeValues": {":note": {"S": value}},
    }
    return {"Update": update | ({"ConditionExpression": condition} if condition else {})}


def test_the_same_expression_works_with_other_values(dynamodb: Any) -> None:
    dynamodb.put_item(
        TableName="plain",
        Item={"id": {"S": "expression"}, "counts": {"M": {}}, "former": {"S": "x"}},
    )

    for number in ("1", "2", "3"):
        answer = dynamodb.update_item(
            TableName="plain",
            Key={"id": {"S": "expression"}},
            UpdateExpression=(
                "SET #c.#h = if_not_exists(#c.#h, :zero) + :n, tags = :tags "
                "REMOVE former ADD seen :n"
            ),
            ExpressionAttributeNames={"#c": "counts", "#h": "hits"},
            ExpressionAttributeValues={
                ":n": {"N": number},
                ":zero": {"N": "0"},
                ":tags": {"SS": [number]},
            },
            ReturnValues="ALL_NEW",
        )

    assert answer["Attributes"] == {
        "id": {"S": "expression"},
        "counts": {"M": {"hits": {"N": "6"}}},
        "tags": {"SS": ["3"]},
        "seen": {"N": "6"},
    }


@pytest.mark.parametrize(
    "expression",
    ["SET a = :n SET b = :n", "SET a = :n, a = :n", "SET #a.b = :n, #a = :n", "SET id = :n"],
)
def test_faulty_expressions_are_refused(dynamodb: Any, expression: str) -> None:
    names = {"ExpressionAttributeNames": {"#a": "a"}} if "#" in expression else {}

    with pytest.raises(dynamodb.exceptions.ClientError, match="ValidationException"):
        dynamodb.update_item(
            TableName="plain",
            Key={"id": {"S": "faulty"}},
            UpdateExpression=expression,
            ExpressionAttributeValues={":n": {"N": "1"}},
            **names,
        )


@pytest.mark.parametrize("table", ["plain", "ranged"])
def test_a_cancelled_transaction_changes_nothing(dynamodb: Any, table: str) -> None:
    ranged = table == "ranged"

    def key(name: str, part: str = "1") -> dict[str, str]:
        return {"id": name} | ({"part": part} if ranged else {})

    for name in ("kept", "deleted", "bystander"):
        put(dynamodb, table, **key(name), note="before")
    before = [items(dynamodb, table, name) for name in ("kept", "deleted", "bystander", "new")]
    new = {name: {"S": text} for name, text in key("new").items()}
    gone = {name: {"S": text} for name, text in key("deleted").items()}

    with pytest.raises(dynamodb.exceptions.TransactionCanceledException):
        dynamodb.transact_write_items(
            TransactItems=[
                change(table, key("kept"), "after"),
                {"Put": {"TableName": table, "Item": new}},
                {"Delete": {"TableName": table, "Key": gone}},
                change(table, key("bystander"), "after", "attribute_not_exists(id)"),
            ]
        )

    after = [items(dynamodb, table, name) for name in ("kept", "deleted", "bystander", "new")]
    assert after == before
    put(dynamodb, table, **key("bystander"), note="later")
    assert items(dynamodb, table, "bystander") == [{**key("bystander"), "note": "later"}]


def test_a_transaction_that_holds_changes_everything(dynamodb: Any) -> None:
    put(dynamodb, "ranged", id="both", part="1", note="before")

    dynamodb.transact_write_items(
        TransactItems=[
            change("ranged", {"id": "both", "part": "1"}, "after"),
            change("ranged", {"id": "both", "part": "2"}, "new"),
        ]
    )

    assert items(dynamodb, "ranged", "both") == [
        {"id": "both", "part": "1", "note": "after"},
        {"id": "both", "part": "2", "note": "new"},
    ]


def test_attributes_of_every_type_come_back_as_they_were(dynamodb: Any) -> None:
    item = {
        "id": {"S": "types"},
        "number": {"N": "-1.50e3"},
        "truth": {"BOOL": False},
        "nothing": {"NULL": True},
        "binary": {"B": b"\x00\xff"},
        "binaries": {"BS": [b"\x01", b"\x02"]},
        "texts": {"SS": ["a", "b"]},
        "numbers": {"NS": ["1", "2"]},
        "empty": {"M": {}},
        "nested": {"M": {"l": {"L": [{"S": ""}, {"M": {"b": {"B": b"x"}}}, {"L": []}]}}},
    }

    dynamodb.put_item(TableName="plain", Item=item)

    found = dynamodb.get_item(TableName="plain", Key={"id": {"S": "types"}})["Item"]
    assert {key: sort(value) for key, value in found.items()} == {
        **item,
        "number": {"N": "-1.50e3"},
    }


def sort(value: dict[str, Any]) -> dict[str, Any]:
    return {kind: sorted(v) if kind in ("SS", "NS", "BS") else v for kind, v in value.items()}
