"""`make screenshots`: every page of the site, light and dark, wide and narrow.

python -m tests.site.screenshots FOLDER [PAGE ...]
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, ViewportSize

from tests.site.browser import find_chromium, launched
from tests.site.factory import FACILITY, Factory, factory

SIZES: dict[str, ViewportSize] = {
    "400": {"width": 400, "height": 860},
    "1440": {"width": 1440, "height": 900},
    "3840": {"width": 3840, "height": 2160},
}
THEMES = ("light", "dark")
TRAINED = "housings"
VIEWS = {
    "models-project": f"models.html?project={TRAINED}",
    "models-version": f"models.html?project={TRAINED}&version=1",
}
"""What pages show besides what they are named for."""
PICTURES = 60
SETTLE_MS = 2500


def main(folder: Path, only: list[str]) -> int:
    """Bring a factory up, visit every page, and write the pictures; the exit code."""
    executable = find_chromium()
    if executable is None:
        print("There is no Chromium here, and it could not be installed.", file=sys.stderr)
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as work, factory(Path(work)) as up:
        up.send_many(PICTURES)
        with launched(executable) as browser:
            for (size, viewport), theme in product(SIZES.items(), THEMES):
                if size == "3840" and theme == "dark":
                    continue
                for path in _visit(browser, up, folder, f"{size}-{theme}", viewport, theme, only):
                    print(path)
    return 0


def addresses(up: Factory) -> dict[str, str]:
    """The pages and `VIEWS` by name, each with something to see."""
    up.train(TRAINED)
    defect = next(row for row in up.rows() if row.verdict == "anomalous")
    camera, _, image = defect.image.partition("#")
    site = Path(__file__).parents[2] / "services/control/site/pages"
    found = {path.stem: f"{path.stem}.html" for path in sorted(site.glob("*.js"))}
    found["inspection"] = f"inspection.html?camera={camera}&image={image}"
    found["line"] = f"line.html?facility={FACILITY}&line=press-1"
    return found | VIEWS


def _visit(
    browser: Browser,
    up: Factory,
    folder: Path,
    suffix: str,
    viewport: ViewportSize,
    theme: str,
    only: list[str],
) -> Iterator[Path]:
    context: BrowserContext = browser.new_context(
        base_url=up.url,
        viewport=viewport,
        color_scheme="dark" if theme == "dark" else "light",
    )
    page = context.new_page()
    page.goto("/lines.html")
    page.get_by_label("User name").fill("admin")
    path = folder / f"sign-in-{suffix}.png"
    page.screenshot(path=path)
    yield path
    page.get_by_label("Password").fill(up.passwords["admin"])
    page.get_by_role("button", name="Sign in").click()
    page.locator("#content h1").wait_for()
    for name, address in addresses(up).items():
        if only and name not in only:
            continue
        page.goto(f"/{address}")
        page.locator("#content h1").wait_for()
        page.wait_for_timeout(SETTLE_MS)
        path = folder / f"{name}-{suffix}.png"
        page.screenshot(path=path)
        yield path
    context.close()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
