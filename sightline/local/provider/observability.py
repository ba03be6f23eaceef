"""CloudWatch: log groups, alarms and dashboards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sightline.local.iam.credentials import ACCOUNT_ID
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


@REGISTRY.creates("aws:cloudwatch/logStream:LogStream")
def log_stream(new: Creation) -> Created:
    name, group = new.physical_name(), new.need("logGroupName")
    new.client("logs").create_log_stream(logGroupName=group, logStreamName=name)
    return Created(name, {"name": name})


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
    queries = [_query(query) for query in new.take("metricQueries", [])]
    at = new.take("dimensions")
    new.client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        **({"Metrics": queries} if queries else {"Dimensions": _dimensions(at or {})}),
        **pascal(new.take_rest(), irregular={"okActions": "OKActions"}),
    )
    arn = f"arn:aws:cloudwatch:{new.region}:{ACCOUNT_ID}:alarm:{name}"
    return Created(name, {"name": name, "arn": arn})


@REGISTRY.creates("aws:cloudwatch/dashboard:Dashboard")
def dashboard(new: Creation) -> Created:
    name = new.need("dashboardName")
    new.client("cloudwatch").put_dashboard(
        DashboardName=name, DashboardBody=new.need("dashboardBody")
    )
    arn = f"arn:aws:cloudwatch::{ACCOUNT_ID}:dashboard/{name}"
    return Created(name, {"dashboardArn": arn})


def _query(given: Mapping[str, Any]) -> dict[str, Any]:
    """A metric query: Pulumi has the metric and its statistic in one, CloudWatch in two."""
    query = pascal({key: value for key, value in given.items() if key != "metric"})
    if measured := given.get("metric"):
        query["MetricStat"] = {
            "Metric": {
                "Namespace": measured["namespace"],
                "MetricName": measured["metricName"],
                "Dimensions": _dimensions(measured.get("dimensions", {})),
            },
            "Period": measured["period"],
            "Stat": measured["stat"],
        }
    return dict(query)


def _dimensions(given: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in sorted(given.items())]
