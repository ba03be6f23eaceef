"""The lake: one row per form of an inspection, and what its columns mean.

An image is inspected once and may be reviewed later; each of these forms is a row of its own, and
the one with the greatest `sequence` counts. All forms of an image lie in one partition, because
the day is that of capture.

The Glue table, the local Parquet files and the columns in `docs/analytics.md` are made from this.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

TABLE = "inspections"
PREFIX = f"{TABLE}/"
ERRORS_PREFIX = "errors/"


@dataclass(frozen=True)
class Column:
    """One column; `type` as Glue and Athena name it, `unit` empty where there is none."""

    name: str
    type: str
    meaning: str
    unit: str = ""

    @property
    def comment(self) -> str:
        """What the catalog says of the column; Glue takes at most 255 characters."""
        return f"{self.meaning} [{self.unit}]" if self.unit else self.meaning


COLUMNS = (
    Column("image", "string", "Key of the image: camera#image_id"),
    Column("camera", "string", "Id of the camera"),
    Column("camera_name", "string", "Name of the camera for people; its id where it has none"),
    Column("image_id", "string", "The camera's own id of the image"),
    Column("project", "string", "Project whose model inspected the image"),
    Column("facility", "string", "Id of the facility"),
    Column("facility_name", "string", "Name of the facility for people; its id where it has none"),
    Column("line", "string", "Id of the line"),
    Column("line_name", "string", "Name of the line for people; its id where it has none"),
    Column("region", "string", "AWS region that inspected the image"),
    Column("captured_at", "timestamp", "When the camera took the picture", "UTC"),
    Column("recorded_at", "timestamp", "When the verdict was stored", "UTC"),
    Column("hour", "int", "Hour of capture in the plant's time zone", "0..23"),
    Column("weekday", "int", "Weekday of capture in the plant's time zone", "ISO, 1 is Monday"),
    Column("shift", "string", "Shift of capture in the plant's time zone"),
    Column("verdict", "string", "normal, anomalous or not_inspected, as the model said"),
    Column("reason", "string", "Why it was not inspected: a stable code; null otherwise"),
    Column("severity", "string", "How urgently a person should look: high, medium, low or none"),
    Column("confidence", "double", "How sure the model is of its verdict", "0..1"),
    Column("score", "double", "The model's anomaly score"),
    Column("threshold", "double", "The score from which on an image is anomalous"),
    Column("model_version", "string", "Version of the model"),
    Column("width", "int", "Width of the picture", "pixels"),
    Column("height", "int", "Height of the picture", "pixels"),
    Column("defect_count", "int", "Defective regions found"),
    Column("defect_types", "array<string>", "Kinds of defects found, each once, sorted"),
    Column("defect_area", "double", "Share of the picture that is defective", "0..1"),
    Column("detect_ms", "double", "Time that the model took", "ms"),
    Column("latency_ms", "double", "From capture to verdict; 0 where the clocks disagree", "ms"),
    Column("reviewed_at", "timestamp", "When a person reviewed the verdict", "UTC"),
    Column("reviewed_by", "string", "Who reviewed the verdict"),
    Column("review_outcome", "string", "confirmed or overruled; null until reviewed"),
    Column("review_verdict", "string", "normal or anomalous, as the person said"),
    Column("metadata", "string", "What the camera sent along, a JSON object of strings"),
    Column("bucket", "string", "Bucket of the picture"),
    Column("object_key", "string", "Key of the picture"),
    Column("map_key", "string", "Key of the anomaly map, where one is kept"),
    Column("sequence", "bigint", "Number of this form of the image; the greatest is the latest"),
)

# The only partition key: Athena works out its folders from the date alone. The folders below it are
# of projects, whose names nobody can list beforehand; a file holds one project, so that a filter on
# the column `project` skips all others by their Parquet statistics.
PARTITION = Column("dt", "string", "Day of capture in UTC, yyyy-mm-dd")

TYPES: Mapping[str, str] = {column.name: column.type for column in (*COLUMNS, PARTITION)}
