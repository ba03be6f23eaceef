"""What is granted with a `*` in a resource, or on what is not ours, and why: nothing else is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Unscoped:
    """Actions that AWS only accepts on `*`, and why."""

    actions: tuple[str, ...]
    reason: str


# By the statement's id. `iam.allow_unscoped` makes the statements.
UNSCOPED: Mapping[str, Unscoped] = {
    "TraceWithXRay": Unscoped(
        (
            "xray:GetSamplingRules",
            "xray:GetSamplingTargets",
            "xray:PutTelemetryRecords",
            "xray:PutTraceSegments",
        ),
        "X-Ray has no resource type for traces.",
    ),
    "DeliverWorkflowLogs": Unscoped(
        (
            "logs:CreateLogDelivery",
            "logs:DeleteLogDelivery",
            "logs:DescribeLogGroups",
            "logs:DescribeResourcePolicies",
            "logs:GetLogDelivery",
            "logs:ListLogDeliveries",
            "logs:PutResourcePolicy",
            "logs:UpdateLogDelivery",
        ),
        "Log deliveries, through which Step Functions writes its logs, have no resource type.",
    ),
    "LookAroundInAthena": Unscoped(
        ("athena:ListDataCatalogs", "athena:ListEngineVersions", "athena:ListWorkGroups"),
        "Athena's lists have no resource type; QuickSight reads them when it connects.",
    ),
    "SeeToSubscriptions": Unscoped(
        ("sns:GetSubscriptionAttributes", "sns:Unsubscribe"),
        "SNS has no resource type for subscriptions; the service only names those of its topic.",
    ),
}


@dataclass(frozen=True)
class Elsewhere:
    """Actions on what a setting names and this program does not declare, and why."""

    actions: tuple[str, ...]
    form: str
    reason: str


_DATASETS = "The setting datasetBuckets names buckets of those who make datasets."
# By the statement's id. `iam.allow_elsewhere` makes the statements.
ELSEWHERE: Mapping[str, Elsewhere] = {
    "ListDatasetBuckets": Elsewhere(("s3:ListBucket",), r"arn:aws:s3:::[^*/]+", _DATASETS),
    "ReadDatasetBuckets": Elsewhere(
        ("s3:GetObject", "s3:GetObjectVersion"), r"arn:aws:s3:::[^*/]+/\*", _DATASETS
    ),
    "WriteDatasetBuckets": Elsewhere(("s3:PutObject",), r"arn:aws:s3:::[^*/]+/\*", _DATASETS),
    "ReadByModelKeys": Elsewhere(
        ("kms:Decrypt",),
        r"arn:aws:kms:[^*]+:key/[^*]+",
        "The setting modelKeys names keys of those who make models.",
    ),
    "WriteByModelKeys": Elsewhere(
        ("kms:Decrypt", "kms:GenerateDataKey"),
        r"arn:aws:kms:[^*]+:key/[^*]+",
        "The setting modelKeys names keys of those who make models.",
    ),
}


@dataclass(frozen=True)
class Wildcard:
    """A form of resource that has a `*` in it, and why.

    `owners` are the types of policies that may have it. What is made `at_run_time` may be granted
    although the program does not declare it.
    """

    form: str
    reason: str
    owners: tuple[str, ...] = ("iam.RolePolicy",)
    at_run_time: bool = False

    def admits(self, owner: str, resource: str) -> bool:
        """Whether a policy of this type may grant this."""
        return owner in self.owners and re.fullmatch(self.form, resource) is not None


WILDCARDS: Mapping[str, Wildcard] = {
    "objects": Wildcard(
        r"arn:aws:s3:::[^*/]+/([^*]+/)?\*",
        "Objects get their keys while the system runs. The bucket is named, and the folder where "
        "a function needs one only.",
        owners=("iam.RolePolicy", "s3.BucketPolicy"),
    ),
    "log streams": Wildcard(
        r"arn:aws:logs:[^*]+:log-group:[^*:]+:\*",
        "Lambda and Firehose name the streams of a group.",
    ),
    "logs of services": Wildcard(
        r"arn:aws:logs:[^*]+:log-group:/aws/lambda/sightline-[^*:]+-\*",
        "CloudFormation ends the names of a service's functions as it likes, and the groups are "
        "called like them.",
    ),
    "routes": Wildcard(
        r"arn:aws:execute-api:[^*]+:\*/sightline-[^*/]+/(DELETE|GET|PATCH|POST|PUT)/.+",
        "An API gets its id when its service is deployed, which is after this. Stage, method and "
        "route are named; a * in a route is its parameter.",
    ),
    "components": Wildcard(
        r"arn:aws:greengrass:[^*]+:components:\*",
        "Components for edge devices are named after projects, which people make.",
        at_run_time=True,
    ),
    "endpoints": Wildcard(
        r"arn:aws:sagemaker:[^*]+:(endpoint|endpoint-config|model)/sightline-[^*]+-\*",
        "Endpoints at SageMaker are made while models run. They begin like the stack.",
        at_run_time=True,
    ),
    "this key": Wildcard(r"\*", "In a key's policy, * is that key.", owners=("kms.Key",)),
}


def named_by_settings(sid: str, actions: Sequence[str], resource: str) -> bool:
    """Whether a statement grants just what is listed, on something of the form that is listed."""
    listed = ELSEWHERE.get(sid)
    if listed is None or set(actions) != set(listed.actions):
        return False
    return re.fullmatch(listed.form, resource) is not None


def made_at_run_time(resource: str) -> bool:
    """Whether something is made while the system runs, and not by the program."""
    return any(w.at_run_time and re.fullmatch(w.form, resource) for w in WILDCARDS.values())
