"""Charts as pictures, without a browser."""

from __future__ import annotations

import vl_convert

from sightline.charts.catalog import Rows, Spec, drawn

VEGA_LITE = "6.4"
PICTURE_SCALE = 2.0  # sharp on screens of high density too


def svg(spec: Spec, rows: Rows, *, look: str = "light", width: int = 640) -> str:
    """The chart as SVG text."""
    picture: str = vl_convert.vegalite_to_svg(
        drawn(spec, rows, look=look, width=width), vl_version=VEGA_LITE
    )
    return picture


def png(spec: Spec, rows: Rows, *, look: str = "light", width: int = 640) -> bytes:
    """The chart as a PNG, at twice its width."""
    picture: bytes = vl_convert.vegalite_to_png(
        drawn(spec, rows, look=look, width=width), vl_version=VEGA_LITE, scale=PICTURE_SCALE
    )
    return picture
