"""CloudWatch: log groups and alarms."""

from __future__ import annotations

from sightline.local.credentials import ACCOUNT_ID
from sightline.local.provider.creation import REGISTRY, Created, Creation
from sightline.local.provider.values import pascal


@REGISTRY.creates("aws:cloudwatch/logGroup:LogGroup")
def log_group(new: Creation) -> Created:
    name, client = new.physical_name(), new.client("logs")
    new.without_meaning_here("tags")
    client.create_log_group(logGroupName=name)
    if days := new.take("retentionInDays"):
        client.put_retention_policy(logGroupName=name, retentionInDays=days)
    arn = f"arn:aws:logs:{new.region}:{ACCOUNT_ID}:log-group:{name}"
    return Created(name, {"name": name, "arn": arn})


@REGISTRY.creates("aws:cloudwatch/logResourcePolicy:LogResourcePolicy")
def log_resource_policy(new: Creation) -> Created:
    name = new.need("policyName")
    new.client("logs").put_resource_policy(
        policyName=name, policyDocument=new.need("policyDocument")
    )
    return Created(name)


@REGISTRY.creates("aws:cloudwatch/metricAlarm:MetricAlarm")
def metric_alarm(new: Creation) -> Created:
    name = new.physical_name()
    new.without_meaning_here("tags")
    dimensions = [
        {"Name": key, "Value": value} for key, value in sorted(new.take("dimensions", {}).items())
    ]
    new.client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        Dimensions=dimensions,
        **pascal(new.take_rest(), irregular={"okActions": "OKActions"}),
    )
    arn = f"arn:aws:cloudwatch:{new.region}:{ACCOUNT_ID}:alarm:{name}"
    return Created(name, {"name": name, "arn": arn})
