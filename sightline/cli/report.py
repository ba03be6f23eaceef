"""`sightline report`: numbers, charts and pictures of a day or a week, as one page."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from sightline.cli.outcome import refusals
from sightline.domain import times
from sightline.domain.queries import buckets

Text = str | None


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("report")(report)


def report(
    analytics: Annotated[
        str,
        typer.Option(envvar="SIGHTLINE_ANALYTICS_URL", help="Address of the analytics service."),
    ],
    control: Annotated[
        str, typer.Option(envvar="SIGHTLINE_CONTROL_URL", help="Address of the control service.")
    ],
    out: Annotated[
        Path, typer.Option(help="The file to write: .html, or .pdf where a browser can print it.")
    ] = Path("report.html"),
    day: Annotated[
        Text, typer.Option(help="A day, as 2026-11-23; yesterday if nothing is said.")
    ] = None,
    week: Annotated[Text, typer.Option(help="A week from Monday on, as 2026-W48.")] = None,
    zone: Annotated[str, typer.Option(help="The plant's time zone.")] = "UTC",
    project: Annotated[Text, typer.Option(help="Only this project.")] = None,
    facility: Annotated[Text, typer.Option(help="Only this facility.")] = None,
    line: Annotated[Text, typer.Option(help="Only this line.")] = None,
    camera: Annotated[Text, typer.Option(help="Only this camera.")] = None,
    pictures: Annotated[int, typer.Option(min=0, max=100, help="At most so many pictures.")] = 12,
    site: Annotated[
        str, typer.Option(envvar="SIGHTLINE_SITE_URL", help="Address of the admin site, for links.")
    ] = "",
    browser: Annotated[
        Text, typer.Option(help="What prints a PDF; else the Chromium, Chrome or Edge found here.")
    ] = None,
) -> None:
    """Write a report of a day or a week: numbers, charts, and pictures of the defects found."""
    with refusals():
        from sightline.reporting.api import Api
        from sightline.reporting.gather import gather
        from sightline.reporting.page import page
        from sightline.reporting.pdf import find_browser, print_pdf
        from sightline.reporting.subject import day_of, week_of

        given = {"project": project, "facility": facility, "line": line, "camera": camera}
        filters = {name: value for name, value in given.items() if value}
        now = times.now()
        yesterday = now.astimezone(buckets.zone(zone)) - timedelta(days=1)
        if week:
            subject = week_of(week, zone, filters)
        else:
            subject = day_of(day or f"{yesterday:%Y-%m-%d}", zone, filters)
        on_paper = out.suffix.lower() == ".pdf"
        printer = (browser or find_browser()) if on_paper else ""
        found = gather(subject, Api(analytics), Api(control), pictures=pictures)
        html = page(found, site=site, made=now)
        if on_paper:
            print_pdf(html, out, printer)
        else:
            out.write_text(html, encoding="utf-8")
        typer.echo(f"{out}: {subject.title}, {len(found.defects)} pictures")
