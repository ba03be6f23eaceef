"""Which permissions a request takes, as AWS's service authorization reference says."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs

import pytest

from sightline.local.iam.requests import Ask, Request, asks

HERE = "eu-west-1:123456789012"
TABLE = f"arn:aws:dynamodb:{HERE}:table/parts"
OBJECT = "arn:aws:s3:::images/a/b.jpg"
ITEM = {"TableName": "parts"}


def request(
    service: str, target: str = "", body: Any = b"", *, method: str = "POST", path: str = "/"
) -> Request:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    where, _, query = path.partition("?")
    known = parse_qs(query, keep_blank_values=True)
    return Request(service, "eu-west-1", method, where, known, target, content)


@pytest.mark.parametrize(
    ("asked", "operation", "permissions"),
    [
        (
            request("dynamodb", "DynamoDB_20120810.GetItem", ITEM),
            "dynamodb:GetItem",
            [("dynamodb:GetItem", TABLE)],
        ),
        (
            request("dynamodb", "DynamoDB_20120810.GetItem", {"TableName": TABLE}),
            "dynamodb:GetItem",
            [("dynamodb:GetItem", TABLE)],
        ),
        (
            request("dynamodb", "DynamoDB_20120810.Query", {**ITEM, "IndexName": "by_line"}),
            "dynamodb:Query",
            [("dynamodb:Query", f"{TABLE}/index/by_line")],
        ),
        (
            request(
                "dynamodb",
                "DynamoDB_20120810.TransactWriteItems",
                {"TransactItems": [{"ConditionCheck": ITEM}, {"Put": ITEM}]},
            ),
            "dynamodb:TransactWriteItems",
            [("dynamodb:ConditionCheckItem", TABLE), ("dynamodb:PutItem", TABLE)],
        ),
        (
            request(
                "dynamodb", "DynamoDB_20120810.BatchWriteItem", {"RequestItems": {"parts": []}}
            ),
            "dynamodb:BatchWriteItem",
            [("dynamodb:BatchWriteItem", TABLE)],
        ),
        (
            request(
                "dynamodb",
                "DynamoDBStreams_20120810.GetRecords",
                {"ShardIterator": f"{TABLE}/stream/2026|1|x"},
            ),
            "dynamodb:GetRecords",
            [("dynamodb:GetRecords", f"{TABLE}/stream/2026")],
        ),
        (
            request("sns", "", b"Action=Publish&TopicArn=arn%3Aaws%3Asns%3Ax&Message=m"),
            "sns:Publish",
            [("sns:Publish", "arn:aws:sns:x")],
        ),
        (
            request("sqs", "AmazonSQS.SendMessage", {"QueueUrl": "http://127.0.0.1/1/parked"}),
            "sqs:SendMessage",
            [("sqs:SendMessage", f"arn:aws:sqs:{HERE}:parked")],
        ),
        (
            request("states", "AWSStepFunctions.StartExecution", {"stateMachineArn": "arn:x"}),
            "states:StartExecution",
            [("states:StartExecution", "arn:x")],
        ),
        (
            request("firehose", "Firehose_20150804.PutRecordBatch", {"DeliveryStreamName": "lake"}),
            "firehose:PutRecordBatch",
            [("firehose:PutRecordBatch", f"arn:aws:firehose:{HERE}:deliverystream/lake")],
        ),
        (
            request("athena", "AmazonAthena.StartQueryExecution", {"WorkGroup": "reports"}),
            "athena:StartQueryExecution",
            [("athena:StartQueryExecution", f"arn:aws:athena:{HERE}:workgroup/reports")],
        ),
        (
            request("glue", "AWSGlue.GetTable", {"DatabaseName": "lake", "Name": "rows"}),
            "glue:GetTable",
            [
                ("glue:GetTable", f"arn:aws:glue:{HERE}:catalog"),
                ("glue:GetTable", f"arn:aws:glue:{HERE}:database/lake"),
                ("glue:GetTable", f"arn:aws:glue:{HERE}:table/lake/rows"),
            ],
        ),
        (
            request("lambda", path="/2015-03-31/functions/job/invocations?Qualifier=live"),
            "lambda:Invoke",
            [("lambda:InvokeFunction", f"arn:aws:lambda:{HERE}:function:job:live")],
        ),
        (
            request("lambda", path="/2015-03-31/functions/arn:aws:lambda:x:job/invocations"),
            "lambda:Invoke",
            [("lambda:InvokeFunction", "arn:aws:lambda:x:job")],
        ),
        (
            request(
                "lambda",
                method="DELETE",
                path="/2019-09-30/functions/job/provisioned-concurrency?Qualifier=live",
            ),
            "lambda:DeleteProvisionedConcurrencyConfig",
            [
                (
                    "lambda:DeleteProvisionedConcurrencyConfig",
                    f"arn:aws:lambda:{HERE}:function:job:live",
                )
            ],
        ),
    ],
)
def test_a_call_of_a_service(
    asked: Request, operation: str, permissions: list[tuple[str, str]]
) -> None:
    assert asks(asked) == (operation, [Ask(*permission) for permission in permissions])


@pytest.mark.parametrize(
    ("method", "path", "operation", "permissions"),
    [
        ("GET", "/images/a/b.jpg", "GetObject", [("s3:GetObject", OBJECT)]),
        ("GET", "/images/a/b.jpg?versionId=1", "GetObject", [("s3:GetObjectVersion", OBJECT)]),
        ("HEAD", "/images/a/b.jpg", "HeadObject", [("s3:GetObject", OBJECT)]),
        ("PUT", "/images/a/b.jpg?X-Amz-Signature=1", "PutObject", [("s3:PutObject", OBJECT)]),
        ("DELETE", "/images/a/b.jpg", "DeleteObject", [("s3:DeleteObject", OBJECT)]),
        (
            "GET",
            "/images?list-type=2&prefix=a",
            "ListObjectsV2",
            [("s3:ListBucket", "arn:aws:s3:::images")],
        ),
        (
            "GET",
            "/images?location",
            "GetBucketLocation",
            [("s3:GetBucketLocation", "arn:aws:s3:::images")],
        ),
        ("GET", "/images?policy", "unknown", [("s3:unknown", "unknown")]),
        ("DELETE", "/images", "unknown", [("s3:unknown", "unknown")]),
    ],
)
def test_a_call_of_s3(
    method: str, path: str, operation: str, permissions: list[tuple[str, str]]
) -> None:
    found = asks(request("s3", method=method, path=path))
    assert found == (f"s3:{operation}", [Ask(*permission) for permission in permissions])


def test_deleting_many_objects_takes_a_permission_for_each() -> None:
    body = b"<Delete><Object><Key>a</Key></Object><Object><Key>b c</Key></Object></Delete>"
    _, found = asks(request("s3", body=body, path="/images?delete"))
    assert found == [Ask("s3:DeleteObject", f"arn:aws:s3:::images/{key}") for key in ("a", "b c")]


def test_a_copy_reads_its_source() -> None:
    put = request("s3", method="PUT", path="/images/a/b.jpg")
    _, found = asks(put._replace(copies="/parts/x%20y.jpg"))
    assert found == [
        Ask("s3:PutObject", OBJECT),
        Ask("s3:GetObject", "arn:aws:s3:::parts/x y.jpg"),
    ]


@pytest.mark.parametrize(
    "asked",
    [
        request("kms", "TrentService.Decrypt", {}),
        request("lambda", path="/2015-03-31/functions"),
        request("dynamodb", "DynamoDB_20120810.ListTables", {}),
    ],
)
def test_what_is_not_known_takes_a_permission_that_nobody_has(asked: Request) -> None:
    (ask,) = asks(asked)[1]
    assert ask.resource == "unknown"
