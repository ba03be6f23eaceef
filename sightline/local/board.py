"""The demo's live board: lines, verdicts, alerts, and what came last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from rich import box
from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from sightline.local.audit import Row

_STYLES = {"normal": "green", "anomalous": "bold red", "not_inspected": "yellow"}
_LAST = 8


@dataclass
class Board:
    """What the board shows; the demo fills it in and rich draws it again and again."""

    total: int
    lines: Sequence[tuple[str, str]]  # (line, camera)
    sent: Counter[str] = field(default_factory=Counter)  # by camera
    told: Counter[str] = field(default_factory=Counter)  # by image, as AlertTap counts
    rows: Sequence[Row] = ()
    names: dict[str, str] = field(default_factory=dict)  # the files that images came from
    note: str = ""

    def __rich__(self) -> RenderableType:
        """Both tables and the progress."""
        sent = sum(self.sent.values())
        bar = ProgressBar(total=max(self.total, 1), completed=len(self.rows), width=40)
        state = Text(f" {len(self.rows)} recorded of {sent} sent, {self.total} in all  {self.note}")
        progress = Table.grid()
        progress.add_row(bar, state)
        return Group(self._lines(), self._last(), progress)

    def _lines(self) -> Table:
        table = Table(
            title="Lines", title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0)
        )
        table.add_column("line", no_wrap=True)
        table.add_column("camera", no_wrap=True)
        for name in ("sent", "normal", "anomalous", "unsure", "no verdict", "alerts"):
            table.add_column(name, justify="right", no_wrap=True)
        for line, camera in self.lines:
            mine = [row for row in self.rows if row.camera == camera]
            verdicts = Counter(row.verdict for row in mine)
            unsure = sum(row.severity in {"medium", "low"} for row in mine)
            alerts = sum(self.told[row.image] for row in mine)
            table.add_row(
                line,
                camera,
                str(self.sent[camera]),
                str(verdicts["normal"]),
                str(verdicts["anomalous"]),
                str(unsure),
                str(verdicts["not_inspected"]),
                str(alerts),
            )
        return table

    def _last(self) -> Table:
        table = Table(
            title="Last verdicts", title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0)
        )
        table.add_column("UTC", no_wrap=True)
        table.add_column("line", no_wrap=True)
        table.add_column("picture", no_wrap=True, overflow="ellipsis")
        table.add_column("verdict", no_wrap=True)
        table.add_column("sure", justify="right", no_wrap=True)
        newest = sorted(self.rows, key=lambda row: row.recorded_at, reverse=True)[:_LAST]
        for row in newest:
            sure = "" if row.confidence is None else f"{100 * row.confidence:.0f} %"
            table.add_row(
                f"{row.recorded_at:%H:%M:%S}",
                row.line,
                Text(self.names.get(row.image, row.image.partition("#")[2])),
                Text(row.reason or row.verdict, style=_STYLES.get(row.verdict, "")),
                sure,
            )
        return table
