"""Who may do what, in full: a new grant has to be written down here too."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from infra.policies.resource import of, statements
from sightline.domain.permissions import Group, allowed
from tests.infra.conftest import settings_of
from tests.infra.recorder import Recording

ALERTS_KEY = {("kms:Decrypt", "alerts"), ("kms:GenerateDataKey*", "alerts")}

READ_AND_WRITE_CONTROL = {
    (f"dynamodb:{action}", "control") for action in ("DeleteItem", "GetItem", "PutItem", "Query")
}
READ_MODELS = {
    ("s3:GetObject", "models/*"),
    ("s3:GetObjectVersion", "models/*"),
    ("s3:ListBucket", "models"),
}
CALL_CONTROL = {
    ("lambda:InvokeFunction", "sightline-prod-control-job"),
    ("lambda:InvokeFunction", "control-detect:control-detect"),
}
WAKE_CONTROL = ("events:EnableRule", "rule/sightline-prod-control-job")

INSPECTIONS_STREAM = "inspections/stream/2026-03-14T12:00:05.250"

PEOPLES_PAGES = {
    ("dynamodb:GetItem", "inspections"),
    ("dynamodb:UpdateItem", "inspections"),
    ("dynamodb:Query", "inspections/index/by_line"),
    ("dynamodb:Query", "inspections/index/by_camera"),
    ("dynamodb:Query", "inspections/index/to_review"),
    ("dynamodb:GetItem", "cameras"),
    ("dynamodb:PutItem", "cameras"),
    ("dynamodb:Scan", "cameras"),
    ("dynamodb:UpdateItem", "cameras"),
    ("dynamodb:GetItem", "models"),
    ("dynamodb:UpdateItem", "models"),
    ("s3:GetObject", "images/images/*"),
    ("s3:GetObjectVersion", "images/images/*"),
    ("s3:GetObject", "images/maps/*"),
    ("s3:ListBucket", "images"),
    ("s3:PutObject", "models/uploads/*"),
    ("sns:ListSubscriptionsByTopic", "alerts"),
    ("sns:Subscribe", "alerts"),
}

ASK_THE_LAKE = {
    *(
        (f"athena:{action}QueryExecution", "workgroup/queries")
        for action in ("Get", "Start", "Stop")
    ),
    ("athena:GetQueryResults", "workgroup/queries"),
    *(
        (f"glue:{action}", name)
        for action in ("GetDatabase", "GetPartitions", "GetTable")
        for name in ("catalog", "database/sightline_prod", "sightline_prod/inspections")
    ),
    ("s3:GetObject", "lake/inspections/*"),
    ("s3:ListBucket", "lake"),
    ("s3:GetBucketLocation", "lake"),
    ("s3:GetObject", "query-results/results/*"),
    ("s3:PutObject", "query-results/results/*"),
    ("s3:AbortMultipartUpload", "query-results/results/*"),
    ("s3:ListMultipartUploadParts", "query-results/results/*"),
    ("s3:ListBucket", "query-results"),
    ("s3:GetBucketLocation", "query-results"),
    ("s3:ListBucketMultipartUploads", "query-results"),
}

GRANTS: dict[str, set[tuple[str, str]]] = {
    "detect": {
        ("s3:GetObject", "images/images/*"),
        ("s3:GetObjectVersion", "images/images/*"),
        ("s3:PutObject", "images/maps/*"),
        ("s3:ListBucket", "images"),
        ("s3:GetObject", "models/*"),
        ("s3:ListBucket", "models"),
        ("dynamodb:GetItem", "cameras"),
        ("dynamodb:GetItem", "inspections"),
        ("dynamodb:GetItem", "models"),
    },
    "record": {("dynamodb:GetItem", "inspections"), ("dynamodb:UpdateItem", "inspections")},
    "notify": {
        ("dynamodb:ConditionCheckItem", "alerts"),
        ("dynamodb:DeleteItem", "alerts"),
        ("dynamodb:GetItem", "alerts"),
        ("dynamodb:PutItem", "alerts"),
        ("dynamodb:UpdateItem", "alerts"),
        ("sns:Publish", "alerts"),
        ("states:StartExecution", "digest-workflow"),
        *ALERTS_KEY,
    },
    "digest": {
        ("dynamodb:GetItem", "alerts"),
        ("dynamodb:PutItem", "alerts"),
        ("dynamodb:Query", "alerts"),
        ("sns:Publish", "alerts"),
        *ALERTS_KEY,
    },
    "ingest": {
        ("dynamodb:GetItem", "cameras"),
        ("dynamodb:UpdateItem", "cameras"),
        ("dynamodb:GetItem", "inspections"),
        ("dynamodb:PutItem", "inspections"),
        ("s3:PutObject", "images/images/*"),
    },
    "control": {
        *READ_AND_WRITE_CONTROL,
        *READ_MODELS,
        *CALL_CONTROL,
        WAKE_CONTROL,
        ("dynamodb:ConditionCheckItem", "control"),
        ("s3:DeleteObject", "models/entries/*"),
        ("s3:PutObject", "models/entries/*"),
        *PEOPLES_PAGES,
        ("cognito-idp:ListUsers", "userpool/people"),
    },
    "control-job": {
        *READ_AND_WRITE_CONTROL,
        *READ_MODELS,
        *CALL_CONTROL,
        WAKE_CONTROL,
        ("events:DisableRule", "rule/sightline-prod-control-job"),
        ("dynamodb:Scan", "cameras"),
        ("dynamodb:GetItem", "models"),
        ("dynamodb:PutItem", "models"),
        ("lambda:DeleteProvisionedConcurrencyConfig", "control-detect:control-detect"),
        ("lambda:GetProvisionedConcurrencyConfig", "control-detect:control-detect"),
        ("lambda:PutProvisionedConcurrencyConfig", "control-detect:control-detect"),
        ("lambda:DeleteFunctionConcurrency", "control-detect"),
        ("lambda:GetFunctionConcurrency", "control-detect"),
        ("lambda:PutFunctionConcurrency", "control-detect"),
        ("greengrass:CreateComponentVersion", "components:*"),
        ("s3:DeleteObject", "models/*"),
        ("s3:PutObject", "models/*"),
        ("s3:GetObject", "images/images/*"),
        ("s3:GetObjectVersion", "images/images/*"),
        ("s3:ListBucket", "images"),
        ("sqs:SendMessage", "control-failures"),
    },
    "control-detect": {
        *READ_MODELS,
        ("s3:GetObject", "images/images/*"),
        ("s3:GetObjectVersion", "images/images/*"),
        ("s3:ListBucket", "images"),
    },
    "silence": {("dynamodb:Scan", "cameras"), ("sqs:SendMessage", "silence-missed")},
    "daily": {
        ("sqs:SendMessage", "daily-missed"),
        *ASK_THE_LAKE,
        ("dynamodb:GetItem", "alerts"),
        ("dynamodb:PutItem", "alerts"),
        ("sns:Publish", "alerts"),
        *ALERTS_KEY,
    },
    "stream": {
        ("dynamodb:DescribeStream", INSPECTIONS_STREAM),
        ("dynamodb:GetRecords", INSPECTIONS_STREAM),
        ("dynamodb:GetShardIterator", INSPECTIONS_STREAM),
        ("dynamodb:ListStreams", INSPECTIONS_STREAM),
        ("dynamodb:GetItem", "cameras"),
        ("firehose:PutRecordBatch", "lake"),
        ("sqs:SendMessage", "stream-failures"),
    },
    "analytics": {
        *ASK_THE_LAKE,
        ("dynamodb:Scan", "cameras"),
        ("dynamodb:Query", "inspections/index/by_line"),
    },
    "lake": {
        ("s3:AbortMultipartUpload", "lake/inspections/*"),
        ("s3:AbortMultipartUpload", "lake/errors/*"),
        ("s3:GetObject", "lake/inspections/*"),
        ("s3:GetObject", "lake/errors/*"),
        ("s3:PutObject", "lake/inspections/*"),
        ("s3:PutObject", "lake/errors/*"),
        ("s3:GetBucketLocation", "lake"),
        ("s3:ListBucket", "lake"),
        ("s3:ListBucketMultipartUploads", "lake"),
        *(
            (f"glue:{action}", name)
            for action in ("GetTable", "GetTableVersion", "GetTableVersions")
            for name in ("catalog", "database/sightline_prod", "sightline_prod/inspections")
        ),
    },
    "inspection-workflow": {
        ("lambda:InvokeFunction", "detect"),
        ("lambda:InvokeFunction", "record"),
        ("lambda:InvokeFunction", "notify"),
        ("sqs:SendMessage", "parked"),
    },
    "digest-workflow": {("lambda:InvokeFunction", "digest"), ("sqs:SendMessage", "parked")},
    "uploads": {("states:StartExecution", "inspection-workflow")},
    **{
        f"people-{group}": {
            ("execute-api:Invoke", f"*/sightline-prod/{route}") for route in allowed(group)
        }
        for group in Group
    },
}


def granted(recording: Recording, role: str) -> set[tuple[str, str]]:
    """What a role may do by name, leaving aside that everything writes its own logs."""
    (policy,) = [p for p in of(recording.resources, "iam.RolePolicy") if p.name == role]
    own_logs = {"logs:CreateLogStream", "logs:PutLogEvents"}
    return {
        (action, short(name))
        for statement in statements(policy)
        for action in statement.actions
        for name in statement.resources
        if name != "*" and action not in own_logs
    }


def short(arn: str) -> str:
    """The end of an ARN, without the suffix that Pulumi gives to names."""
    end = arn.split(":", 5)[5].removeprefix("log-group:").removeprefix("function:")
    for kind in ("table/", "key/", "stateMachine:", "deliverystream/"):
        end = end.removeprefix(kind)
    return end.replace("-0a1b2c3", "")


def test_every_role_is_listed(prod: Recording) -> None:
    granted_nothing = {"people-nobody"}
    assert {role.name for role in of(prod.resources, "iam.Role")} == GRANTS.keys() | granted_nothing


@pytest.mark.parametrize("role", GRANTS)
def test_a_role_may_do_exactly_this(role: str, prod: Recording) -> None:
    assert granted(prod, role) == GRANTS[role]


@pytest.mark.parametrize("role", ["detect", "record", "notify", "digest", "stream", "control-job"])
def test_a_function_writes_to_its_own_log_group_only(role: str, prod: Recording) -> None:
    (policy,) = [p for p in of(prod.resources, "iam.RolePolicy") if p.name == role]
    logs = [s.resources for s in statements(policy) if "logs:PutLogEvents" in s.actions]
    (group,) = [g for g in of(prod.resources, "cloudwatch.LogGroup") if g.name == role]
    assert logs == [[f"{group.arn}:*"]]


def test_control_reaches_the_buckets_that_users_name_and_no_others(
    run: Callable[..., Recording],
) -> None:
    named = run(settings_of("prod", control=True, datasetBuckets=["parts"]))
    added = {role: granted(named, role) - GRANTS[role] for role in GRANTS}
    reading = {
        ("s3:GetObject", "parts/*"),
        ("s3:GetObjectVersion", "parts/*"),
        ("s3:ListBucket", "parts"),
    }
    assert {role: grants for role, grants in added.items() if grants} == {
        "control": reading,
        "control-detect": reading,
        "control-job": {*reading, ("s3:PutObject", "parts/*")},
    }


def test_models_are_encrypted_with_the_keys_that_are_listed_and_no_others(
    run: Callable[..., Recording],
) -> None:
    key = "arn:aws:kms:eu-west-1:123456789012:key/1a2b"
    listed = run(settings_of("prod", modelKeys=[key]))
    added = {role: granted(listed, role) - GRANTS[role] for role in GRANTS}
    reading, writing = ("kms:Decrypt", "1a2b"), ("kms:GenerateDataKey", "1a2b")
    assert {role: grants for role, grants in added.items() if grants} == {
        "control": {reading},
        "control-job": {reading, writing},
        "control-detect": {reading},
        "detect": {reading},
    }
    for role in ("control", "control-job", "control-detect", "detect"):
        (policy,) = [p for p in of(listed.resources, "iam.RolePolicy") if p.name == role]
        (conditions,) = [
            statement.condition for statement in statements(policy) if key in statement.resources
        ]
        assert conditions == {"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}


def test_endpoints_are_hosted_and_asked_only_where_they_are_switched_on(
    run: Callable[..., Recording],
) -> None:
    switched = run(settings_of("prod", control=True, sagemakerHost=True))
    added = {role: granted(switched, role) - GRANTS[role] for role in GRANTS}
    asking = {("sagemaker:InvokeEndpoint", "endpoint/sightline-prod-*")}
    hosting = {
        (f"sagemaker:{verb}{kind}", f"{name}/sightline-prod-*")
        for kind, name in (
            ("Endpoint", "endpoint"),
            ("EndpointConfig", "endpoint-config"),
            ("Model", "model"),
        )
        for verb in ("Create", "Delete")
    } | {
        ("sagemaker:CreateEndpoint", "endpoint-config/sightline-prod-*"),
        ("sagemaker:DescribeEndpoint", "endpoint/sightline-prod-*"),
    }
    assert {role: grants for role, grants in added.items() if grants} == {
        "control": asking,
        "control-job": {*asking, *hosting, ("iam:PassRole", "role/endpoints")},
    }
    (admission,) = [p for p in of(switched.resources, "iam.RolePolicy") if p.name == "endpoints"]
    assert [s.actions for s in statements(admission)] == [["sagemaker:InvokeEndpoint"]]
