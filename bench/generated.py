"""Generated inspections in the lake's form: what queries are checked and measured with.

Shares, latencies and defects differ by line and camera; some images were reviewed, so that they
have a second form, and some rows come twice, as Firehose may deliver them.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sightline.domain import lake
from sightline.local.firehose import parquet_files

BEGIN = datetime(2026, 10, 11)  # clocks in Europe go back within these days
DAYS = 30
LINES = 8
CAMERAS_PER_LINE = 3
REVIEWED, TWICE = 0.04, 0.01
KINDS = ("scratch", "dent", "stain", "crack", "broken, edge")


def table(images: int, seed: int = 0) -> pa.Table:
    """`images` images, and about 5 % more rows; columns as in the lake, and `dt`."""
    rng = np.random.default_rng(seed)
    columns = _captured(images, rng) | _verdicts(images, rng)
    first = pa.table(columns)
    reviewed = first.take(pa.array(rng.choice(images, int(images * REVIEWED), replace=False)))
    rows = pa.concat_tables([_form(first, 1), _reviewed(reviewed, rng)])
    twice = rows.take(pa.array(rng.choice(rows.num_rows, int(images * TWICE), replace=False)))
    every = pa.concat_tables([rows, twice])
    shuffled = every.take(pa.array(rng.permutation(every.num_rows)))
    schema = parquet_files.schema([{"Name": c.name, "Type": c.type} for c in lake.COLUMNS])
    wanted = [pc.cast(shuffled[field.name], field.type) for field in schema]
    days = pc.strftime(shuffled["captured_at"], format="%Y-%m-%d")
    return pa.table(wanted, schema=schema).append_column(lake.PARTITION.name, days)


def write(rows: pa.Table, folder: Path) -> int:
    """Write files below `folder` as Firehose lays them out; how many bytes they have."""
    size = 0
    keys = rows.select([lake.PARTITION.name, "project"]).group_by([lake.PARTITION.name, "project"])
    for key in keys.aggregate([]).to_pylist():
        day, project = key[lake.PARTITION.name], key["project"]
        own = pc.and_(pc.equal(rows[lake.PARTITION.name], day), pc.equal(rows["project"], project))
        target = folder / f"{lake.PARTITION.name}={day}" / project / "part.parquet"
        target.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(rows.filter(own).drop_columns([lake.PARTITION.name]), target)
        size += target.stat().st_size
    return size


def _captured(images: int, rng: np.random.Generator) -> dict[str, Any]:
    line = rng.integers(0, LINES, images)
    camera = line * CAMERAS_PER_LINE + rng.integers(0, CAMERAS_PER_LINE, images)
    span = int(timedelta(days=DAYS) / timedelta(milliseconds=1))
    captured = np.datetime64(BEGIN, "ms") + rng.integers(0, span, images).astype("timedelta64[ms]")
    latency = rng.lognormal(6.5 + 0.1 * line, 0.6, images)
    hours = captured.astype("datetime64[h]").astype(int) % 24
    number = pc.utf8_lpad(pc.cast(pa.array(np.arange(images)), pa.string()), 7, "0")
    cameras = [f"cam-{n:02d}" for n in range(LINES * CAMERAS_PER_LINE)]
    plant = line % 2
    return {
        "image": _joined(_chosen(cameras, camera), "#part ", number),
        "camera": _chosen(cameras, camera),
        "camera_name": _chosen([f"Camera {name}" for name in cameras], camera),
        "image_id": _joined("part ", number),
        "project": _chosen(["castings", "lenses"], (line == LINES - 1).astype(int)),
        "facility": _chosen(["leipzig", "turin"], plant),
        "facility_name": _chosen(["Leipzig", "Turin"], plant),
        "line": _chosen([f"press-{n}" for n in range(LINES)], line),
        "line_name": _chosen([f"Press {n}" for n in range(LINES)], line),
        "region": pa.repeat("eu-west-1", images),
        "captured_at": captured,
        "recorded_at": captured + latency.astype("timedelta64[ms]"),
        "hour": hours,
        "weekday": (captured.astype("datetime64[D]").astype(int) + 3) % 7 + 1,
        "shift": _chosen(["early", "late", "night"], hours // 8),
        "latency_ms": latency,
        "detect_ms": rng.normal(25, 4, images).clip(5),
        "bucket": pa.repeat("images", images),
        "object_key": _joined("images/", number, ".jpg"),
        "metadata": pa.repeat('{"part": "7"}', images),
    }


def _chosen(names: list[str], which: npt.NDArray[Any]) -> pa.Array:
    return pa.array(names).take(pa.array(which))


def _joined(*parts: Any) -> pa.Array:
    return pc.binary_join_element_wise(*parts, "")


def _verdicts(images: int, rng: np.random.Generator) -> dict[str, Any]:
    drawn = rng.random(images)
    rate = 0.02 + 0.05 * rng.random(images) ** 4
    not_inspected, anomalous = drawn > 0.99, drawn < rate
    verdict = np.where(anomalous, 1, np.where(not_inspected, 2, 0))
    sure = 0.5 + 0.5 * rng.beta(5, 2, images)
    found = np.where(anomalous, rng.integers(1, 4, images), 0)
    kinds: list[list[str]] = [[] for _ in range(images)]
    for image in np.flatnonzero(anomalous & (rng.random(images) < 0.9)):
        kinds[image] = sorted({KINDS[n] for n in rng.integers(0, len(KINDS), found[image])})
    models = _chosen(["1", "2", "3"], rng.integers(0, 3, images))
    return {
        "verdict": _chosen(["normal", "anomalous", "not_inspected"], verdict),
        "reason": pc.if_else(pa.array(not_inspected), "too_small", pa.scalar(None, pa.string())),
        "severity": _chosen(["none", "high", "none"], verdict),
        "confidence": pa.array(sure, mask=not_inspected),
        "score": pa.array(sure * 3, mask=not_inspected),
        "threshold": pa.array(np.full(images, 1.5), mask=not_inspected),
        "model_version": pc.if_else(pa.array(not_inspected), pa.scalar(None, pa.string()), models),
        "width": np.full(images, 640),
        "height": np.full(images, 480),
        "defect_count": found,
        "defect_types": pa.array(kinds, pa.list_(pa.string())),
        "defect_area": found * 0.01,
        "map_key": pa.nulls(images, pa.string()),
    }


def _form(rows: pa.Table, sequence: int, **review: Any) -> pa.Table:
    """The rows with what differs between forms; what is not given is null."""
    kinds = {"reviewed_at": pa.timestamp("ms")}
    names = ("reviewed_at", "reviewed_by", "review_outcome", "review_verdict")
    for name in names:
        nulls = pa.nulls(rows.num_rows, kinds.get(name, pa.string()))
        rows = rows.append_column(name, review.get(name, nulls))
    return rows.append_column("sequence", pa.repeat(pa.scalar(sequence, pa.int64()), len(rows)))


def _reviewed(rows: pa.Table, rng: np.random.Generator) -> pa.Table:
    said = _chosen(["normal", "anomalous"], rng.integers(0, 2, rows.num_rows))
    right = pc.equal(said, rows["verdict"].combine_chunks())
    return _form(
        rows,
        2,
        reviewed_at=rows["recorded_at"],
        reviewed_by=pa.repeat("lead", rows.num_rows),
        review_outcome=pc.if_else(right, "confirmed", "overruled"),
        review_verdict=said,
    )
