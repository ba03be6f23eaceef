"""The report on paper: a page is printed by a browser of the Chromium family that is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from sightline.domain.errors import NotFoundError, UnavailableError

BROWSERS = (
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge"),
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
_SECONDS = 120


def find_browser(names: Sequence[str] = BROWSERS) -> str:
    """The path of a browser that prints; `NotFoundError` names those that would do."""
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        raise NotFoundError(
            "A PDF is printed by Chromium, Chrome or Edge, and none of them is installed here; "
            "install one, name it with --browser, or print the HTML page."
        )
    return found


def print_pdf(page: str, pdf: Path, browser: str) -> None:
    """Print HTML of ours, which needs nothing from elsewhere; `UnavailableError` says why not."""
    with tempfile.TemporaryDirectory(prefix="sightline-print-") as work:
        html = Path(work) / "report.html"
        html.write_text(page, encoding="utf-8")
        arguments = [
            *("--headless", "--disable-gpu", "--no-pdf-header-footer", "--no-first-run"),
            f"--user-data-dir={work}/profile",
            f"--print-to-pdf={pdf.resolve()}",
            # It refuses to run as root with one. The page is our own, and has no scripts.
            *(["--no-sandbox"] if os.geteuid() == 0 else []),
            html.as_uri(),
        ]
        pdf.unlink(missing_ok=True)
        try:
            done = subprocess.run(  # noqa: S603 - nothing of it comes from the page
                [browser, *arguments], capture_output=True, check=False, timeout=_SECONDS
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise UnavailableError(f"{browser} did not print the report: {error}") from error
    if not pdf.is_file():
        said = done.stderr.decode(errors="replace").strip() or "it says nothing"
        raise UnavailableError(f"{browser} did not print the report: {said[-300:]}")
