"""What the benchmarks measured, in files that are kept with the code: `bench/results/*.json`."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sightline.domain.errors import InvalidError, NotFoundError

FOLDER = Path(__file__).resolve().parents[2] / "bench" / "results"


def save(path: Path, figures: Mapping[str, Any]) -> None:
    """Write figures, with when and on what they were taken."""
    taken = {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "load_average": round(os.getloadavg()[0], 2),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"taken": taken, **figures}, indent=2) + "\n", encoding="utf-8")


def load(name: str, folder: Path = FOLDER) -> dict[str, Any]:
    """The figures that `bench/<name>.py` wrote; `NotFoundError` says how to take them."""
    path = folder / f"{name}.json"
    if not path.is_file():
        raise NotFoundError(
            f"{path} is not there; write it with: python -m bench.{name} --out {path}"
        )
    try:
        figures = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InvalidError(f"{path} is not JSON: {error}.") from error
    if not isinstance(figures, dict):
        raise InvalidError(f"{path} does not hold figures.")
    return figures
