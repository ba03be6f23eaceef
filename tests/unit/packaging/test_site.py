"""The site's folder: what is in it, when it is made anew, and what is said when it cannot be."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from sightline.domain.errors import ArtifactError, UnavailableError
from sightline.packaging import site
from sightline.packaging.site import build_site

ROOT = Path(__file__).parents[3]


class FakeNpm:
    """Installs packages whose files say their own path, as `npm ci` would."""

    def __init__(self, *, fails: str = "") -> None:
        self.calls = 0
        self.fails = fails
        self.contents: dict[str, str] = {}

    def __call__(self, words: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
        self.calls += 1
        if self.fails:
            return subprocess.CompletedProcess([*words], 1, "", self.fails)
        for path in site.VENDOR.values():
            file = folder / "node_modules" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(self.contents.get(path, f"// {path}\n"), "utf-8")
            (folder / "node_modules" / site._package(path) / "LICENSE").write_text("MIT", "utf-8")
        return subprocess.CompletedProcess([*words], 0, "", "")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    source = tmp_path / site.SOURCE
    for name, content in {
        "index.html": "<!doctype html>",
        "app.js": "import './pages/lines.js'",
        "pages/lines.js": "export default 1",
        "package.json": "{}",
        "package-lock.json": "{}",
        ".npmrc": "",
        "README.md": "for people",
    }.items():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text(content, "utf-8")
    for name in ("specs/latency.json", "themes/dark.json", "catalog.py"):
        (tmp_path / site.CHARTS / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / site.CHARTS / name).write_text(name, "utf-8")
    return tmp_path


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_every_page_is_a_file_so_that_its_address_can_be_loaded(checkout: Path) -> None:
    made = files(build_site(checkout, checkout / "build", npm=FakeNpm()))
    assert made["lines.html"] == made["index.html"] == b"<!doctype html>"


def test_only_what_browsers_load_is_in_it(checkout: Path) -> None:
    made = files(build_site(checkout, checkout / "build", npm=FakeNpm()))
    vendored = {f"vendor/{name}" for name in (*site.VENDOR, site.LICENSES)}
    own = {"index.html", "app.js", "pages/lines.js", "lines.html"}
    charts = {"charts/specs/latency.json", "charts/themes/dark.json"}
    assert made.keys() == own | charts | vendored


def test_a_changed_chart_is_taken(checkout: Path) -> None:
    build_site(checkout, checkout / "build", npm=FakeNpm())
    (checkout / site.CHARTS / "specs/latency.json").write_text("changed", "utf-8")
    made = files(build_site(checkout, checkout / "build", npm=FakeNpm()))
    assert made["charts/specs/latency.json"] == b"changed"


def test_packages_are_fetched_once_for_a_lock_and_our_files_taken_when_they_change(
    checkout: Path,
) -> None:
    npm, build = FakeNpm(), checkout / "build"
    build_site(checkout, build, npm=npm)
    (checkout / site.SOURCE / "app.js").write_text("changed", "utf-8")
    assert files(build_site(checkout, build, npm=npm))["app.js"] == b"changed"
    assert npm.calls == 1
    (checkout / site.SOURCE / "package-lock.json").write_text('{"a": 1}', "utf-8")
    build_site(checkout, build, npm=npm)
    assert npm.calls == 2


def test_a_file_that_was_taken_away_is_gone_from_the_site(checkout: Path) -> None:
    build_site(checkout, checkout / "build", npm=FakeNpm())
    (checkout / site.SOURCE / "pages/lines.js").unlink()
    assert "lines.html" not in files(build_site(checkout, checkout / "build", npm=FakeNpm()))


def test_equal_sources_give_equal_files(checkout: Path) -> None:
    first = files(build_site(checkout, checkout / "one", npm=FakeNpm()))
    assert first == files(build_site(checkout, checkout / "two", npm=FakeNpm()))


def test_packages_that_name_each_other_are_made_to_find_each_other(checkout: Path) -> None:
    npm = FakeNpm()
    npm.contents["preact/hooks/dist/hooks.mjs"] = (
        'import{options as n}from"preact";var t;\n//# sourceMappingURL=hooks.mjs.map\n'
    )
    made = files(build_site(checkout, checkout / "build", npm=npm))
    assert made["vendor/preact-hooks.js"] == b'import{options as n}from"./preact.js";var t;\n'


def test_a_module_that_needs_another_package_is_refused(checkout: Path) -> None:
    npm = FakeNpm()
    npm.contents["htm/dist/htm.mjs"] = 'import { x } from "left-pad";'
    with pytest.raises(ArtifactError, match=r"htm\.js imports left-pad"):
        build_site(checkout, checkout / "build", npm=npm)


def test_no_registry_is_told_in_words_and_leaves_the_former_site(checkout: Path) -> None:
    build = checkout / "build"
    before = files(build_site(checkout, build, npm=FakeNpm()))
    (checkout / site.SOURCE / "package-lock.json").write_text('{"a": 1}', "utf-8")
    with pytest.raises(UnavailableError, match="ENOTFOUND"):
        build_site(checkout, build, npm=FakeNpm(fails="npm error code ENOTFOUND"))
    assert files(build / "site") == before


def test_a_package_that_is_not_the_locked_one_is_refused(checkout: Path) -> None:
    with pytest.raises(ArtifactError, match="not the one that was locked"):
        build_site(checkout, checkout / "build", npm=FakeNpm(fails="npm error code EINTEGRITY"))


def test_the_lock_names_no_registry() -> None:
    lock = (ROOT / site.SOURCE / "package-lock.json").read_text("utf-8")
    assert '"resolved"' not in lock
