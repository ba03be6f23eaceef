"""Training: from a folder of pictures to a model that says what it is worth."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sightline.domain.confidence import confidence
from sightline.domain.errors import InvalidError
from sightline.vision import dataset, intake
from sightline.vision.artifact import MANIFEST_FILE, MODEL_FILE, Detector, Manifest, sha256_of
from sightline.vision.candidates import Fitted, first_unless_beaten, fit_candidate
from sightline.vision.dataset import Sample
from sightline.vision.evaluation import Evaluation, Verdict, evaluate
from sightline.vision.features import Backbone, load_backbone
from sightline.vision.kinds import fit_kinds
from sightline.vision.passes import learned_from
from sightline.vision.scoring import detector_graph

BUDGETS: dict[str, tuple[int, ...]] = {
    "fast": (192,),
    "balanced": (256, 192),
    "thorough": (256, 192, 384),
}
EVALUATION_FILE = "evaluation.json"
_TIMED_RUNS = 5
_MANY = 500

Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class TrainingResult:
    """A finished training.

    held_out: what the manifest's `metrics` are of, picture by picture: the test pictures, or else
    every training picture as a fit without it judges it;
    candidates: rows of what was tried (name, f1, auroc, ms_per_image, megabytes, chosen);
    warnings: what was left out or looks odd; seconds: wall time.
    """

    directory: Path
    manifest: Manifest
    evaluation: Evaluation
    held_out: tuple[Verdict, ...]
    candidates: tuple[dict[str, Any], ...]
    warnings: tuple[str, ...]
    seconds: float


@dataclass(frozen=True)
class _Built:
    """A fitted candidate with its finished graph."""

    fitted: Fitted
    model: bytes
    labels: tuple[str, ...]


def train(
    folder: Path,
    out: Path,
    *,
    budget: str = "balanced",
    seed: int = 0,
    progress: Progress | None = None,
    backbone: Path | None = None,
    report: bool = True,
) -> TrainingResult:
    """Train on `folder` (normal/ and optionally anomaly/ at any depth) and write a model to `out`.

    When the folder is split into train/ and test/, the model is fitted on the first and evaluated
    on the second. `progress` is told the step in words and the share done, 0..1. The same
    pictures and seed give the same files, byte for byte, on the same kind of machine. A `report`
    for people needs matplotlib and jinja2; without them a warning says that there is none.

    Raises InvalidError for an unusable folder or budget, naming the rule.
    """
    started = time.monotonic()
    tell = progress or (lambda _words, _share: None)
    if budget not in BUDGETS:
        raise InvalidError(f"The budget is {budget!r}; use one of {', '.join(BUDGETS)}.")
    folder, out = Path(folder), Path(out)
    taken = intake.take_in(folder, tell)
    network = replace(load_backbone(backbone), context=budget == "thorough")
    built = _fit_all(taken, budget, network, seed, tell)
    chosen = first_unless_beaten(built, lambda b: b.fitted.best.quality)
    best = chosen.fitted
    out.mkdir(parents=True, exist_ok=True)
    (out / MODEL_FILE).write_bytes(chosen.model)
    manifest = _manifest(folder, taken, chosen, built, network, budget=budget, seed=seed)
    (out / MANIFEST_FILE).write_text(manifest.to_json(), "utf-8")
    manifest, evaluation = _evaluate(folder, out, taken, tell)
    split = manifest.evaluation["of"] == "test"
    held_out = evaluation.verdicts if split else _cross_validated(taken, best)
    rows = tuple(_timed_rows(built, best, taken.samples[0]))
    warnings = taken.warnings
    if report:
        tell("writing the report", 0.98)
        warnings += _report(out, evaluation, best, taken, rows)
    tell("done", 1.0)
    seconds = time.monotonic() - started
    return TrainingResult(out, manifest, evaluation, held_out, rows, warnings, seconds)


def sizes_tried(pictures: int, budget: str, *, anomalies: bool) -> int:
    """How many input sizes of the budget are fitted.

    Only the first one without anomalies, as nothing would tell them apart, and, unless the budget
    is thorough, with very many pictures, which take long and need no luck.
    """
    if not anomalies or (pictures > _MANY and budget != "thorough"):
        return 1
    return len(BUDGETS[budget])


def _fit_all(
    taken: intake.Intake, budget: str, network: Backbone, seed: int, tell: Progress
) -> list[_Built]:
    """Fit the sizes of the budget that are tried."""
    samples = taken.samples
    tried = sizes_tried(len(samples), budget, anomalies=bool(taken.labels.any()))
    sides = BUDGETS[budget][:tried]
    built: list[_Built] = []
    steps = len(learned_from([s for s in samples if not s.anomalous])) + len(samples)
    for number, size in enumerate(dict.fromkeys(intake.input_size(taken, s) for s in sides)):
        done = iter(range(1, steps + 1))

        def step(
            number: int = number, done: Any = done, words: str = f"fitting {size[1]} x {size[0]}"
        ) -> None:
            tell(words, 0.05 + 0.85 * (number + next(done) / steps) / len(sides))

        fitted = fit_candidate(samples, size, network, seed, step)
        kinds = fit_kinds(samples, size, network, fitted.models, seed)
        verdict = replace(fitted.verdict, kinds=kinds)
        model = detector_graph(size, network, fitted.models, verdict)
        built.append(_Built(fitted, model, tuple(kinds)))
    return built


def _manifest(
    folder: Path,
    taken: intake.Intake,
    chosen: _Built,
    built: Sequence[_Built],
    network: Backbone,
    *,
    budget: str,
    seed: int,
) -> Manifest:
    best = chosen.fitted
    return Manifest(
        name=folder.resolve().name,
        input_height=best.size[0],
        input_width=best.size[1],
        threshold=best.best.threshold,
        slope=best.slope,
        sha256=sha256_of(chosen.model),
        dataset_hash=taken.hash,
        seed=seed,
        budget=budget,
        metrics={"source": "cross-validation", **asdict(best.best.metrics)},
        evaluation={},
        dataset=taken.facts(),
        candidates=_rows(built, best),
        versions={
            "backbone": network.name,
            **{name: version(name) for name in ("numpy", "onnx", "onnxruntime", "pillow")},
        },
        labels=chosen.labels,
    )


def _rows(built: Sequence[_Built], best: Fitted) -> list[dict[str, Any]]:
    return [
        {
            "name": f"{b.fitted.size[1]} x {b.fitted.size[0]}, {option.name}",
            "f1": option.metrics.f1,
            "auroc": option.metrics.auroc,
            "megabytes": round(len(b.model) / 1e6, 2),
            "chosen": b.fitted is best and option is best.best,
        }
        for b in built
        for option in b.fitted.options
    ]


def _timed_rows(built: Sequence[_Built], best: Fitted, sample: Sample) -> list[dict[str, Any]]:
    """The candidates' rows with milliseconds per picture, which no artifact may depend on."""
    data = sample.path.read_bytes()
    rows = _rows(built, best)
    at = 0
    for b in built:
        detector = Detector.from_bytes(b.model, b.fitted.size)
        times = []
        for _ in range(_TIMED_RUNS):
            start = time.perf_counter()
            detector.detect(data)
            times.append(time.perf_counter() - start)
        for _ in b.fitted.options:
            rows[at]["ms_per_image"] = sorted(times)[_TIMED_RUNS // 2] * 1e3
            at += 1
    return rows


def _evaluate(
    folder: Path, out: Path, taken: intake.Intake, tell: Progress
) -> tuple[Manifest, Evaluation]:
    """Run the written artifact over the evaluation pictures and complete the manifest."""
    detector = Detector.load(out)
    test = dataset.subset(folder, "test")
    samples: Sequence[Sample] = taken.samples
    of = "training"
    if test != folder:
        of, samples = "test", dataset.read_folder(test, masks_root=folder).samples
    done = iter(range(1, len(samples) + 1))
    evaluation = evaluate(
        detector, samples, lambda: tell("evaluating", 0.9 + 0.08 * next(done) / len(samples))
    )
    figures = evaluation.summary()
    manifest = replace(detector.manifest, evaluation={"of": of, **figures})
    if of == "test":
        manifest = replace(manifest, metrics={"source": "test", **figures})
    (out / MANIFEST_FILE).write_text(manifest.to_json(), "utf-8")
    rows = [
        {
            "image": v.path.relative_to(folder).as_posix(),
            "label": "anomaly" if v.anomalous else "normal",
            "anomalous": v.called,
            "score": v.score,
            "confidence": v.confidence,
        }
        for v in evaluation.verdicts
    ]
    text = json.dumps({"of": of, "metrics": figures, "images": rows}, indent=2)
    (out / EVALUATION_FILE).write_text(text + "\n", "utf-8")
    return manifest, evaluation


def _cross_validated(taken: intake.Intake, best: Fitted) -> tuple[Verdict, ...]:
    """Every training picture's verdict by the fit that was made without it."""
    threshold = best.best.threshold
    return tuple(
        Verdict(
            path=sample.path,
            anomalous=sample.anomalous,
            called=score >= threshold,
            score=score,
            confidence=confidence(score, threshold, best.slope),
        )
        for sample, score in zip(taken.samples, map(float, best.best.scores), strict=True)
    )


def _report(
    out: Path,
    evaluation: Evaluation,
    best: Fitted,
    taken: intake.Intake,
    rows: tuple[dict[str, Any], ...],
) -> tuple[str, ...]:
    """Write the report for people; a warning when what draws it is not installed."""
    try:
        from sightline.vision import report
    except ModuleNotFoundError as error:
        return (f"No report was written: {error.name} is not installed.",)
    scored = report.Scored(
        title="Held-out scores of the training pictures",
        scores=best.best.scores,
        anomalous=taken.labels,
        threshold=best.best.threshold,
        metrics=best.best.metrics,
    )
    report.write_report(out, Detector.load(out), evaluation, scored, rows, taken.warnings)
    return ()
