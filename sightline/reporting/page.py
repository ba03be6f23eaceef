"""The report as one HTML file: its charts and pictures are inside, so that it can be mailed."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from datetime import datetime
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

import jinja2
from PIL import Image

from sightline.charts import catalog, render
from sightline.domain import times
from sightline.reporting.gather import CHARTS, LOOKED_AT, Defect, Findings, Row, address

_THUMBNAIL = 360  # pixels of the longer side: two of them fill a column on a dense screen
_HEAT = (213, 94, 0)  # the colour of defects in the charts
_HEAT_SHARE = 0.6
_WIDE = frozenset({"share_over_time", "images_over_time", "line_by_hour"})
_WIDTHS = {True: 890, False: 430}


def page(found: Findings, *, site: str, made: datetime) -> str:
    """The report; links to single pictures lead to the admin site at `site`."""
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    environment.filters |= {"count": count, "share": share, "change": change}
    template = environment.from_string(
        (files("sightline.reporting") / "report.html.j2").read_text("utf-8")
    )
    return template.render(
        subject=found.subject,
        of=", ".join(f"{name} {value}" for name, value in found.subject.filters.items()),
        total=found.rows["totals"][0],
        before=found.before,
        lines=found.rows["by_line"],
        charts=[_chart(name, found) for name in CHARTS],
        defects=[_defect(one, found, site.rstrip("/")) for one in found.defects],
        looked_at=LOOKED_AT if found.selected else None,
        unfinished=made < found.subject.end,
        made=times.to_wire(made)[:16].replace("T", " "),
    )


def count(number: float | None) -> str:
    """`12,345`, or a dash."""
    return "–" if number is None else f"{number:,.0f}"


def share(number: float | None) -> str:
    """`3.4 %`, or a dash."""
    return "–" if number is None else f"{100 * number:.1f} %"


def change(now: Row, before: Row) -> str:
    """How the share of defects compares with that of the time before, in percentage points.

    It has changed only where the 95 % intervals of both times lie apart, as in the daily digest.
    """
    if now["anomaly_rate"] is None or before["anomaly_rate"] is None:
        return "nothing to compare with"
    points = f"{100 * abs(now['anomaly_rate'] - before['anomaly_rate']):.1f} points"
    if now["anomaly_rate_low"] > before["anomaly_rate_high"]:
        return f"{points} more than before"
    if now["anomaly_rate_high"] < before["anomaly_rate_low"]:
        return f"{points} less than before"
    return f"about as before ({share(before['anomaly_rate'])})"


def _chart(name: str, found: Findings) -> Mapping[str, Any]:
    spec = catalog.chart(name)
    rows = found.rows[catalog.query(spec)]
    wide = name in _WIDE
    drawn = render.svg(spec, rows, width=_WIDTHS[wide]) if catalog.has_content(spec, rows) else None
    return {
        "title": spec["title"],
        "description": spec["description"],
        "svg": drawn and drawn.replace("<svg ", '<svg role="img" ', 1),
        "wide": wide,
    }


def _defect(one: Defect, found: Findings, site: str) -> Mapping[str, Any]:
    values = one.values
    at = times.from_wire(values["CapturedAt"]).astimezone(ZoneInfo(found.subject.zone))
    names = {(row["facility"], row["line"]): row["line_name"] for row in found.rows["by_line"]}
    return {
        "picture": _inline(_overlaid(one)),
        "line": names.get((values["Facility"], values["Line"])) or values["Line"],
        "camera": values["CameraId"],
        "at": f"{at:%d %b, %H:%M:%S}",
        "sure": share(values["Confidence"]).replace(" ", "\N{NO-BREAK SPACE}"),
        "review": (values["Review"] or {}).get("Outcome"),
        "link": address(site, values),
    }


def _overlaid(one: Defect) -> Image.Image:
    """The picture, small, with the anomaly map faded over it."""
    picture = Image.open(io.BytesIO(one.picture)).convert("RGB")
    picture.thumbnail((_THUMBNAIL, _THUMBNAIL))
    if one.heat:
        heat = Image.open(io.BytesIO(one.heat)).convert("L").resize(picture.size)
        picture.paste(_HEAT, mask=heat.point(lambda value: int(value * _HEAT_SHARE)))
    return picture


def _inline(picture: Image.Image) -> str:
    stored = io.BytesIO()
    picture.save(stored, "JPEG", quality=80)
    return "data:image/jpeg;base64," + base64.b64encode(stored.getvalue()).decode()
