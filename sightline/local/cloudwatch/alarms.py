"""CloudWatch's alarms, evaluated: moto keeps them and never looks at them.

An alarm is looked at every second over the period that ends now, so it goes off as soon as its
threshold is reached, and is over when the period has passed.
"""

from __future__ import annotations

import json
import logging
import operator
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from moto.cloudwatch.models import cloudwatch_backends
from moto.sns.models import sns_backends

from sightline.local.cloudwatch.measurements import Measurements, metric, statistic
from sightline.local.cloudwatch.metric_math import Band, band, evaluate
from sightline.local.iam.credentials import ACCOUNT_ID
from sightline.local.iam.permissions import check_topic

logger = logging.getLogger(__name__)

_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
    "GreaterThanUpperThreshold": operator.gt,
    "LessThanLowerThreshold": operator.lt,
}
_EVERY_SECONDS = 1.0

Sample = Callable[[Measurements, float], None]
"""Puts what a service measures of itself, at a time."""


class Alarms:
    """Evaluates every alarm that the program declared, and tells the topics of its changes."""

    def __init__(self, measured: Measurements, samples: Iterable[Sample] = ()) -> None:
        self._measured = measured
        self._samples = list(samples)
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="alarms", daemon=True)

    def start(self) -> None:
        """Look every second, on a thread of its own."""
        self._thread.start()

    def close(self) -> None:
        """Look no more."""
        self._end.set()
        if self._thread.is_alive():
            self._thread.join()

    def tick(self, now: float) -> None:
        """Look at everything once, at `now` in seconds since 1970."""
        for sample in self._samples:
            sample(self._measured, now)
        for backend in list(cloudwatch_backends[ACCOUNT_ID].values()):
            for alarm in list(backend.alarms.values()):
                self._look_at(alarm, now)

    def _watch(self) -> None:
        while not self._end.wait(_EVERY_SECONDS):
            try:
                self.tick(time.time())
            except Exception:  # one alarm that cannot be evaluated must not end all others
                logger.exception("an alarm could not be evaluated")

    def _look_at(self, alarm: Any, now: float) -> None:
        value, limit = self._reading(alarm, now)
        known = value is not None and limit is not None
        breaching = known and _COMPARISONS[alarm.comparison_operator](value, limit)  # type: ignore[arg-type]
        state = "ALARM" if breaching else "OK"
        if state == alarm.state_value:
            return
        reason = (
            f"{value:g} against a threshold of {limit:g}" if known else "There are no data any more"
        )
        before = alarm.state_value
        alarm.update_state(reason, json.dumps({"value": value, "threshold": limit}), state)
        if alarm.actions_enabled:
            for topic in alarm.alarm_actions if breaching else alarm.ok_actions:
                _tell(topic, alarm, before, now)

    def _reading(self, alarm: Any, now: float) -> tuple[float | None, float | None]:
        """What an alarm compares: a value, and the threshold or the edge of its band."""
        if not alarm.metric_data_queries:
            at = metric(alarm.namespace, alarm.metric_name, _dimensions(alarm))
            values = self._measured.values(at, now - float(alarm.period), now)
            return statistic(values, alarm.extended_statistic or alarm.statistic), alarm.threshold
        queries = {query.id: query for query in alarm.metric_data_queries}

        def named(name: str, ago: int) -> float | None:
            return self._of_query(queries[name], named, now, ago)

        shown = [query for query in queries.values() if _is_true(query.return_data)]
        if alarm.threshold_metric_id:
            usual = band(queries[alarm.threshold_metric_id].expression, named)
            value = named(next(q.id for q in shown if q.id != alarm.threshold_metric_id), 0)
            return value, _edge(usual, alarm.comparison_operator)
        return named(shown[0].id, 0), alarm.threshold

    def _of_query(
        self, query: Any, named: Callable[[str, int], float | None], now: float, ago: int
    ) -> float | None:
        if query.expression:
            return evaluate(query.expression, named, ago)
        stat = query.metric_stat
        seconds = float(stat.period)
        at = metric(stat.metric.namespace, stat.metric.metric_name, _dimensions(stat.metric))
        until = now - ago * seconds
        return statistic(self._measured.values(at, until - seconds, until), stat.stat)


def _edge(usual: Band | None, comparison: str) -> float | None:
    if usual is None:
        return None
    return usual.lower if comparison == "LessThanLowerThreshold" else usual.upper


def _dimensions(measured: Any) -> dict[str, str]:
    return {dimension.name: dimension.value for dimension in measured.dimensions}


def _is_true(value: Any) -> bool:
    return str(value).lower() == "true"


def _tell(topic: str, alarm: Any, before: str, now: float) -> None:
    """Publish a change of state as CloudWatch does, if the topic and its key let it."""
    check_topic(ACCOUNT_ID, topic, "cloudwatch.amazonaws.com")
    region = topic.split(":")[3]
    at = datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds")
    message = {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.description,
        "AWSAccountId": ACCOUNT_ID,
        "NewStateValue": alarm.state_value,
        "NewStateReason": alarm.state_reason,
        "OldStateValue": before,
        "StateChangeTime": at.replace("+00:00", "+0000"),
        "Region": region,
        "AlarmArn": alarm.alarm_arn,
    }
    mail = (
        f"{alarm.description}\n\n"
        f"Alarm: {alarm.name}\n"
        f"State: {alarm.state_value} (was {before})\n"
        f"Why: {alarm.state_reason}\n"
        f"When: {at.replace('+00:00', 'Z')}\n"
    )
    sns_backends[ACCOUNT_ID][region].publish(
        json.dumps({"default": json.dumps(message), "email": mail}),
        arn=topic,
        subject=f'{alarm.state_value}: "{alarm.name}" in {region}',
        message_structure="json",
    )
