"""What QuickSight sees of the lake: every image once, in its latest form, on the plant's clock."""

from __future__ import annotations

from dataclasses import dataclass

BANDS = 20
"""How many equal bands from 0 to 1 confidences are put into."""

_BAND = f"least(CAST(floor(confidence * {BANDS}) AS integer), {BANDS - 1})"
_WIDTH = 100 // BANDS


@dataclass(frozen=True)
class Field:
    """A column of the data set; `type` as QuickSight names it, `sql` over the lake's columns."""

    name: str
    type: str
    sql: str


# `defective` is what shares are averages of: nothing, where nothing was inspected.
FIELDS = (
    Field(
        "captured",
        "DATETIME",
        "CAST(at_timezone(with_timezone(captured_at, 'UTC'), '{zone}') AS timestamp)",
    ),
    Field("hour", "INTEGER", "hour"),
    Field("shift", "STRING", "shift"),
    Field("project", "STRING", "project"),
    Field("place", "STRING", "facility_name || ' · ' || line_name"),
    Field("camera", "STRING", "camera_name"),
    Field("verdict", "STRING", "verdict"),
    Field(
        "defective", "DECIMAL", "CASE verdict WHEN 'anomalous' THEN 1e0 WHEN 'normal' THEN 0e0 END"
    ),
    Field("confidence", "DECIMAL", "confidence"),
    Field(
        "confidence_band",
        "STRING",
        f"coalesce(lpad(CAST({_BAND} * {_WIDTH} AS varchar), 2, '0') || '-'"
        f" || CAST(({_BAND} + 1) * {_WIDTH} AS varchar) || ' %', 'not inspected')",
    ),
    Field("severity", "STRING", "severity"),
    Field("model_version", "STRING", "model_version"),
    Field("review_outcome", "STRING", "review_outcome"),
    Field("latency_ms", "DECIMAL", "latency_ms"),
    Field("image", "STRING", "image"),
)


def statement(table: str, *, days: int, zone: str) -> str:
    """The data set's SQL over the lake's table, in Athena's dialect: the last `days` days."""
    columns = ",\n  ".join(f"{field.sql.format(zone=zone)} AS {field.name}" for field in FIELDS)
    return f"""\
SELECT
  {columns}
FROM (
  SELECT *, row_number() OVER (PARTITION BY image ORDER BY sequence DESC) AS newness
  FROM {table}
  WHERE dt >= date_format(current_date - INTERVAL '{days}' DAY, '%Y-%m-%d')
)
WHERE newness = 1"""  # noqa: S608 - nothing of it comes from a caller
