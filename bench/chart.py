"""The README's chart: made-up inspections, asked and drawn as the service and the report do it.

    python -m bench.chart [FILE]

One line has more defects from two o'clock on, as when a lamp fails or a tool wears out.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from PIL import Image

from bench import generated
from sightline.charts import catalog, render
from sightline.domain.queries.declaration import load
from sightline.domain.queries.statement import Asked, statement
from sightline.domain.queries.values import complete
from sightline.local.athena import dialect
from sightline.local.athena.results import as_text
from sightline.workflow.analytics.results import finished, typed

ROOT = Path(__file__).parents[1]
FILE = ROOT / "docs/images/line-by-hour.png"
QUERY = "line_by_hour"
PERIOD = {"from": "2026-10-11T00:00:00Z", "to": "2026-11-10T00:00:00Z"}
IMAGES, WIDTH = 60_000, 760
WORSE = {"line": "press-5", "from_hour": 14, "share": 0.07}


def main(file: Path) -> None:
    """Draw it into a file."""
    picture = Image.open(io.BytesIO(render.png(catalog.chart(QUERY), rows(), width=WIDTH)))
    picture.convert("RGB").quantize(256).save(file, optimize=True)
    print(f"{file}: {file.stat().st_size:,} bytes")


def rows() -> Sequence[Mapping[str, Any]]:
    """What the query answers of the made-up inspections."""
    query = load(ROOT / "services/analytics/queries")[QUERY]
    values = complete(query, PERIOD, datetime(2026, 11, 10, tzinfo=UTC))
    made = statement(query, Asked(query.name, values, "chart"))
    connection = dialect.connect()
    connection.register("inspections", inspections())
    found = connection.execute(dialect.parse(made.sql, made.bound).duckdb)
    names = [column[0] for column in found.description or ()]
    texts = [dict(zip(names, map(as_text, row), strict=True)) for row in found.fetchall()]
    return finished(query, values, [typed(query, row) for row in texts])


def inspections() -> pa.Table:
    """A month of all lines, of which one is worse in the second half of the day."""
    table = generated.table(IMAGES)
    line, hour = (table[name].to_numpy(zero_copy_only=False) for name in ("line", "hour"))
    drawn = np.random.default_rng(1).random(table.num_rows) < WORSE["share"]
    worse = drawn & (line == WORSE["line"]) & (hour >= WORSE["from_hour"])
    verdict = np.where(worse, "anomalous", table["verdict"].to_numpy(zero_copy_only=False))
    return table.set_column(table.column_names.index("verdict"), "verdict", [pa.array(verdict)])


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FILE)
