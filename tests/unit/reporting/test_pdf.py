"""Printing a report: the browser does it, and what it says of a failure is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from sightline.domain.errors import NotFoundError, UnavailableError
from sightline.reporting.pdf import find_browser, print_pdf


def browser(folder: Path, script: str) -> str:
    """A program in a browser's place."""
    path = folder / "chromium"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


PRINTS = """
for given in "$@"; do case $given in
    --print-to-pdf=*) pdf=${given#*=};;
    file://*) page=${given#file://};;
esac; done
cat "$page" > "$pdf"
"""


def test_the_page_is_printed_to_the_file(tmp_path: Path) -> None:
    pdf = tmp_path / "report of today.pdf"
    pdf.write_text("an earlier one")
    print_pdf("<h1>Größe</h1>", pdf, browser(tmp_path, PRINTS))
    assert pdf.read_text("utf-8") == "<h1>Größe</h1>"


def test_a_browser_that_prints_nothing_is_quoted(tmp_path: Path) -> None:
    pdf = tmp_path / "report.pdf"
    pdf.write_text("an earlier one")
    fails = browser(tmp_path, "echo no display >&2; exit 1")
    with pytest.raises(UnavailableError, match="did not print the report: no display"):
        print_pdf("", pdf, fails)
    assert not pdf.exists()


def test_a_browser_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="/nowhere/chromium did not print"):
        print_pdf("", tmp_path / "report.pdf", "/nowhere/chromium")


def test_a_browser_is_looked_for_on_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotFoundError, match="--browser"):
        find_browser(["chromium"])
    assert browser(tmp_path, "") == find_browser()
