"""What a run on the local stack would be billed for on AWS: invocations, requests, bytes.

Requests are those that a role made, counted where its permissions are checked; so the cameras, the
console and the emulator itself are not among them.
"""

from __future__ import annotations

import json
import re
import statistics
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from sightline.domain.images import MAPS_PREFIX
from sightline.local.iam import permissions
from sightline.local.program import ROOT
from sightline.local.stack import SERVICES, LocalStack

_SUFFIX = re.compile(r"-[0-9a-f]{7}$")
# CloudWatch Logs counts every event's bytes and this many more, as its PutLogEvents says.
_EVENT_OVERHEAD = 26
_INDEX_KEYS = ("line_day", "camera_day", "review")


@dataclass(frozen=True)
class Footprint:
    """Counts by a function's plain name (`detect`); those of requests by its operation, too."""

    invocations: Counter[str] = field(default_factory=Counter)
    requests: Counter[tuple[str, str]] = field(default_factory=Counter)
    log_bytes: Counter[str] = field(default_factory=Counter)
    memory_mb: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, stack: LocalStack) -> Self:
        """All that was used since the stack came up."""
        figures = stack.pool.figures
        invocations = Counter(
            {plain(name): len(figures.of(name).durations) for name in figures.names()}
        )
        requests: Counter[tuple[str, str]] = Counter()
        for call, count in permissions.calls().items():
            # One operation on one resource may take several permissions, such as a topic's key.
            if call.action.partition(":")[0] == call.operation.partition(":")[0]:
                requests[plain(call.role.rpartition("/")[2]), call.operation] += count
        functions = stack.client("lambda").list_functions()["Functions"]
        return cls(
            invocations,
            requests,
            _log_bytes(stack),
            {plain(f["FunctionName"]): f["MemorySize"] for f in functions} | _services(),
        )

    def since(self, before: Footprint) -> Footprint:
        """What was used after `before`."""
        return Footprint(
            self.invocations - before.invocations,
            self.requests - before.requests,
            self.log_bytes - before.log_bytes,
            self.memory_mb,
        )

    def requests_of(self, label: str) -> dict[str, float]:
        """Requests per invocation, by operation."""
        count = self.invocations[label]
        return {
            operation: round(made / count, 4)
            for (role, operation), made in sorted(self.requests.items())
            if role == label
        }

    def log_bytes_of(self, label: str) -> int:
        """Bytes that an invocation writes to its log, as CloudWatch counts them."""
        return round(self.log_bytes[label] / self.invocations[label])


def _services() -> dict[str, int]:
    """The memory of the services' functions, which are deployed apart."""
    found = {}
    for name in SERVICES:
        config = json.loads((ROOT / "services" / name / ".chalice" / "config.json").read_text())
        found[name] = config["lambda_memory_size"]
        for function, own in config.get("lambda_functions", {}).items():
            found[f"{name}-{function}"] = own.get("lambda_memory_size", found[name])
    return found


def plain(name: str) -> str:
    """`detect-74dc45f` as `detect`, and a service's function as its service."""
    return _SUFFIX.sub("", name).removeprefix("sightline-").removeprefix("local-")


def stored_per_picture(stack: LocalStack, pictures: int) -> dict[str, float]:
    """Bytes and index entries that a picture leaves behind, and what there is besides."""
    maps = [size for key, size in _objects(stack) if key.startswith(MAPS_PREFIX)]
    items = list(_items(stack))
    alarms = stack.client("cloudwatch").describe_alarms()["MetricAlarms"]
    return {
        "maps_per_picture": round(len(maps) / pictures, 3),
        "map_bytes": round(statistics.mean(maps)) if maps else 0,
        "inspection_bytes": round(statistics.mean(map(item_bytes, items))),
        "inspection_indexes": round(
            statistics.mean(sum(key in item for key in _INDEX_KEYS) for item in items), 2
        ),
        **_metrics(stack),
        "alarms": len(alarms),
        "dashboards": len(stack.client("cloudwatch").list_dashboards()["DashboardEntries"]),
    }


def item_bytes(item: Mapping[str, Any]) -> int:
    """An item's size as DynamoDB counts it.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def _value_bytes(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    if kind == "S":
        return len(content.encode())
    if kind == "N":
        return (len(content.strip("-0.").replace(".", "")) + 1) // 2 + 1
    if kind == "M":
        return 3 + sum(len(n.encode()) + _value_bytes(v) + 1 for n, v in content.items())
    if kind == "L":
        return 3 + sum(_value_bytes(member) + 1 for member in content)
    return 1


def _items(stack: LocalStack) -> Iterator[dict[str, Any]]:
    pages = stack.client("dynamodb").get_paginator("scan")
    for page in pages.paginate(TableName=stack.outputs["inspectionsTable"]):
        yield from (item for item in page["Items"] if "verdict" in item)


def _objects(stack: LocalStack) -> Iterator[tuple[str, int]]:
    pages = stack.client("s3").get_paginator("list_objects_v2")
    for page in pages.paginate(Bucket=stack.outputs["imagesBucket"]):
        yield from ((found["Key"], found["Size"]) for found in page.get("Contents", []))


def _log_bytes(stack: LocalStack) -> Counter[str]:
    found: Counter[str] = Counter()
    for group, message in _log_lines(stack):
        found[group.rpartition("/")[2].removeprefix("sightline-local-")] += (
            len(message.encode()) + _EVENT_OVERHEAD
        )
    return found


def _metrics(stack: LocalStack) -> dict[str, float]:
    """A metric's name with the values of its dimensions is one that is billed."""
    found: set[tuple[str, ...]] = set()
    for _, message in _log_lines(stack):
        if '"_aws"' in message:
            line = json.loads(message)
            for directive in line["_aws"]["CloudWatchMetrics"]:
                for dimensions in directive["Dimensions"]:
                    values = tuple(f"{name}={line[name]}" for name in dimensions)
                    found |= {(m["Name"], *values) for m in directive["Metrics"]}
    of_lines = [metric for metric in found if any(part.startswith("Line=") for part in metric)]
    lines = {part for metric in of_lines for part in metric if part.startswith("Line=")}
    return {
        "metrics_per_line": len(of_lines) / max(len(lines), 1),
        "metrics_besides": len(found) - len(of_lines),
    }


def _log_lines(stack: LocalStack) -> Iterator[tuple[str, str]]:
    logs = stack.client("logs")
    for page in logs.get_paginator("describe_log_groups").paginate():
        for group in page["logGroups"]:
            name = group["logGroupName"]
            for events in logs.get_paginator("filter_log_events").paginate(logGroupName=name):
                yield from ((name, event["message"]) for event in events["events"])
