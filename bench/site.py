"""How soon the site is painted, and how smoothly a long page scrolls, in a real browser.

    python -m bench.site [--loads 5] [--out FILE]

On the local stack, whose gateway neither compresses nor is far away: bytes are those of the files
themselves. A frame is late where it took longer than two screens of 60 Hz.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Response

from sightline.cost import results
from tests.site.browser import find_chromium, launched
from tests.site.factory import FACILITY, Factory, factory

PICTURES, LINE, DAYS_AGO = 200, "yard", 2
LATE_MS = 2000 / 60
STEPS, STEP_PIXELS, STEP_MS = 60, 120, 25

_WATCH = """() => {
    window.frames = [];
    window.long = [];
    new PerformanceObserver((list) => {
        for (const {duration} of list.getEntries()) window.long.push(duration);
    }).observe({type: "longtask"});
    let last = performance.now();
    const next = (now) => {
        window.frames.push(now - last);
        last = now;
        requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
}"""
_PAINT = """() => new Promise((resolve) => {
    new PerformanceObserver((list) => {
        const [paint] = list.getEntriesByName("first-contentful-paint");
        if (paint) resolve(paint.startTime);
    }).observe({type: "paint", buffered: true});
})"""


def main() -> int:
    """Run the benchmark and print its figures; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--loads", type=int, default=5)
    parser.add_argument("--out", type=Path, help="write the figures here, too, as JSON")
    options = parser.parse_args()
    executable = find_chromium()
    if executable is None:
        print("There is no Chromium here, and it could not be installed.", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as work, factory(Path(work)) as up:
        up.send_many(12)
        up.repeat(PICTURES, camera_id="yard-gate", line=LINE, days_ago=DAYS_AGO)
        with launched(executable) as browser:
            figures = {
                "first_load": first_load(browser, up, options.loads),
                "long_page": long_page(browser, up),
            }
    print(json.dumps(figures, indent=2))
    if options.out:
        results.save(options.out, figures)
    return 0


def first_load(browser: Browser, up: Factory, loads: int) -> dict[str, Any]:
    """Of somebody who was never here: the sign-in's bytes, and milliseconds to the first paint.

    `sightline cost` reads bytes and requests.
    """
    measured = [_first_load(browser, up) for _ in range(loads)]
    sizes, requests, paints = zip(*measured, strict=True)
    return {
        "bytes": max(sizes),
        "requests": max(requests),
        "first_paint_ms": _spread(paints),
    }


def _first_load(browser: Browser, up: Factory) -> tuple[int, int, float]:
    context = browser.new_context(base_url=up.url)
    page = context.new_page()
    answers: list[Response] = []

    def note(answer: Response) -> None:
        answers.append(answer)

    page.on("response", note)
    page.goto("/lines.html")
    page.get_by_label("User name").wait_for()
    paint: float = page.evaluate(_PAINT)
    size = sum(len(answer.body()) for answer in answers)
    context.close()
    return size, len(answers), paint


def long_page(browser: Browser, up: Factory) -> dict[str, Any]:
    """Scroll through a day of `PICTURES` pictures, there and back."""
    context = browser.new_context(base_url=up.url, viewport={"width": 1280, "height": 800})
    page = context.new_page()
    day = datetime.now(UTC).date() - timedelta(days=DAYS_AGO)
    page.goto(f"/line.html?facility={FACILITY}&line={LINE}&day={day}")
    page.get_by_label("User name").fill("viewer")
    page.get_by_label("Password").fill(up.passwords["viewer"])
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Show more").click()
    page.locator(".gallery > li").nth(PICTURES - 1).wait_for(state="attached")
    page.wait_for_timeout(1000)
    page.evaluate(_WATCH)
    _scroll(page)
    frames: list[float] = page.evaluate("window.frames.slice(1)")
    long: list[float] = page.evaluate("window.long")
    context.close()
    return {
        "pictures": PICTURES,
        "frames": len(frames),
        "frame_ms": _spread(frames),
        "late_frames": sum(frame > LATE_MS for frame in frames),
        "long_tasks_ms": [round(task) for task in long],
    }


def _scroll(page: Page) -> None:
    page.mouse.move(800, 400)
    for direction in (1, -1):
        for _ in range(STEPS):
            page.mouse.wheel(0, direction * STEP_PIXELS)
            page.wait_for_timeout(STEP_MS)


def _spread(values: Sequence[float]) -> dict[str, float]:
    ordered = sorted(values)
    return {
        "median": round(statistics.median(ordered), 1),
        "p95": round(ordered[int(0.95 * (len(ordered) - 1))], 1),
        "max": round(ordered[-1], 1),
    }


if __name__ == "__main__":
    sys.exit(main())
