"""What every query should answer, worked out by pandas and scipy and not by SQL."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import binomtest

Rows = list[dict[str, Any]]
Z = "Europe/Berlin"
LINE = ["facility", "facility_name", "line", "line_name"]
CAMERA = [*LINE, "camera", "camera_name"]


def latest(rows: pd.DataFrame) -> pd.DataFrame:
    """One row per image, that of the greatest sequence."""
    return rows.sort_values("sequence").drop_duplicates("image", keep="last")


def counted(rows: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """The counts that most queries have, by `keys`."""
    marked = rows.assign(
        images=1,
        inspected=(rows["verdict"] != "not_inspected").astype(int),
        anomalies=(rows["verdict"] == "anomalous").astype(int),
        not_inspected=(rows["verdict"] == "not_inspected").astype(int),
    )
    names = ["images", "inspected", "anomalies", "not_inspected"]
    return marked.groupby(keys, dropna=False)[names].sum().reset_index()


def rated(rows: pd.DataFrame, name: str, of: str, among: str) -> Rows:
    """Rows with a rate and its Wilson interval."""
    found: Rows = rows.astype(object).where(rows.notna(), None).to_dict("records")
    for row in found:
        shares: tuple[float | None, ...] = (None, None, None)
        if row[among]:
            result = binomtest(int(row[of]), int(row[among]))
            ends = result.proportion_ci(method="wilson")
            shares = (row[of] / row[among], float(ends.low), float(ends.high))
        row.update(zip((name, f"{name}_low", f"{name}_high"), shares, strict=True))
    return found


def counts(rows: pd.DataFrame, keys: list[str], order: list[str]) -> Rows:
    """Counts with anomaly rates; most anomalies first, then by `order`."""
    ascending = [False, *[True] * len(order)]
    by = counted(rows, keys).sort_values(["anomalies", *order], ascending=ascending)
    return rated(by, "anomaly_rate", "anomalies", "inspected")


def totals(rows: pd.DataFrame) -> Rows:
    (found,) = rated(counted(rows.assign(all=0), ["all"]), "anomaly_rate", "anomalies", "inspected")
    del found["all"]
    return [
        {
            **found,
            "defects": int(rows["defect_count"].sum()),
            "first_captured_at": wire(rows["captured_at"].min()),
            "last_captured_at": wire(rows["captured_at"].max()),
        }
    ]


def by_model(rows: pd.DataFrame) -> Rows:
    by = counted(rows, ["project", "model_version"])
    by = by.sort_values(["project", "model_version"], na_position="last")
    return rated(by, "anomaly_rate", "anomalies", "inspected")


def over_time(rows: pd.DataFrame, begin: str, end: str, unit: str) -> Rows:
    """Every step of the time is there; instants, so that the hour that comes twice is two."""
    place = rows["captured_at"].dt.tz_localize("UTC").dt.tz_convert(Z)
    edges = steps(pd.Timestamp(begin).tz_convert(Z), pd.Timestamp(end).tz_convert(Z), unit)
    which = edges.searchsorted(place, side="right") - 1
    by = counted(rows.assign(step=which), ["step"]).set_index("step")
    by = by.reindex(range(len(edges)), fill_value=0).reset_index(drop=True)
    by.insert(0, "start", [edge.isoformat(timespec="seconds") for edge in edges])
    return rated(by, "anomaly_rate", "anomalies", "inspected")


def steps(begin: pd.Timestamp, end: pd.Timestamp, unit: str) -> pd.DatetimeIndex:
    """pandas' own idea of hours, days, weeks and months in a zone."""
    if unit == "hour":
        first = begin.tz_convert("UTC").floor("h").tz_convert(Z)
        return pd.date_range(first, end, freq="h", inclusive="left")
    period = {"day": "D", "week": "W", "month": "M"}[unit]
    naive = pd.period_range(begin.tz_localize(None), end.tz_localize(None), freq=period)
    found = naive.to_timestamp(how="start").tz_localize(Z)
    return found[found < end]


def line_by_hour(rows: pd.DataFrame, zone: str) -> Rows:
    hour = rows["captured_at"].dt.tz_localize("UTC").dt.tz_convert(zone).dt.hour
    by = counted(rows.assign(clock=hour).rename(columns={"hour": "_"}), [*LINE, "clock"])
    every = by[LINE].drop_duplicates().merge(pd.DataFrame({"clock": range(24)}), how="cross")
    by = every.merge(by, how="left").fillna(0).rename(columns={"clock": "hour"})
    by = by.sort_values(["facility", "line", "hour"])
    return rated(by, "anomaly_rate", "anomalies", "inspected")


def worst_cameras(rows: pd.DataFrame, limit: int, at_least: int = 30) -> Rows:
    found = rated(counted(rows, CAMERA), "anomaly_rate", "anomalies", "inspected")
    found = [row for row in found if row["inspected"] >= at_least]
    found.sort(key=lambda row: -row["anomaly_rate_low"])
    return [{"rank": n, **row} for n, row in enumerate(found[:limit], 1)]


def confidence(rows: pd.DataFrame, edges: list[float]) -> pd.DataFrame:
    """Images between each two edges; the last bin has its upper end too."""
    known = rows[rows["confidence"].notna()]

    def bins(part: pd.DataFrame) -> Any:
        return np.histogram(part["confidence"], bins=edges)[0]

    return pd.DataFrame(
        {
            "confidence_from": edges[:-1],
            "confidence_to": edges[1:],
            "images": bins(known),
            "normal": bins(known[known["verdict"] == "normal"]),
            "anomalies": bins(known[known["verdict"] == "anomalous"]),
        }
    )


def defect_types(rows: pd.DataFrame) -> Rows:
    anomalous = rows[rows["verdict"] == "anomalous"]
    kinds = anomalous["defect_types"].map(lambda found: list(found) or ["unlabelled"])
    images = kinds.explode().value_counts().rename_axis("defect_type").reset_index(name="images")
    images["anomalies"] = len(anomalous)
    by = images.sort_values(["images", "defect_type"], ascending=[False, True])
    return rated(by, "anomaly_share", "images", "anomalies")


def review_outcomes(rows: pd.DataFrame) -> Rows:
    marked = rows.assign(
        anomalies=rows["verdict"] == "anomalous",
        reviewed=rows["review_outcome"].notna(),
        confirmed=rows["review_outcome"] == "confirmed",
        overruled=rows["review_outcome"] == "overruled",
        false_alarms=(rows["verdict"] == "anomalous") & (rows["review_verdict"] == "normal"),
        missed=(rows["verdict"] == "normal") & (rows["review_verdict"] == "anomalous"),
    )
    names = ["anomalies", "reviewed", "confirmed", "overruled", "false_alarms", "missed"]
    by = marked.groupby(LINE)[names].sum().reset_index()
    by = by.sort_values(["overruled", "facility", "line"], ascending=[False, True, True])
    return rated(by, "overruled_rate", "overruled", "reviewed")


def same(found: Rows, wanted: Rows) -> None:
    """Fails unless the rows are equal, numbers but for their last digits."""
    assert len(found) == len(wanted)
    for row, other in zip(found, wanted, strict=True):
        assert row.keys() == other.keys()
        for name, value in row.items():
            if isinstance(value, float):
                close = math.isclose(value, other[name], rel_tol=1e-9, abs_tol=1e-12)
                assert close, (name, row, other)
            else:
                assert value == other[name], (name, row, other)


def right_latency(found: Rows, rows: pd.DataFrame) -> None:
    """Fails unless percentiles are right to one rank in a hundred: they are approximate."""
    lines = rows[LINE].drop_duplicates().sort_values(["facility", "line"])
    assert [{name: row[name] for name in LINE} for row in found] == lines.to_dict("records")
    for row in found:
        own = rows[(rows["facility"] == row["facility"]) & (rows["line"] == row["line"])]
        assert row["images"] == len(own)
        assert math.isclose(row["latency_max"], own["latency_ms"].max())
        for name in ("latency_p50", "latency_p90", "latency_p99", "detect_p50", "detect_p99"):
            measure, _, percent = name.partition("_p")
            known = own[f"{measure}_ms"].dropna()
            if known.empty:
                assert row[name] is None
            else:
                # Equal values fill several ranks at once.
                first, last = (known < row[name]).mean(), (known <= row[name]).mean()
                off = 0.01 + 1 / len(known)
                assert first - off <= int(percent) / 100 <= last + off, (name, row)


def wire(moment: pd.Timestamp) -> str:
    """A naive UTC moment as the API writes it."""
    return f"{moment.isoformat(timespec='milliseconds')}Z"
