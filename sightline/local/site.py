"""The admin site on this machine: what `make site` makes, sent as CloudFront would send it."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from html import escape
from pathlib import Path

from sightline.domain.errors import SightlineError
from sightline.http import site as served
from sightline.local.gateway.messages import Answer, Request, refusal
from sightline.local.gateway.pages import Page, page
from sightline.packaging.site import SHELL, build_site

logger = logging.getLogger(__name__)


class SiteFiles:
    """A folder's files by their paths, with the headers that the site has on AWS."""

    def __init__(self, folder: Path, headers: Mapping[str, str]) -> None:
        self._files = {
            f"/{path.relative_to(folder).as_posix()}": path
            for path in folder.rglob("*")
            if path.is_file()
        }
        self._files["/"] = folder / SHELL
        self._headers = {**headers, "Cache-Control": served.CACHE_CONTROL}

    def __call__(self, request: Request) -> Answer:
        """Answer a GET of a file; 304 when the browser has it already."""
        found = self._content(request.path)
        if found is None or request.method not in {"GET", "HEAD"}:
            return refusal("MISSING_AUTHENTICATION_TOKEN", request)
        content, kind = found
        tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        headers = [("Content-Type", kind), ("ETag", tag), *self._headers.items()]
        if request.header("if-none-match") == tag:
            return Answer(304, b"", headers)
        return Answer(200, content, headers)

    def _content(self, path: str) -> tuple[bytes, str] | None:
        file = self._files.get(path)  # only what is there at the start: no path leads out of it
        if file is None:
            return None
        return file.read_bytes(), served.CONTENT_TYPES.get(file.suffix, "application/octet-stream")


def site_page(root: Path, headers: Mapping[str, str]) -> Page:
    """The site of a checkout, built when it is not; without its packages, a page that says so."""
    try:
        return SiteFiles(build_site(root, root / "build"), headers)
    except SightlineError as error:
        logger.warning("the site is not there: %s", error)
        return _absent(str(error))


def _absent(why: str) -> Page:
    text = (
        f"<p>The rest of the system runs. To see the site, run <code>make site</code> where npm "
        f'reaches a registry, and start again.</p><pre>{escape(why)}</pre><p><a href="/status">'
        'What is up</a>, <a href="/mail">mail that was sent</a></p>'
    )

    def answer(request: Request) -> Answer:
        del request
        return Answer.text(page("The site is not built", text))

    return answer
