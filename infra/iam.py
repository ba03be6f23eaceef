"""Statements, policies and trust, and the one list of what may be granted on every resource."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

Statement = Mapping[str, Any]


@dataclass(frozen=True)
class Unscoped:
    """Actions that AWS only accepts on `*`, and why."""

    actions: tuple[str, ...]
    reason: str


# Every Allow on `*` in this program comes from here, and a test holds the program to it.
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

# What functions make while they run: service and beginning of the name. It may be granted although
# the program does not declare it.
MADE_AT_RUN_TIME = (
    ("greengrass", "components:"),
    ("sagemaker", "endpoint-config/sightline-"),
    ("sagemaker", "endpoint/sightline-"),
    ("sagemaker", "model/sightline-"),
)


def allow(actions: Sequence[str], resources: Sequence[pulumi.Input[str]]) -> Statement:
    """Grant actions on named resources."""
    return {"Effect": "Allow", "Action": list(actions), "Resource": list(resources)}


def allow_unscoped(sid: str) -> Statement:
    """Grant one of the `UNSCOPED` sets."""
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Action": list(UNSCOPED[sid].actions),
        "Resource": "*",
    }


def deny_without_tls(actions: str, resources: Sequence[pulumi.Input[str]]) -> Statement:
    """Refuse everybody who does not use TLS."""
    return {
        "Sid": "DenyWithoutTls",
        "Effect": "Deny",
        "Principal": "*",
        "Action": actions,
        "Resource": list(resources),
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def policy(*statements: Statement) -> pulumi.Output[str]:
    """A policy document as JSON text."""
    return pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trust(service: str) -> pulumi.Output[str]:
    """A trust policy for one AWS service."""
    return policy(
        {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    )
