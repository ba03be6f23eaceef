"""Every environment keeps every policy, and every policy notices what it is there for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from infra.policies import POLICIES, violations
from infra.policies.people import FEDERATION
from infra.policies.resource import of, statements
from infra.policies.workflows import slowest
from infra.wildcards import ELSEWHERE, UNSCOPED, WILDCARDS
from tests.infra.changes import REMOVED, Change, drop, elsewhere, grant, put, put_json, revoke
from tests.infra.conftest import EVERYTHING, settings_of
from tests.infra.recorder import Recording

ROLE, QUEUE_POLICY, MACHINE = "iam.RolePolicy", "sqs.QueuePolicy", "sfn.StateMachine"
FUNCTION, TARGET, TABLE = "lambda.Function", "cloudwatch.EventTarget", "dynamodb.Table"
DELIVERY, QUERIES = "kinesis.FirehoseDeliveryStream", "athena.Workgroup"
MAPPING = "lambda.EventSourceMapping"
DISTRIBUTION = "cloudfront.Distribution"
LIFECYCLE, ALARM = "s3.BucketLifecycleConfiguration", "cloudwatch.MetricAlarm"
ANYONE = {"Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::images/*"}
LAMBDA_AND_ROOT = {
    "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
    "Action": "sts:AssumeRole",
}
USERS_OBJECTS = "arn:aws:s3:::parts/*"
PARKED = "arn:aws:sqs:eu-west-1:123456789012:parked"
ANY_RULE = {
    "Principal": {"Service": "events.amazonaws.com"},
    "Action": "sqs:SendMessage",
    "Resource": PARKED,
}
NEVER_RETRIED = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 0}]
PATIENT = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 30, "MaxAttempts": 3}]

USERS, CLIENT, POOL = "cognito.UserPool", "cognito.UserPoolClient", "cognito.IdentityPool"
MAPPINGS = "cognito.IdentityPoolRoleAttachment"
ANY_POOL = {"Principal": {"Federated": FEDERATION}, "Action": "sts:AssumeRoleWithWebIdentity"}
API = "arn:aws:execute-api:eu-west-1:123456789012:*"
GREENGRASS = "arn:aws:greengrass:eu-west-1:123456789012"
IN_WHOEVER, ROLES_OF = "people_are_let_in_by_administrators", "people_get_the_role_of_their_group"

PEOPLE: list[tuple[str, Change]] = [
    (IN_WHOEVER, put(USERS, "adminCreateUserConfig.allowAdminCreateUserOnly", False)),
    (IN_WHOEVER, put(USERS, "passwordPolicy.minimumLength", 8)),
    (IN_WHOEVER, put(USERS, "passwordPolicy.requireSymbols", False)),
    (IN_WHOEVER, put(USERS, "mfaConfiguration", "OFF")),
    (IN_WHOEVER, put(CLIENT, "preventUserExistenceErrors", "LEGACY")),
    (IN_WHOEVER, put(CLIENT, "writeAttributes", REMOVED)),
    (ROLES_OF, put(POOL, "allowUnauthenticatedIdentities", True)),
    (ROLES_OF, put(POOL, "allowClassicFlow", REMOVED)),
    (ROLES_OF, put(POOL, "cognitoIdentityProviders.0.serverSideTokenCheck", False)),
    (ROLES_OF, put(MAPPINGS, "roleMappings.0.ambiguousRoleResolution", "AuthenticatedRole")),
    (ROLES_OF, put(MAPPINGS, "roleMappings", REMOVED)),
    ("roles_of_people_trust_one_pool", grant("iam.Role", "assumeRolePolicy", **ANY_POOL)),
]

SOURCE, SET, STACK = "quicksight.DataSource", "quicksight.DataSet", "cloudformation.Stack"
DASHBOARD = "Resources.Dashboard.Properties"
EVERYBODY = "arn:aws:quicksight:eu-west-1:123456789012:namespace/default"

QUICKSIGHT: list[tuple[str, Change]] = [
    ("quicksight_asks_as_its_role", put(SOURCE, "parameters.athena.roleArn", REMOVED)),
    ("quicksight_asks_as_its_role", put(SOURCE, "parameters.athena.workGroup", "primary")),
    ("quicksight_asks_as_its_role", put(SOURCE, "sslProperties.disableSsl", True)),
    (
        "quicksight_asks_as_its_role",
        put_json("iam.Role", "assumeRolePolicy", "Statement.0.Condition", {}),
    ),
    ("quicksight_is_shared_by_name", put(SET, "permissions", [])),
    ("quicksight_is_shared_by_name", put(SET, "permissions.0.principal", EVERYBODY)),
    (
        "quicksight_is_shared_by_name",
        put_json(STACK, "templateBody", "Resources.Dashboard.Type", "AWS::IAM::Role"),
    ),
    (
        "quicksight_is_shared_by_name",
        put_json(
            STACK, "templateBody", "Resources.*.Properties.LinkSharingConfiguration", {"a": 1}
        ),
    ),
    (
        "quicksight_is_shared_by_name",
        put_json(STACK, "templateBody", f"{DASHBOARD}.Permissions", [{"Principal": "*"}]),
    ),
]

SPOILT: list[tuple[str, Change]] = [
    ("buckets_are_private", drop("s3.BucketPublicAccessBlock")),
    ("buckets_are_private", put("s3.BucketPublicAccessBlock", "restrictPublicBuckets", False)),
    ("buckets_are_private", put("s3.Bucket", "acl", "public-read")),
    ("buckets_are_private", drop("s3.BucketOwnershipControls")),
    ("everything_demands_tls", drop("s3.BucketPolicy")),
    ("everything_demands_tls", drop("sns.TopicPolicy")),
    ("everything_demands_tls", put_json(QUEUE_POLICY, "policy", "Statement.0.Condition", {})),
    ("addresses_speak_modern_tls", put("apigateway.DomainName", "securityPolicy", "TLS_1_0")),
    (
        "addresses_speak_modern_tls",
        put(DISTRIBUTION, "viewerCertificate.minimumProtocolVersion", "TLSv1"),
    ),
    (
        "addresses_speak_modern_tls",
        put(DISTRIBUTION, "defaultCacheBehavior.viewerProtocolPolicy", "allow-all"),
    ),
    (
        "addresses_speak_modern_tls",
        put(DISTRIBUTION, "defaultCacheBehavior.responseHeadersPolicyId", REMOVED),
    ),
    ("nobody_is_everybody", grant("s3.BucketPolicy", **ANYONE)),
    ("nobody_is_everybody", grant(QUEUE_POLICY, **ANY_RULE)),
    ("roles_trust_one_service", grant("iam.Role", "assumeRolePolicy", **LAMBDA_AND_ROOT)),
    ("roles_name_their_actions", grant(ROLE, Action=["s3:*"], Resource=["arn:aws:s3:::x"])),
    ("roles_name_their_resources", grant(ROLE, Action=["sqs:SendMessage"], Resource="*")),
    ("roles_name_their_resources", grant(ROLE, Action=["s3:PutObject"], Resource=[USERS_OBJECTS])),
    (
        "roles_name_their_resources",
        grant(ROLE, Sid="ReadDatasetBuckets", Action=["s3:DeleteObject"], Resource=[USERS_OBJECTS]),
    ),
    ("roles_name_their_resources", grant(ROLE, Action=["s3:GetObject"], Resource=["arn:aws:s3*"])),
    (
        "roles_name_their_resources",
        grant(ROLE, Sid="TraceWithXRay", Action=["xray:PutTraceSegments", "s3:X"], Resource="*"),
    ),
    (
        "roles_name_their_resources",
        grant(ROLE, Action=["execute-api:Invoke"], Resource=[f"{API}/sightline-dev/GET/live"]),
    ),
    (
        "roles_name_their_resources",
        grant(ROLE, Action=["execute-api:Invoke"], Resource=[f"{API}/sightline-prod/*/live"]),
    ),
    (
        "roles_name_their_resources",
        grant(ROLE, Action=["greengrass:CreateDeployment"], Resource=[f"{GREENGRASS}:*"]),
    ),
    ("wildcards_are_listed", grant(ROLE, Action=["sqs:SendMessage"], Resource=[f"{PARKED}*"])),
    ("wildcards_are_listed", grant(ROLE, Action=["s3:GetObject"], Resource=["arn:aws:s3:::*/a"])),
    ("wildcards_are_listed", grant(ROLE, Action=["kms:Decrypt"], Resource="*")),
    ("wildcards_are_listed", grant(QUEUE_POLICY, Action=["sqs:SendMessage"], Resource="*")),
    *PEOPLE,
    *QUICKSIGHT,
    ("alarms_and_publishers_may_use_the_topic_key", drop("kms.Key")),
    (
        "alarms_and_publishers_may_use_the_topic_key",
        put("sns.Topic", "kmsMasterKeyId", "alias/aws/sns"),
    ),
    ("alarms_and_publishers_may_use_the_topic_key", put("kms.Key", "enableKeyRotation", False)),
    ("alarms_and_publishers_may_use_the_topic_key", revoke("kms.Key", "kms:Decrypt")),
    ("alarms_and_publishers_may_use_the_topic_key", revoke(ROLE, "kms:Decrypt")),
    ("everything_is_encrypted", drop("s3.BucketServerSideEncryptionConfiguration")),
    ("everything_is_encrypted", put(TABLE, "serverSideEncryption.enabled", False)),
    ("everything_is_encrypted", put("sqs.Queue", "sqsManagedSseEnabled", False)),
    ("everything_is_encrypted", put(DELIVERY, "serverSideEncryption", REMOVED)),
    ("buckets_keep_versions_and_clean_up", drop("s3.BucketVersioning")),
    (
        "buckets_keep_versions_and_clean_up",
        put(LIFECYCLE, "rules.0.noncurrentVersionExpiration", REMOVED),
    ),
    ("buckets_keep_versions_and_clean_up", put(LIFECYCLE, "rules.0.status", "Disabled")),
    ("buckets_keep_versions_and_clean_up", put(LIFECYCLE, "rules.0.expiration", REMOVED)),
    ("tables_are_recoverable", put(TABLE, "pointInTimeRecovery", REMOVED)),
    ("tables_are_recoverable", put(TABLE, "billingMode", "PROVISIONED")),
    ("queries_are_limited", put(QUERIES, "configuration.enforceWorkgroupConfiguration", False)),
    ("queries_are_limited", put(QUERIES, "configuration.bytesScannedCutoffPerQuery", REMOVED)),
    (
        "queries_are_limited",
        put(QUERIES, "configuration.resultConfiguration.encryptionConfiguration", REMOVED),
    ),
    ("queried_files_are_where_the_catalog_says", drop("glue.CatalogTable")),
    (
        "queried_files_are_where_the_catalog_says",
        put(DELIVERY, "extendedS3Configuration.prefix", "inspections/!{timestamp:yyyy}/"),
    ),
    (
        "queried_files_are_where_the_catalog_says",
        put(DELIVERY, "extendedS3Configuration.bucketArn", "arn:aws:s3:::another"),
    ),
    (
        "queried_files_are_where_the_catalog_says",
        put(DELIVERY, "extendedS3Configuration.errorOutputPrefix", "inspections/errors/"),
    ),
    (
        "grants_fit_into_their_roles",
        grant(
            ROLE, Action=["s3:GetObject"], Resource=[f"arn:aws:s3:::{n:060}/*" for n in range(150)]
        ),
    ),
    ("environments_fit_into_their_functions", put(FUNCTION, "environment.variables.A", "a" * 4096)),
    ("alarms_look_back_a_day_at_most", put(ALARM, "evaluationPeriods", 289)),
    ("logs_expire", put("cloudwatch.LogGroup", "retentionInDays", REMOVED)),
    ("logs_expire", put(FUNCTION, "loggingConfig", REMOVED)),
    ("functions_run_as_measured", put(FUNCTION, "runtime", "python3.12")),
    ("functions_run_as_measured", put(FUNCTION, "architectures", ["arm64"])),
    ("functions_run_as_measured", put(FUNCTION, "tracingConfig.mode", "PassThrough")),
    ("functions_change_with_their_code", drop("s3.BucketObjectv2")),
    ("functions_change_with_their_code", put(FUNCTION, "sourceCodeHash", REMOVED)),
    ("alarms_reach_the_topic", put(ALARM, "alarmActions", [])),
    ("alarms_reach_the_topic", put(ALARM, "treatMissingData", "missing")),
    ("alarms_reach_the_topic", put(ALARM, "alarmDescription", "")),
    ("streams_never_stand_still", put(MAPPING, "functionResponseTypes", REMOVED)),
    ("streams_never_stand_still", put(MAPPING, "bisectBatchOnFunctionError", False)),
    ("streams_never_stand_still", put(MAPPING, "maximumRetryAttempts", -1)),
    ("streams_never_stand_still", put(MAPPING, "maximumRecordAgeInSeconds", REMOVED)),
    ("streams_never_stand_still", put(MAPPING, "destinationConfig", REMOVED)),
    ("everything_is_tagged", put("providers.aws", "defaultTags", '{"tags": {"Project": "x"}}')),
    ("everything_is_tagged", elsewhere("s3.Bucket")),
    ("names_are_left_to_pulumi", put("s3.Bucket", "bucket", "images")),
    ("names_are_left_to_pulumi", put(FUNCTION, "name", "detect")),
    ("nothing_is_missing", put(FUNCTION, "environment.variables.SITE_URL", None)),
    ("nothing_is_missing", put_json(ROLE, "policy", "Statement.0.Resource", [None])),
    ("machines_log_and_trace", put(MACHINE, "loggingConfiguration.level", "OFF")),
    ("machines_log_and_trace", put(MACHINE, "loggingConfiguration.logDestination", "arn:x:*")),
    ("machines_log_and_trace", put(MACHINE, "tracingConfiguration.enabled", False)),
    ("failed_wake_ups_are_parked", drop("lambda.FunctionEventInvokeConfig")),
    (
        "failed_wake_ups_are_parked",
        put("lambda.FunctionEventInvokeConfig", "destinationConfig", REMOVED),
    ),
    ("undelivered_events_are_parked", put(TARGET, "deadLetterConfig", REMOVED)),
    ("undelivered_events_are_parked", put(TARGET, "retryPolicy", REMOVED)),
    ("undelivered_events_are_parked", put(TARGET, "roleArn", REMOVED)),
    ("undelivered_events_are_parked", drop(QUEUE_POLICY)),
    ("definitions_are_complete", put_json(MACHINE, "definition", "StartAt", "Detcet")),
    ("definitions_are_complete", put_json(MACHINE, "definition", "States.Park.Next", REMOVED)),
    ("definitions_are_complete", put_json(MACHINE, "definition", "States.Alone", {"Type": "Fail"})),
    ("definitions_are_complete", put_json(MACHINE, "definition", "Comment", "${detect}")),
    ("definitions_are_complete", put_json(MACHINE, "definition", "States.Failed.Type", "Fial")),
    ("failures_are_parked", put_json(MACHINE, "definition", "States.*.Catch", REMOVED)),
    ("failures_are_parked", put_json(MACHINE, "definition", "States.*.Retry", NEVER_RETRIED)),
    ("failures_are_parked", put_json(MACHINE, "definition", "States.*.TimeoutSeconds", REMOVED)),
    ("functions_end_before_their_tasks", put(FUNCTION, "timeout", 60)),
    ("functions_end_before_their_tasks", drop(FUNCTION)),
    ("express_executions_end_in_time", put_json(MACHINE, "definition", "States.*.Retry", PATIENT)),
]


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("stack", ["dev", "prod", "full"])
def test_policy_holds(policy: str, stack: str, request: pytest.FixtureRequest) -> None:
    recording: Recording = request.getfixturevalue(stack)
    assert list(POLICIES[policy](recording.resources)) == []


@pytest.mark.parametrize(
    ("policy", "spoil"), SPOILT, ids=[f"{n}-{policy}" for n, (policy, _) in enumerate(SPOILT)]
)
def test_policy_notices(policy: str, spoil: Change, full: Recording) -> None:
    assert list(POLICIES[policy](spoil(full.resources)))


def test_every_policy_is_seen_to_notice_something() -> None:
    assert {policy for policy, _ in SPOILT} == POLICIES.keys()


def test_the_longest_settings_are_not_too_long_for_aws(run: Callable[..., Recording]) -> None:
    longest = settings_of(
        "prod",
        **EVERYTHING
        | {
            "datasetBuckets": [f"{n:063}" for n in range(15)],
            "modelKeys": [f"arn:aws:kms:eu-west-1:123456789012:key/{n:036}" for n in range(15)],
            "alarmWindowMinutes": 1440,
        },
    )
    assert violations(run(longest).resources) == []


def test_violations_say_which_policy_they_break(prod: Recording) -> None:
    (first, *_) = violations(drop("s3.BucketVersioning")(prod.resources))
    assert first.startswith("buckets_keep_versions_and_clean_up: s3.Bucket ")
    assert violations(prod.resources) == []


def test_every_unscoped_grant_is_used_and_has_a_reason(full: Recording) -> None:
    used = {s.sid for policy in of(full.resources, ROLE) for s in statements(policy) if s.sid}
    assert used == UNSCOPED.keys() | ELSEWHERE.keys()
    reasons = [
        *(entry.reason for entry in UNSCOPED.values()),
        *(entry.reason for entry in ELSEWHERE.values()),
    ]
    assert all(reason.endswith(".") for reason in reasons)


@pytest.mark.parametrize("name", WILDCARDS)
def test_every_wildcard_is_used_and_has_a_reason(name: str, full: Recording) -> None:
    form = WILDCARDS[name]
    kinds = of(full.resources, *form.owners)
    allowed = [s for policy in kinds for s in statements(policy) if s.allows]
    assert any(form.admits(s.owner.type, r) for s in allowed for r in s.resources)
    assert form.reason.endswith(".")


def test_a_loop_of_states_takes_for_ever() -> None:
    states = {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "Next": "A"}}
    assert slowest(states, "A") == float("inf")
