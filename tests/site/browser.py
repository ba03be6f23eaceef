"""A real browser, and what a visit to the site must not show."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_ARGS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-sync",
    "--no-default-browser-check",
    "--no-first-run",
)
# A refused request is written to the console by the browser, whatever the page does about it.
_REFUSED = "Failed to load resource: the server responded with a status of"


def find_chromium() -> str | None:
    """Where Chromium is; installed by Debian's package manager where that is possible."""
    found = _on_path()
    if found is None and os.geteuid() == 0 and (apt := shutil.which("apt-get")):
        for words in ("update", "install --yes --no-install-recommends chromium"):
            subprocess.run([apt, "--quiet", *words.split()], check=False, capture_output=True)
        found = _on_path()
    return found


@contextmanager
def launched(executable: str) -> Iterator[Browser]:
    """The browser, until the end of the block."""
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []  # it refuses to run as root with one
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=[*_ARGS, *sandbox])
        yield browser
        browser.close()


@dataclass
class Visit:
    """A person's tab: the page, and everything that a page of ours must not do.

    `refusals` are the statuses that a test expects services to answer.
    """

    page: Page
    origins: frozenset[str]
    refusals: set[int] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)

    def watch(self) -> Visit:
        """Begin to take notes."""
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        self.page.on("request", self._look_at)
        return self

    def check(self) -> None:
        """Fails when there was a console error, an inline script, or a request to elsewhere."""
        assert not self.problems, self.problems

    def open(self, address: str) -> Page:
        """Go to an address of the site, such as `lines.html`."""
        self.page.goto(f"/{address}")
        return self.page

    def call(self, method: str, path: str, body: Any = None) -> int:
        """Call the control service as the page would, and say the status of the answer."""
        status: int = self.page.evaluate(
            """async ([method, path, body]) => {
                const api = await import("/lib/api.js");
                try {
                    await api.call("control", method, path, body === null ? {} : {body});
                    return 200;
                } catch (error) {
                    return error.status;
                }
            }""",
            [method, path, body],
        )
        return status

    def _hear(self, message: ConsoleMessage) -> None:
        expected = any(message.text.startswith(f"{_REFUSED} {code}") for code in self.refusals)
        if message.type in {"error", "warning"} and not expected:
            self.problems.append(f"{message.type}: {message.text}")

    def _look_at(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme != "blob" and f"{parts.scheme}://{parts.netloc}" not in self.origins:
            self.problems.append(f"request to elsewhere: {request.method} {request.url}")


def _on_path() -> str | None:
    return next((found for name in _NAMES if (found := shutil.which(name))), None)
