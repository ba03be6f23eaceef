"""How it is run: logs, functions, alarms, tags, names."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from infra.policies.resource import Resource, of

REQUIRED_TAGS = frozenset({"Project", "Environment"})

# Names that are inputs, because something else must know them in advance.
_NAMED = frozenset(
    {
        "route53.Record",  # the domain itself
        "cloudwatch.LogGroup",
        "cognito.UserGroup",
        "cloudwatch.LogStream",
        "glue.CatalogDatabase",  # SQL names it, and knows no hyphens
        "glue.CatalogTable",
        "quicksight.DataSet",  # a title; its id is another input
        "quicksight.DataSource",
    }
)
_NAME_INPUTS = frozenset({"name", "bucketName"})


def logs_expire(resources: Sequence[Resource]) -> Iterator[str]:
    """Every log group has a retention, and every function writes to one of them."""
    groups = of(resources, "cloudwatch.LogGroup")
    for group in groups:
        if not group.inputs.get("retentionInDays"):
            yield f"{group} keeps logs for ever"
    names = {group.inputs.get("name") for group in groups}
    for function in of(resources, "lambda.Function"):
        if function.inputs.get("loggingConfig", {}).get("logGroup") not in names:
            yield f"{function} writes to a log group that nobody declared"


def functions_run_as_measured(resources: Sequence[Resource]) -> Iterator[str]:
    """One runtime, one architecture (the one whose wheels are tested), and traces."""
    for function in of(resources, "lambda.Function"):
        if function.inputs.get("runtime") != "python3.13":
            yield f"{function} runs on {function.inputs.get('runtime')}"
        if function.inputs.get("architectures") != ["x86_64"]:
            yield f"{function} is built for {function.inputs.get('architectures')}"
        if function.inputs.get("tracingConfig", {}).get("mode") != "Active":
            yield f"{function} is not traced"


def functions_change_with_their_code(resources: Sequence[Resource]) -> Iterator[str]:
    """Code comes from an uploaded object of this program, together with its hash."""
    uploaded = {
        (stored.inputs["bucket"], stored.inputs["key"])
        for stored in of(resources, "s3.BucketObjectv2")
    }
    for function in of(resources, "lambda.Function"):
        if (function.inputs.get("s3Bucket"), function.inputs.get("s3Key")) not in uploaded:
            yield f"{function} has code that this program did not upload"
        if not function.inputs.get("sourceCodeHash"):
            yield f"{function} would not notice that its code changed"


def alarms_reach_the_topic(resources: Sequence[Resource]) -> Iterator[str]:
    """Alarms tell the topic, say what to do, and are quiet while there is nothing to measure."""
    topics = {topic.arn for topic in of(resources, "sns.Topic")}
    for alarm in of(resources, "cloudwatch.MetricAlarm"):
        if not set(alarm.inputs.get("alarmActions", [])) & topics:
            yield f"{alarm} tells nobody"
        if not alarm.inputs.get("alarmDescription"):
            yield f"{alarm} does not say what it means"
        if alarm.inputs.get("treatMissingData") != "notBreaching":
            yield f"{alarm} does not stay quiet while the line stands still"


def streams_never_stand_still(resources: Sequence[Resource]) -> Iterator[str]:
    """What reads a stream names the records that failed, gives up in the end, and keeps them."""
    queues = {queue.arn for queue in of(resources, "sqs.Queue")}
    for mapping in of(resources, "lambda.EventSourceMapping"):
        inputs = mapping.inputs
        if inputs.get("functionResponseTypes") != ["ReportBatchItemFailures"]:
            yield f"{mapping} repeats whole batches"
        if not inputs.get("bisectBatchOnFunctionError"):
            yield f"{mapping} does not look for the record that fails"
        for limit in ("maximumRetryAttempts", "maximumRecordAgeInSeconds"):
            if inputs.get(limit, -1) < 0:
                yield f"{mapping} has no {limit}"
        destination = inputs.get("destinationConfig", {}).get("onFailure", {})
        if destination.get("destinationArn") not in queues:
            yield f"{mapping} drops what it gives up"


def everything_is_tagged(resources: Sequence[Resource]) -> Iterator[str]:
    """Every resource comes from a provider that tags it."""
    tagging = set()
    for provider in of(resources, "providers.aws"):
        tags = _decoded(provider.inputs.get("defaultTags", {})).get("tags", {})
        if set(tags) >= REQUIRED_TAGS and all(tags.values()):
            tagging.add(provider.id)
    for resource in resources:
        own = resource.custom and resource.type != "providers.aws"
        if own and resource.provider.rpartition("::")[2] not in tagging:
            yield f"{resource} is not tagged"


def names_are_left_to_pulumi(resources: Sequence[Resource]) -> Iterator[str]:
    """Fixed names forbid two stacks in an account, and replacement before deletion."""
    functions = of(resources, "lambda.Function")
    for resource in resources:
        if resource.custom and resource.type not in _NAMED:
            fixed = set(_NAME_INPUTS & resource.inputs.keys())
            if resource.type == "s3.Bucket" and "bucket" in resource.inputs:
                fixed.add("bucket")
            if resource.type == "lambda.Function" and _is_told(resource, resource):
                fixed.discard("name")
            if resource.type == "cloudwatch.EventRule" and any(
                _is_told(function, resource) for function in functions
            ):
                fixed.discard("name")
            if fixed:
                yield f"{resource} has a fixed {', '.join(sorted(fixed))}"


def _is_told(function: Resource, named: Resource) -> bool:
    """Whether a function is told a name, its own or that of what wakes it.

    That must then be known before the function exists.
    """
    variables = function.inputs.get("environment", {}).get("variables", {})
    return named.inputs.get("name") in variables.values()


def nothing_is_missing(resources: Sequence[Resource]) -> Iterator[str]:
    """No input is null: neither in itself, nor inside of JSON text."""
    for resource in resources:
        for path in _nulls(resource.inputs, ""):
            yield f"{resource} has null at {path}"


def _nulls(value: Any, path: str) -> Iterator[str]:
    value = _decoded(value)
    if value is None:
        yield path
    elif isinstance(value, dict):
        for key, item in value.items():
            # The one null that means something: a state that adds nothing to its input.
            if key != "ResultPath":
                yield from _nulls(item, f"{path}.{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _nulls(item, f"{path}[{index}]")


def _decoded(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in {"{", "["}:
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value
