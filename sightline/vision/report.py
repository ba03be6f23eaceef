"""The training report for people: one HTML file with its pictures inside."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from sightline.vision.artifact import Detector
from sightline.vision.evaluation import Evaluation, Verdict
from sightline.vision.metrics import Labels, roc_curve
from sightline.vision.render import overlay

REPORT_FILE = "report.html"
_NORMAL, _ANOMALY = "#3b7dd8", "#d8433b"
_WORST = 8

_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Model {{ manifest.name }}</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; margin: 1rem 0 } td, th { padding: .25rem .8rem;
text-align: left; border-bottom: 1px solid #ddd } tr.chosen { font-weight: 600 }
figure { display: inline-block; margin: .5rem; width: 13rem; vertical-align: top }
figure img { width: 100% } figcaption { font-size: .8rem; overflow-wrap: anywhere }
.charts img { max-width: 49% }
</style>
<h1>Model {{ manifest.name }}</h1>
<p>{{ manifest.dataset.normal }} normal and {{ manifest.dataset.anomaly }} anomalous pictures,
input {{ manifest.input_width }} x {{ manifest.input_height }} pixels, threshold
{{ "%.4f"|format(manifest.threshold) }}, graph {{ manifest.sha256[:12] }}.</p>
<h2>What was tried</h2>
<table><tr><th>candidate<th>F1<th>AUROC<th>ms per image<th>MB</tr>
{% for row in candidates %}<tr{% if row.chosen %} class="chosen"{% endif %}>
<td>{{ row.name }}<td>{{ figure(row.f1) }}<td>{{ figure(row.auroc) }}
<td>{{ "%.1f"|format(row.ms_per_image) }}<td>{{ "%.1f"|format(row.megabytes) }}</tr>{% endfor %}
</table>
<p>F1 and AUROC are held out: no picture was scored by what was learned from it.</p>
<h2>{{ title }}</h2>
<div class="charts">{% for chart in charts %}<img alt="" src="{{ chart }}">{% endfor %}</div>
<table><tr><th><th>called normal<th>called anomalous</tr>
<tr><th>normal<td>{{ m.true_negatives }}<td>{{ m.false_positives }}</tr>
<tr><th>anomalous<td>{{ m.false_negatives }}<td>{{ m.true_positives }}</tr></table>
<p>Precision {{ figure(m.precision) }}, recall {{ figure(m.recall) }}, F1 {{ figure(m.f1) }}.</p>
<h2>Worst mistakes on the {{ manifest.evaluation.of }} pictures</h2>
{% for item in worst %}<figure><img alt="" src="{{ item.picture }}">
<figcaption>{{ item.label }}, called {{ item.called }} ({{ item.confidence }})<br>{{ item.path }}
</figcaption></figure>{% else %}<p>None.</p>{% endfor %}
{% if warnings %}<h2>Notes</h2>
<ul>{% for w in warnings %}<li>{{ w }}</li>{% endfor %}</ul>{% endif %}
</html>
"""


@dataclass(frozen=True)
class Scored:
    """Scores and labels behind the charts, with a title that says how they came about."""

    title: str
    scores: NDArray[np.float64]
    anomalous: Labels
    threshold: float
    metrics: Any


def write_report(
    out: Path,
    detector: Detector,
    evaluation: Evaluation,
    scored: Scored,
    candidates: Sequence[dict[str, Any]],
    warnings: Sequence[str],
) -> Path:
    """Write the report into the model's folder and return its path."""
    page = jinja2.Environment(autoescape=True).from_string(_PAGE)
    html = page.render(
        manifest=detector.manifest,
        candidates=candidates,
        title=scored.title,
        charts=[_histogram(scored), *_roc(scored)],
        m=scored.metrics,
        worst=[_mistake(detector, verdict) for verdict in worst_mistakes(evaluation)],
        warnings=warnings,
        figure=lambda value: "-" if value is None else f"{value:.3f}",
    )
    path = out / REPORT_FILE
    path.write_text(html, "utf-8")
    return path


def worst_mistakes(evaluation: Evaluation) -> list[Verdict]:
    """Wrong verdicts, the surest first."""
    wrong = [v for v in evaluation.verdicts if v.called != v.anomalous]
    return sorted(wrong, key=lambda v: -v.confidence)[:_WORST]


def _mistake(detector: Detector, verdict: Verdict) -> dict[str, str]:
    data = verdict.path.read_bytes()
    return {
        "picture": _embedded(overlay(data, detector.detect(data), side=320)),
        "label": "anomalous" if verdict.anomalous else "normal",
        "called": "anomalous" if verdict.called else "normal",
        "confidence": f"{verdict.confidence:.0%} sure",
        "path": str(Path(*verdict.path.parts[-3:])),
    }


def _histogram(scored: Scored) -> str:
    figure = Figure(figsize=(5, 3.4), layout="constrained")
    axes = figure.subplots()
    bins = np.histogram_bin_edges(scored.scores, 30)
    for kind, colour, label in ((False, _NORMAL, "normal"), (True, _ANOMALY, "anomalous")):
        chosen = scored.scores[scored.anomalous == kind]
        if len(chosen):
            axes.hist(chosen, bins.tolist(), color=colour, alpha=0.65, label=label)
    axes.axvline(scored.threshold, color="black", linestyle="--", label="threshold")
    axes.set(xlabel="image score", ylabel="pictures", title="Scores")
    axes.legend()
    return _drawn(figure)


def _roc(scored: Scored) -> list[str]:
    if scored.metrics.auroc is None:
        return []
    figure = Figure(figsize=(5, 3.4), layout="constrained")
    axes = figure.subplots()
    axes.plot(*roc_curve(scored.scores, scored.anomalous), color=_ANOMALY)
    axes.plot([0, 1], [0, 1], color="grey", linewidth=0.8, linestyle=":")
    title = f"ROC, area {scored.metrics.auroc:.3f}"
    axes.set(xlabel="false alarms", ylabel="anomalies found", title=title)
    return [_drawn(figure)]


def _drawn(figure: Figure) -> str:
    buffer = io.BytesIO()
    with mpl.rc_context({"svg.hashsalt": "sightline"}):
        figure.savefig(buffer, format="png", dpi=110, metadata={"Software": None})
    return _embedded(buffer.getvalue())


def _embedded(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")
