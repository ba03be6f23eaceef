"""What keeps people out of a page, as axe sees it."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

from sightline.packaging.site import SOURCE, fetch_packages

ROOT = Path(__file__).parents[2]
SERIOUS = ("serious", "critical")


def found_by_axe(page: Page) -> list[str]:
    """What is seriously wrong, in axe's words; its script runs outside of the page's policy."""
    packages = fetch_packages(ROOT / SOURCE, ROOT / "build")
    page.evaluate((packages / "axe-core/axe.min.js").read_text("utf-8"))
    found = page.evaluate("axe.run({resultTypes: ['violations']})")
    return [
        f"{one['id']}: {one['help']}: {[node['html'][:120] for node in one['nodes']]}"
        for one in found["violations"]
        if one["impact"] in SERIOUS
    ]
