"""How long each query takes over a million generated rows, on the files of a lake.

    python -m bench.analytics [--images 1000000] [--out FILE]

The SQL is the service's, translated as on the local stack; what Athena takes is another thing.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from bench import generated
from sightline.cost import results
from sightline.domain import lake
from sightline.domain.queries.declaration import Query, load
from sightline.domain.queries.statement import Asked, statement
from sightline.domain.queries.values import complete
from sightline.local.athena import dialect

QUERIES = Path(__file__).parents[1] / "services/analytics/queries"
TIMES = 5
PERIOD = {"from": "2026-10-11T00:00:00Z", "to": "2026-11-10T00:00:00Z"}


def main() -> None:
    """Run the benchmark and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--images", type=int, default=1_000_000)
    parser.add_argument("--out", type=Path, help="write the figures here, too, as JSON")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        rows = generated.table(options.images)
        size = generated.write(rows, Path(name))
        figures = {
            "rows": rows.num_rows,
            "megabytes": round(size / 1e6, 1),
            "seconds_median": {
                query.name: _seconds(query, Path(name)) for query in load(QUERIES).values()
            },
        }
    print(json.dumps(figures, indent=2))
    if options.out:
        results.save(options.out, figures)


def _seconds(query: Query, folder: Path) -> float:
    """The median of some runs, each with a connection of its own, as on the local stack."""
    values = complete(query, PERIOD, datetime(2026, 11, 10, tzinfo=UTC))
    made = statement(query, Asked(query.name, values, "bench"))
    sql = dialect.parse(made.sql, made.bound).duckdb
    taken = []
    for _ in range(TIMES):
        connection = dialect.connect(threads=2)
        connection.execute(
            f"CREATE VIEW {lake.TABLE} AS FROM read_parquet('{folder}/*/*/*.parquet', "
            "hive_partitioning = true, hive_types_autocast = false)"
        )
        begun = time.perf_counter()
        connection.execute(sql).fetchone()
        taken.append(time.perf_counter() - begun)
        connection.close()
    return round(statistics.median(taken), 3)


if __name__ == "__main__":
    main()
