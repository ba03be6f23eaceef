"""What the pipeline costs per image, apart from what the emulator costs.

    python bench/pipeline.py --count 200 [--images DIR] [--json] [--out FILE]

Plays pictures of about 300 KB through the whole local stack as fast as it takes them. The functions
run in processes of their own, so their CPU time per invocation is what they would use on Lambda;
the CPU time of this process is the emulated AWS, the gateway and the cameras: none of it exists in
production. Counted are also the requests to AWS, per invocation of the function whose role made
them, and what is stored: `sightline cost` multiplies them with prices.
"""

from __future__ import annotations

import argparse
import io
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from rich.console import Console
from rich.table import Table

from sightline.cost import results
from sightline.local.board import Board
from sightline.local.demo import LINES, Demo, Report
from sightline.local.footprint import Footprint, plain, stored_per_picture
from sightline.local.parts.drawing import make_part, write_parts
from sightline.local.stack import LocalStack

TARGET_BYTES = 300_000
_MILLISECONDS = ("warm_cpu_ms_median", "warm_ms_median", "start_ms_median", "first_call_ms")
SINGLE = 8  # so few pictures that every alert is sent on its own
WARM_UP = 12  # every function's first calls, which build its clients and load its model


def main() -> None:
    """Run the benchmark and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--images", type=Path, help="pictures to play instead of made-up parts")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--out", type=Path, help="write the figures here, too, as JSON")
    options = parser.parse_args()
    console = Console(stderr=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        console.print("Making pictures and a model ...")
        write_parts(folder / "train", normal=30, anomaly=15, seed=0)
        _train(folder)
        pictures = sorted(options.images.rglob("*.*")) if options.images else _pictures(folder)
        figures = _measure(pictures, folder / "model", options.count, console)
    if options.out:
        results.save(options.out, figures)
    if options.json:
        print(json.dumps(figures))
    else:
        _print(figures)


def _train(folder: Path) -> None:
    """In a process of its own, so that its memory is not counted as the emulator's."""
    code = "import sys; from sightline.cli import main; sys.argv[0] = 'sightline'; main()"
    arguments = ["train", str(folder / "train"), "--out", str(folder / "model"), "--budget", "fast"]
    command = [sys.executable, "-c", code, *arguments]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - our own command


def _pictures(folder: Path) -> list[Path]:
    """Twelve parts with the noise that brings a JPEG to about 300 KB."""
    target = folder / "play" / "normal"
    target.mkdir(parents=True)
    chance = np.random.default_rng(0)
    for seed in range(12):
        picture, _ = make_part(1000 + seed, "scratch" if seed % 4 == 0 else None, (1280, 960))
        grain = chance.normal(0, 6, (picture.height, picture.width, 1))
        noisy = np.clip(np.asarray(picture, np.float32) + grain, 0, 255).astype(np.uint8)
        (target / f"{seed}.jpg").write_bytes(_jpeg_of(Image.fromarray(noisy), TARGET_BYTES))
    return sorted(target.iterdir())


def _jpeg_of(picture: Image.Image, wanted: int) -> bytes:
    """The JPEG quality that comes closest to a size."""
    encoded = []
    for quality in range(30, 96, 5):
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=quality)
        encoded.append(buffer.getvalue())
    return min(encoded, key=lambda data: abs(len(data) - wanted))


def _measure(pictures: Sequence[Path], model: Path, count: int, console: Console) -> dict[str, Any]:
    began = time.perf_counter()
    with LocalStack() as stack:
        up = time.perf_counter() - began
        console.print(f"Up after {up:.1f} s; playing {count} pictures ...")
        demo, stop = Demo(stack, model), threading.Event()
        demo.play(pictures, count=SINGLE, rate=0, board=Board(SINGLE, LINES), stop=stop)
        single = Footprint.of(stack).requests_of("notify")
        demo.play(pictures, count=WARM_UP, rate=0, board=Board(WARM_UP, LINES), stop=stop)
        before = Footprint.of(stack)
        played = SINGLE + WARM_UP + count
        board = Board(total=played, lines=LINES)
        report = demo.play(pictures, count=count, rate=0, board=board, stop=stop)
        used = Footprint.of(stack).since(before)
        functions = _functions(stack, used)
        functions["notify"]["requests"] = single  # storms are folded, and cheaper
        stored = stored_per_picture(stack, played)
        workers = [_peak_mb(pid) for pid in stack.pool.pids()]
    sizes = [path.stat().st_size for path in pictures]
    return {
        "count": count,
        "picture_kb": round(statistics.mean(sizes) / 1000),
        "start_seconds": round(up, 2),
        **_speed(report),
        "emulator_cpu_ms_per_image": round(1000 * report.process_cpu_seconds / count, 1),
        "emulator_peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "worker_peak_mb": round(max(workers, default=0)),
        "functions": functions,
        "stored": stored,
    }


def _speed(report: Report) -> dict[str, Any]:
    return {
        "passed": report.passed,
        "images_per_second": round(report.images_per_second, 2),
        "upload_to_record_median_seconds": round(report.median_seconds, 3),
        "upload_to_record_p99_seconds": round(report.p99_seconds, 3),
    }


def _functions(stack: LocalStack, used: Footprint) -> dict[str, Any]:
    found = {}
    for name in stack.pool.figures.names():
        figures = stack.pool.figures.of(name)
        warm = sorted(figures.cpu)
        label = plain(name)
        if not used.invocations[label]:
            continue
        found[label] = {
            "invocations": used.invocations[label],
            "requests": used.requests_of(label),
            "memory_mb": used.memory_mb.get(label),
            "log_bytes": used.log_bytes_of(label),
            "warm_cpu_ms_median": round(1000 * statistics.median(warm), 2) if warm else None,
            "warm_ms_median": round(1000 * statistics.median(figures.durations), 2),
            "start_ms_median": round(1000 * statistics.median(figures.cold_starts), 1),
            "first_call_ms": round(1000 * figures.durations[0], 1),
        }
    return found


def _peak_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def _print(figures: dict[str, Any]) -> None:
    console = Console()
    functions, stored = figures.pop("functions"), figures.pop("stored")
    figures |= stored
    summary = Table(show_header=False, box=None)
    for name, value in figures.items():
        summary.add_row(name.replace("_", " "), str(value))
    console.print(summary)
    columns = ("invocations", *(name for name in _MILLISECONDS))
    table = Table("function", *(name.replace("_", " ") for name in columns))
    for name, row in functions.items():
        table.add_row(name, *(str(row[column]) for column in columns))
    console.print(table)


if __name__ == "__main__":
    main()
