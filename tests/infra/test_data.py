"""Whatever holds data is protected in production, or is on a list that says why it may go."""

from __future__ import annotations

from dataclasses import replace

import pytest

from infra.policies.data import is_protected
from infra.policies.resource import of
from tests.infra.changes import put
from tests.infra.recorder import Recording, one

PROTECTED = {
    "cognito.UserPool people",
    "dynamodb.Table cameras",
    "dynamodb.Table control",
    "dynamodb.Table inspections",
    "dynamodb.Table models",
    "s3.Bucket images",
    "s3.Bucket lake",
    "s3.Bucket models",
}
MAY_GO = {
    "dynamodb.Table alerts": "who was told already; it expires within hours",
    "s3.Bucket artifacts": "packages, which `make package` makes again, to the last bit",
    "s3.Bucket query-results": "answers, which are worked out again from the lake",
    "s3.Bucket site": "the site's files, which `make deploy-site` uploads again",
    "sqs.Queue control-failures": "what failed; its jobs are in the table",
    "sqs.Queue daily-missed": "wake-ups that failed; the next one does the same work",
    "sqs.Queue parked": "which pictures to try again; the pictures are in their bucket",
    "sqs.Queue silence-missed": "wake-ups that failed; the next one does the same work",
    "sqs.Queue stream-failures": "changes that no row was made of; their items are in the table",
}
HOLDS_DATA = frozenset({"cognito.UserPool", "dynamodb.Table", "s3.Bucket", "sqs.Queue"})
# What can be made again from the program alone. Logs say what happened, and expire; Firehose holds
# the rows of some minutes, whose items are in the table; the key is of messages under way.
HOLDS_NONE = frozenset(
    {
        *("apigateway.DomainName", "athena.Workgroup", "cloudformation.Stack"),
        *("cloudfront.Distribution", "cloudfront.OriginAccessControl"),
        *("cloudfront.ResponseHeadersPolicy", "cloudwatch.Dashboard", "cloudwatch.EventRule"),
        *("cloudwatch.EventTarget", "cloudwatch.LogGroup", "cloudwatch.LogStream"),
        *("cloudwatch.MetricAlarm", "cognito.IdentityPool", "cognito.IdentityPoolRoleAttachment"),
        *("cognito.UserGroup", "cognito.UserPoolClient", "glue.CatalogDatabase"),
        *("glue.CatalogTable", "iam.Role", "iam.RolePolicy", "kinesis.FirehoseDeliveryStream"),
        *("kms.Key", "lambda.Alias", "lambda.EventSourceMapping", "lambda.Function"),
        *("lambda.FunctionEventInvokeConfig", "lambda.Permission", "providers.aws"),
        *("quicksight.DataSet", "quicksight.DataSource", "route53.Record"),
        *("s3.BucketCorsConfiguration", "s3.BucketLifecycleConfiguration"),
        *("s3.BucketNotification", "s3.BucketObjectv2", "s3.BucketOwnershipControls"),
        *("s3.BucketPolicy", "s3.BucketPublicAccessBlock"),
        *("s3.BucketServerSideEncryptionConfiguration", "s3.BucketVersioning"),
        *("sfn.StateMachine", "sns.Topic", "sns.TopicPolicy", "sns.TopicSubscription"),
        "sqs.QueuePolicy",
    }
)


def test_production_protects_all_data_but_what_may_go(full: Recording) -> None:
    holding = of(full.resources, *HOLDS_DATA)
    assert {str(r) for r in holding if is_protected(r)} == PROTECTED
    assert {str(r) for r in holding if not is_protected(r)} == MAY_GO.keys()


def test_every_type_is_known_to_hold_data_or_none(full: Recording) -> None:
    assert {r.type for r in full.resources if r.custom} == HOLDS_DATA | HOLDS_NONE


def test_development_can_be_deleted_with_all_that_is_in_it(dev: Recording) -> None:
    assert not [r for r in dev.resources if r.protect or r.retain_on_delete]
    assert all(r.inputs["forceDestroy"] for r in of(dev.resources, "s3.Bucket"))
    tables = of(dev.resources, "dynamodb.Table")
    assert not [table for table in tables if table.inputs["deletionProtectionEnabled"]]
    (pool,) = of(dev.resources, "cognito.UserPool")
    assert pool.inputs["deletionProtection"] == "INACTIVE"


@pytest.mark.parametrize(
    ("kind", "name", "path", "value"),
    [
        ("s3.Bucket", "images", "forceDestroy", True),
        ("dynamodb.Table", "cameras", "deletionProtectionEnabled", False),
        ("cognito.UserPool", "people", "deletionProtection", "INACTIVE"),
    ],
)
def test_protection_is_both_pulumis_and_awss(
    kind: str, name: str, path: str, value: object, prod: Recording
) -> None:
    resource = one(prod, kind, name)
    assert is_protected(resource)
    assert not is_protected(replace(resource, protect=False))
    assert not is_protected(replace(resource, retain_on_delete=False))
    assert not is_protected(put(kind, path, value)([resource])[0])
