"""Metrics as CloudWatch embedded metric format: one JSON line on standard output."""

from __future__ import annotations

from collections.abc import Mapping

from aws_lambda_powertools.metrics import EphemeralMetrics


class EmfMetrics:
    """`Metrics` over EMF lines, which CloudWatch Logs turns into metrics without a call."""

    def __init__(self, namespace: str) -> None:
        self._namespace = namespace

    def emit(self, values: Mapping[str, tuple[float, str]], *dimensions: Mapping[str, str]) -> None:
        metrics = EphemeralMetrics(namespace=self._namespace)
        first, *others = dimensions
        for name, dimension in first.items():
            metrics.add_dimension(name=name, value=dimension)
        for other in others:
            metrics.add_dimensions(**other)
        for name, (value, unit) in values.items():
            metrics.add_metric(name=name, unit=unit, value=value)
        metrics.flush_metrics()
