"""How fast the detector is: `python bench/speed.py [--train 100,1000,4000] [--json] [--out FILE]`.

Pictures are made by formula. Inference runs on one thread. With anomalib installed its PatchCore
is timed on the same pictures in the same run, with random weights, which cost the same time.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from sightline.cost import results
from sightline.vision.artifact import Detector
from sightline.vision.features import load_backbone
from sightline.vision.loading import decode
from sightline.vision.scoring import feature_graph
from sightline.vision.training import train

MEGAPIXEL = (1024, 1024)
PART = (300, 300)


def picture(size: tuple[int, int], seed: int, *, anomalous: bool = False) -> bytes:
    """A round part on a noisy ground, as JPEG; an anomalous one is scratched."""
    rng = np.random.default_rng(seed)
    noise = rng.integers(90, 130, (size[1] // 4, size[0] // 4, 3)).astype(np.uint8)
    image = Image.fromarray(noise).resize(size, Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(image)
    w, h = size
    dx, dy = (int(d) for d in rng.integers(-w // 30, w // 30 + 1, 2))
    draw.ellipse((w // 5 + dx, h // 5 + dy, 4 * w // 5 + dx, 4 * h // 5 + dy), fill=(180, 180, 175))
    draw.ellipse((2 * w // 5 + dx, 2 * h // 5 + dy, 3 * w // 5 + dx, 3 * h // 5 + dy), fill=30)
    if anomalous:
        x, y = (int(v) for v in rng.integers(w // 3, 2 * w // 3, 2))
        draw.line((x, y, x + w // 8, y + h // 12), fill=(60, 60, 60), width=max(2, w // 100))
    buffer = io.BytesIO()
    image.filter(ImageFilter.GaussianBlur(w / 600)).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def make_set(folder: Path, normals: int, anomalies: int) -> None:
    """Write a training folder of 300 pixel pictures."""
    for label, count in (("normal", normals), ("anomaly", anomalies)):
        (folder / label).mkdir(parents=True)
        for index in range(count):
            data = picture(PART, index + 10**6 * (label == "anomaly"), anomalous=label == "anomaly")
            (folder / label / f"{index:05d}.jpg").write_bytes(data)


def timed(work: Callable[[], object]) -> dict[str, float]:
    """Wall and processor milliseconds of doing the work once."""
    start, busy = time.perf_counter(), time.process_time()
    work()
    wall, processor = time.perf_counter() - start, time.process_time() - busy
    return {"wall": wall * 1e3, "processor": processor * 1e3}


def medians(times: list[dict[str, float]]) -> dict[str, float]:
    """The median of either clock, and the least wall time."""
    clocks = ("wall", "processor")
    middle = {clock: statistics.median(one[clock] for one in times) for clock in clocks}
    return {**middle, "least": min(one["wall"] for one in times)}


def milliseconds(work: Callable[[], object], repeats: int = 30) -> dict[str, float]:
    """How long `work` takes once it is warm."""
    for _ in range(3):
        work()
    return medians([timed(work) for _ in range(repeats)])


def inference(model: Path) -> dict[str, Any]:
    """Decode, backbone and whole verdict of a one-megapixel JPEG; memory is what remains."""
    from sightline.vision.artifact import open_session

    data = picture(MEGAPIXEL, 1)
    detector = Detector.load(model, threads=1)
    size = (detector.manifest.input_height, detector.manifest.input_width)
    features = open_session(feature_graph(size, load_backbone())[0], 1)
    pixels = decode(data, size).values[None]
    return {
        "input": list(size),
        "decode": milliseconds(lambda: decode(data, size)),
        "features": milliseconds(lambda: features.run(None, {"image": pixels})),
        "whole": milliseconds(lambda: detector.detect(data)),
        "megabytes": (model / "model.onnx").stat().st_size / 1e6,
    }


def start_up(model: Path) -> float:
    """Seconds to import the detector and load a model in a fresh process: the median of five."""
    code = (
        "import time; t = time.perf_counter()\n"
        "from pathlib import Path; from sightline.vision.artifact import Detector\n"
        f"Detector.load(Path({str(model)!r})); print(time.perf_counter() - t)"
    )
    times = [
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)  # noqa: S603
        for _ in range(5)
    ]
    return statistics.median(times)


def training(count: int) -> dict[str, float]:
    """Seconds and peak memory of a training in a process of its own."""
    with tempfile.TemporaryDirectory() as scratch:
        pictures = Path(scratch) / "pictures"
        make_set(pictures, count * 4 // 5, count - count * 4 // 5)
        arguments = [sys.executable, __file__, "--train-here", str(pictures)]
        output = subprocess.run(arguments, capture_output=True, check=True, text=True).stdout  # noqa: S603
    result: dict[str, float] = json.loads(output.splitlines()[-1])
    return result


def peak_megabytes() -> float:
    """The most memory that this process held at once, shared libraries included.

    Linux only. getrusage would not do: its figure starts with what the parent held.
    """
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM:")).split()[1]) / 1024


def train_here(pictures: Path) -> None:
    """Train in this process; print wall and processor seconds and peak memory."""
    with tempfile.TemporaryDirectory() as scratch:
        start = time.perf_counter()
        train(pictures, Path(scratch))
        seconds = time.perf_counter() - start
    used = resource.getrusage(resource.RUSAGE_SELF)
    processor = used.ru_utime + used.ru_stime
    figures = {"seconds": seconds, "processor": processor, "peak_mb": peak_megabytes()}
    print(json.dumps(figures))


def beside_patchcore(python: Path, name: str, model: Path, rounds: int = 30) -> dict[str, Any]:
    """Bytes to verdict of a one-megapixel JPEG by the detector and by PatchCore, in turn."""
    data = picture(MEGAPIXEL, 1)
    detector = Detector.load(model, threads=1)
    path = model / "megapixel.jpg"
    path.write_bytes(data)
    root = Path(__file__).parents[1]
    with subprocess.Popen(  # noqa: S603
        [python, root / "bench/patchcore.py", name, path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": str(root), "OMP_NUM_THREADS": "1"},
    ) as other:
        assert other.stdin
        assert other.stdout
        setting = json.loads(other.stdout.readline())
        ours, theirs = [], []
        for _ in range(rounds):
            other.stdin.write("\n")
            other.stdin.flush()
            theirs.append(json.loads(other.stdout.readline()))
            ours.append(timed(lambda: detector.detect(data)))
        other.stdin.close()
    result = {"setting": setting, "detector": medians(ours[3:]), "patchcore": medians(theirs[3:])}
    for clock in ("wall", "processor"):
        result[f"ratio_{clock}"] = result["patchcore"][clock] / result["detector"][clock]
    return result


def main() -> None:
    """Measure and print; the JSON object, if asked for, is the last line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--train", default="", help="numbers of pictures, such as 100,1000,4000")
    parser.add_argument("--anomalib-python", type=Path, help="an interpreter that has anomalib")
    parser.add_argument("--train-here", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--out", type=Path, help="write the figures here, too, as JSON")
    options = parser.parse_args()
    if options.train_here:
        train_here(options.train_here)
        return
    with tempfile.TemporaryDirectory() as scratch:
        make_set(Path(scratch) / "pictures", 60, 20)
        model = Path(scratch) / "model"
        train(Path(scratch) / "pictures", model)
        result: dict[str, Any] = {"inference": inference(model), "start_seconds": start_up(model)}
        if options.anomalib_python:
            result["beside"] = {
                name: beside_patchcore(options.anomalib_python, name, model)
                for name in ("resnet18", "wide_resnet50_2")
            }
    result["training"] = {
        count: training(int(count)) for count in options.train.split(",") if count
    }
    result["load_average"] = os.getloadavg()[0]
    print(json.dumps(result, indent=2))
    if options.out:
        results.save(options.out, result)
    if options.json:
        print(json.dumps(result))


if __name__ == "__main__":
    main()
