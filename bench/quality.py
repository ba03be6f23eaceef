"""How good the detector is: `python bench/quality.py SETS [--json]`.

SETS is a folder of sets shaped like train/{normal,anomaly} and test/{normal,anomaly}, masks under
mask/. Protocols: N, up to 60 normals and no anomalies; S, 20 normal and 10 anomalous; L, up to
120 and 40; `--full` adds A, everything. Every model is trained by the command's own entry point
and judged as the written artifact judges, at its own threshold.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

import numpy as np
from PIL import Image

from sightline.vision.artifact import Detector
from sightline.vision.dataset import Sample, read_folder
from sightline.vision.metrics import auroc
from sightline.vision.training import train

PROTOCOLS = {"N": (60, 0), "S": (20, 10), "L": (120, 40), "A": (10**6, 10**6)}
FIGURES = ("auroc", "f1", "false_alarms", "pixel_auroc")


@dataclass(frozen=True)
class Run:
    """Figures of one model on one set's test pictures; None where they cannot be had."""

    auroc: float | None
    f1: float
    false_alarms: float
    pixel_auroc: float | None
    seconds: float
    candidate: str


def draw(
    samples: tuple[Sample, ...], counts: tuple[int, int], seed: int
) -> tuple[list[Sample], list[Sample]]:
    """Random training pictures of a protocol, and the anomalies that were not drawn."""
    rng = np.random.default_rng(seed)
    normals = [s for s in samples if not s.anomalous]
    anomalies = [s for s in samples if s.anomalous]
    kept = [normals[i] for i in rng.permutation(len(normals))[: counts[0]]]
    order = rng.permutation(len(anomalies))
    kept += [anomalies[i] for i in order[: counts[1]]]
    return kept, [anomalies[i] for i in order[counts[1] :]]


def link(samples: list[Sample], folder: Path) -> None:
    """Lay out a training folder of links; masks are left out, so that they cannot help."""
    for number, sample in enumerate(samples):
        place = folder / ("anomaly" if sample.anomalous else "normal")
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{number:05d}{sample.path.suffix}").symlink_to(sample.path.resolve())


def pixel_auroc(detector: Detector, samples: list[Sample]) -> float | None:
    """AUROC over all pixels of pictures with masks, at the anomaly map's resolution."""
    scores, labels = [], []
    for sample in samples:
        for path in sample.masks.values():
            found = detector.detect(sample.path.read_bytes())
            height, width = found.anomaly_map.shape
            with Image.open(path) as image:
                grey = image.convert("RGBA").convert("RGB").convert("L")
                mask = np.asarray(grey.resize((width, height), Image.Resampling.NEAREST)) > 0
            scores.append(found.anomaly_map.ravel())
            labels.append(mask.ravel())
    return auroc(np.concatenate(scores), np.concatenate(labels)) if scores else None


def run(folder: Path, protocol: str, seed: int, budget: str) -> Run:
    """Train and judge one model."""
    samples = read_folder(folder / "train", masks_root=folder).samples
    kept, unseen = draw(samples, PROTOCOLS[protocol], seed)
    test = read_folder(folder / "test", masks_root=folder).samples
    with tempfile.TemporaryDirectory() as scratch:
        pictures, model = Path(scratch) / "pictures", Path(scratch) / "model"
        link(kept, pictures)
        started = time.monotonic()
        result = train(pictures, model, budget=budget, seed=seed)
        seconds = time.monotonic() - started
        detector = Detector.load(model)
    found = [detector.detect(sample.path.read_bytes()) for sample in test]
    labels = np.array([sample.anomalous for sample in test])
    called = np.array([detection.anomalous for detection in found])
    hits = int((called & labels).sum())
    masked = unseen + [sample for sample in test if sample.anomalous]
    return Run(
        auroc=auroc(np.array([detection.score for detection in found]), labels),
        f1=2 * hits / max(1, int(called.sum() + labels.sum())),
        false_alarms=float(called[~labels].mean()),
        pixel_auroc=pixel_auroc(detector, masked),
        seconds=seconds,
        candidate=next(row["name"] for row in result.manifest.candidates if row["chosen"]),
    )


def averaged(rows: list[dict[str, float | None]]) -> dict[str, float | None]:
    """Means figure by figure over those rows that have it."""
    result: dict[str, float | None] = {}
    for figure in FIGURES:
        values = [value for row in rows if (value := row[figure]) is not None]
        result[figure] = mean(values) if values else None
    return result


def main() -> None:
    """Measure and print; the JSON object, if asked for, is the last line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("sets", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--protocols", default="NSL")
    parser.add_argument("--full", action="store_true", help="add A: every training picture")
    parser.add_argument("--budget", default="balanced")
    parser.add_argument("--only", help="names of sets, comma separated")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    folders = sorted(p for p in options.sets.iterdir() if (p / "train").is_dir())
    if options.only:
        folders = [p for p in folders if p.name in options.only.split(",")]
    sets: dict[str, dict[str, dict[str, float | None]]] = {p.name: {} for p in folders}
    for protocol in options.protocols + ("A" if options.full else ""):
        for folder in folders:
            runs = []
            for seed in range(1 if protocol == "A" else options.seeds):
                one = run(folder, protocol, seed, options.budget)
                runs.append({figure: getattr(one, figure) for figure in FIGURES})
                print(folder.name, protocol, seed, one, file=sys.stderr, flush=True)
            sets[folder.name][protocol] = averaged(runs)
    protocols = list(dict.fromkeys(p for by in sets.values() for p in by))
    means = {p: averaged([by[p] for by in sets.values()]) for p in protocols}
    table = {**sets, "mean": means}
    print("| set | protocol | " + " | ".join(FIGURES) + " |")
    print("|---|---|" + "---|" * len(FIGURES))
    for name, by in table.items():
        for protocol, row in by.items():
            cells = ["" if row[f] is None else f"{row[f]:.3f}" for f in FIGURES]
            print(f"| {name} | {protocol} | " + " | ".join(cells) + " |")
    if options.json:
        print(json.dumps({"mean": means, "sets": sets}))


if __name__ == "__main__":
    main()
