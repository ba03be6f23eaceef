"""What AWS would refuse, because it is too long or too large."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from infra.policies.resource import Resource, of

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: white space is free.
ROLE_CHARACTERS = 10_240
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
ENVIRONMENT_BYTES = 4096
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
ALARM_SECONDS = 86_400


def grants_fit_into_their_roles(resources: Sequence[Resource]) -> Iterator[str]:
    """All policies of a role together are no longer than IAM takes."""
    lengths = Counter[str]()
    for policy in of(resources, "iam.RolePolicy"):
        lengths[policy.inputs["role"]] += len("".join(policy.inputs["policy"].split()))
    for role, length in lengths.items():
        if length > ROLE_CHARACTERS:
            yield f"the policies of {role} have {length} characters; IAM takes {ROLE_CHARACTERS}"


def environments_fit_into_their_functions(resources: Sequence[Resource]) -> Iterator[str]:
    """A function's environment is no larger than Lambda takes."""
    for function in of(resources, "lambda.Function"):
        variables = function.inputs.get("environment", {}).get("variables", {})
        size = sum(len(f"{name}{value}".encode()) for name, value in variables.items())
        if size > ENVIRONMENT_BYTES:
            yield f"{function} has {size} bytes of environment; Lambda takes {ENVIRONMENT_BYTES}"


def alarms_look_back_a_day_at_most(resources: Sequence[Resource]) -> Iterator[str]:
    """CloudWatch judges no more than the last day."""
    for alarm in of(resources, "cloudwatch.MetricAlarm"):
        metrics = [query.get("metric", {}) for query in alarm.inputs.get("metricQueries", [])]
        period = max(metric.get("period", 0) for metric in [alarm.inputs, *metrics])
        if period * alarm.inputs["evaluationPeriods"] > ALARM_SECONDS:
            yield f"{alarm} looks back more than a day"
