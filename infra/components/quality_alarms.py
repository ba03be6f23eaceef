"""Alarms on what our functions measure: defects, delays and silent cameras."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import ResourceOptions

from infra.components.alerts import Alerts
from infra.settings import StackSettings
from sightline.domain.metrics import EVERYTHING

Query = aws.cloudwatch.MetricAlarmMetricQueryArgsDict

_MINUTE = 60
# Cameras are looked at every five minutes: one period of ten sees at least one look.
_SILENCE_SECONDS = 600
# Models are looked at every minute while one runs.
_IDLENESS_SECONDS = 300


@dataclass(frozen=True)
class QualityAlarmsArgs:
    """Thresholds, and where alarms go."""

    settings: StackSettings
    alerts: Alerts


class QualityAlarms(pulumi.ComponentResource):
    """One alarm per question; a threshold of zero leaves its alarm out."""

    def __init__(
        self, name: str, args: QualityAlarmsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("sightline:alarms:QualityAlarms", name, None, opts)
        self._settings, self._alerts = args.settings, args.alerts
        self.alarms: list[aws.cloudwatch.MetricAlarm] = []
        self._window = args.settings.alarm_window_minutes * _MINUTE
        if args.settings.alarm_defects:
            self._defects()
        if args.settings.alarm_defect_percent:
            self._rates()
        if args.settings.alarm_defect_band:
            self._unusual_rate()
        if args.settings.alarm_latency_seconds:
            self._latency()
        if args.settings.silent_after_minutes:
            self._silence()
        if args.settings.control and args.settings.alarm_idle_minutes:
            self._idleness()
        self.register_outputs({})

    def _defects(self) -> None:
        limit, minutes = self._settings.alarm_defects, self._settings.alarm_window_minutes
        says = f"{limit} defects or more within {minutes} minutes: look at their pictures."
        self._alarm("defects", says, limit, self._sum("defects", "DetectedAnomalyCount"))

    def _rates(self) -> None:
        self._rate("defect-rate", "on all lines together", EVERYTHING)
        for watched in self._settings.alarm_lines:
            project, _, line = watched.partition("/")
            at = {"Project": project, "Line": line}
            self._rate(f"defect-rate-{project}-{line}", f"on {watched}", at)

    def _rate(self, name: str, where: str, at: Mapping[str, str]) -> None:
        """The share of defects, which counts as none while there are too few images to say."""
        settings = self._settings
        percent, least = settings.alarm_defect_percent, settings.alarm_min_images
        says = (
            f"{percent:g} % defects or more {where}, of {least} images or more within "
            f"{settings.alarm_window_minutes} minutes: stop and look."
        )
        rate = f"IF(images >= {least}, 100 * defects / images, 0)"
        self._alarm(name, says, percent, *self._counts(at), _expression("rate", rate))

    def _unusual_rate(self) -> None:
        says = (
            "The share of defects is higher than is usual at this time: the parts, the light or "
            "the camera changed."
        )
        band = f"ANOMALY_DETECTION_BAND(rate, {self._settings.alarm_defect_band:g})"
        rate = _expression("rate", "100 * defects / images")
        queries = [*self._counts(EVERYTHING), rate, _expression("band", band)]
        self._alarm("defect-rate-unusual", says, None, *queries, page="analytics")

    def _latency(self) -> None:
        limit = self._settings.alarm_latency_seconds
        says = (
            f"One image in a hundred takes {limit} s or more from the camera to its verdict. "
            "Cameras that catch up after an outage do this too."
        )
        query = _metric("latency", self._named("CaptureToRecord", self._window, "p99", EVERYTHING))
        self._alarm("latency", says, limit, query, page="analytics")

    def _silence(self) -> None:
        says = (
            f"A camera has sent nothing for {self._settings.silent_after_minutes} minutes while "
            "its neighbours have: look at its power, its network and its lens."
        )
        named = self._named("SilentCameraCount", _SILENCE_SECONDS, "Maximum", EVERYTHING)
        self._alarm("silent-cameras", says, 1, _metric("silent", named))

    def _idleness(self) -> None:
        minutes = self._settings.alarm_idle_minutes
        says = (
            f"A running model has been asked nothing for {minutes} minutes: stop it, or see why "
            "its cameras are silent. Running costs the same either way."
        )
        named = self._named("ModelIdleMinutes", _IDLENESS_SECONDS, "Maximum", EVERYTHING)
        self._alarm("idle-models", says, minutes, _metric("idle", named), page="models")

    def _counts(self, at: Mapping[str, str]) -> tuple[Query, Query]:
        return (
            self._sum("images", "ProcessedImageCount", at, shown=False),
            self._sum("defects", "DetectedAnomalyCount", at, shown=False),
        )

    def _sum(
        self, query: str, metric: str, at: Mapping[str, str] = EVERYTHING, *, shown: bool = True
    ) -> Query:
        return _metric(query, self._named(metric, self._window, "Sum", at), shown=shown)

    def _named(
        self, metric: str, seconds: int, statistic: str, at: Mapping[str, str]
    ) -> aws.cloudwatch.MetricAlarmMetricQueryMetricArgsDict:
        return {
            "namespace": self._settings.metrics_namespace,
            "metric_name": metric,
            "dimensions": at,
            "period": seconds,
            "stat": statistic,
        }

    def _alarm(
        self,
        name: str,
        says: str,
        threshold: float | None,
        *queries: Query,
        page: str = "lines",
    ) -> None:
        """An alarm on the last query; without a threshold that is a band, and the limit too.

        Who gets its mail finds more on a page of the admin site.
        """
        banded = threshold is None
        site = self._settings.site_url.rstrip("/")
        alarm = aws.cloudwatch.MetricAlarm(
            name,
            alarm_description=f"{says} See {site}/{page}.html",
            metric_queries=list(queries),
            evaluation_periods=1,
            threshold=threshold,
            threshold_metric_id=queries[-1]["id"] if banded else None,
            comparison_operator=(
                "GreaterThanUpperThreshold" if banded else "GreaterThanOrEqualToThreshold"
            ),
            treat_missing_data="notBreaching",
            actions_enabled=self._settings.alarm_actions,
            alarm_actions=[self._alerts.arn],
            ok_actions=[self._alerts.arn],
            opts=ResourceOptions(parent=self),
        )
        self.alarms.append(alarm)


def _metric(
    query: str, named: aws.cloudwatch.MetricAlarmMetricQueryMetricArgsDict, *, shown: bool = True
) -> Query:
    return {"id": query, "metric": named, "return_data": shown}


def _expression(query: str, expression: str) -> Query:
    return {"id": query, "expression": expression, "label": query, "return_data": True}
