"""`make screenshots`: every page of the site, light and dark, wide and narrow.

python -m tests.site.screenshots FOLDER [PAGE ...]
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import product
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.site.browser import find_chromium, launched
from tests.site.factory import FACILITY, Factory, factory
from tests.site.training import Sets, client
from tests.site.week import record_week

SIZES: dict[str, ViewportSize] = {
    "400": {"width": 400, "height": 860},
    "1280": {"width": 1280, "height": 900},
    "3840": {"width": 3840, "height": 2160},
}
THEMES = ("light", "dark")
TRAINED = "housings"
SETS: Sets = {"train": (60, 30), "test": (40, 40)}
"""As many parts as the demo's model learns from."""
VIEWS = {
    "models-project": f"models.html?project={TRAINED}",
    "models-version": f"models.html?project={TRAINED}&version=1",
    "train-result": f"train.html?project={TRAINED}&version=1&dataset=train",
    "analytics-live": "analytics.html?range=live",
}
"""What pages show besides what they are named for."""
PICTURES = 60
REVIEWED = 6
SETTLE_MS = 1500
LOADING_MS = 30_000


def main(folder: Path, only: list[str]) -> int:
    """Bring a factory up, visit every page, and write the pictures; the exit code."""
    executable = find_chromium()
    if executable is None:
        print("There is no Chromium here, and it could not be installed.", file=sys.stderr)
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as work, factory(Path(work), normal=60, anomaly=30) as up:
        up.send_many(PICTURES, defect_every=5)
        up.train(TRAINED, SETS)
        client(up.stack).start_model(ProjectName=TRAINED, ModelVersion="1", MinInferenceUnits=2)
        with launched(executable) as browser:
            _review(browser, up)
            record_week(up)
            up.stack.write_lake(Path(work) / "lake", timeout=300)
            views = addresses(up) | _in_work(browser, up)
            wanted = {name: view for name, view in views.items() if name in only or not only}
            for size, theme in product(SIZES, THEMES):
                for path in _visit(browser, up, folder, size, theme, wanted):
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


def _in_work(browser: Browser, up: Factory) -> dict[str, str]:
    """A trial with verdicts, and one of its pictures."""
    with _tab(browser, up) as page:
        _sign_in(page, up, "operator")
        page.goto(f"/trial.html?project={TRAINED}")
        page.get_by_label("Choose a folder").set_input_files(up.pictures)
        begin = page.get_by_role("button", name="Try 24 pictures")
        expect(begin).not_to_have_attribute("aria-disabled", "true", timeout=LOADING_MS)
        begin.click()
        tiles = page.get_by_role("list", name="Tried pictures")
        expect(tiles.get_by_role("listitem")).to_have_count(24, timeout=4 * LOADING_MS)
        trial = page.url.rpartition("/")[2]
        tiles.get_by_role("button").first.click()
        for key in "ccoc":
            page.keyboard.press(key)
        page.wait_for_load_state("networkidle")  # the verdicts are sent
        return {"trial-result": trial, "trial-picture": page.url.rpartition("/")[2]}


def _visit(
    browser: Browser, up: Factory, folder: Path, size: str, theme: str, views: dict[str, str]
) -> Iterator[Path]:
    look: dict[str, Any] = {"viewport": SIZES[size], "color_scheme": theme}
    with _tab(browser, up, **look) as page:
        page.goto("/lines.html")
        page.get_by_label("User name").wait_for()
        yield _taken(page, folder / f"sign-in-{size}-{theme}.png")
    with _tab(browser, up, **look) as page:
        _sign_in(page, up, "admin")
        for name, address in views.items():
            page.goto(f"/{address}")
            page.locator("#content h1").wait_for()
            _settle(page)
            yield _taken(page, folder / f"{name}-{size}-{theme}.png")


def _taken(page: Page, path: Path) -> Path:
    page.screenshot(path=path, full_page=True)
    return path


def _settle(page: Page) -> None:
    """Wait until everything is there that is loaded at first."""
    loading = page.locator(".skeleton, [aria-busy=true]:not(button), .chart-picture:empty")
    with suppress(AssertionError):  # then the picture shows what does not end
        expect(loading).to_have_count(0, timeout=LOADING_MS)
    page.wait_for_timeout(SETTLE_MS)


def _review(browser: Browser, up: Factory) -> None:
    """People agree with most verdicts, and not with all."""
    with _tab(browser, up) as page:
        _sign_in(page, up, "operator")
        page.goto("/review.html")
        picture = page.locator(".facts a").first
        for number in range(REVIEWED):
            shown = picture.inner_text()
            page.keyboard.press("c" if number % 3 else "o")
            expect(picture).not_to_have_text(shown, timeout=LOADING_MS)


def _sign_in(page: Page, up: Factory, user: str) -> None:
    page.goto("/lines.html")
    page.get_by_label("User name").fill(user)
    page.get_by_label("Password").fill(up.passwords[user])
    page.get_by_role("button", name="Sign in").click()
    page.locator("#content h1").wait_for()


@contextmanager
def _tab(browser: Browser, up: Factory, **options: Any) -> Iterator[Page]:
    context = browser.new_context(base_url=up.url, **options)
    yield context.new_page()
    context.close()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
