"""What the documents list is what the code does."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from sightline.domain.inspections import IMAGE_REASONS, Severity
from tests.measured import emitted

ROOT = Path(__file__).parents[2]
PAGES = [
    page
    for folder in ("docs", "infra", "services", "sightline")
    for page in sorted((ROOT / folder).rglob("*.md"))
] + sorted(ROOT.glob("*.md"))
FOLDERS = r"(?:\.github|bench|docs|infra|requirements|services|sightline|tests)"
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()


def test_every_metric_that_is_emitted_is_explained_and_no_other() -> None:
    table = OPERATIONS.partition("| metric | unit | what |")[2].partition("\n\n")[0]
    explained = set(re.findall(r"^\| (\w+) \|", table, re.MULTILINE))
    assert explained == {name for name, _ in emitted()}


@pytest.mark.parametrize("reason", sorted(IMAGE_REASONS | {"no_model", "unknown_camera", "gone"}))
def test_every_reason_for_no_verdict_is_explained(reason: str) -> None:
    assert f"`{reason}`" in OPERATIONS


@pytest.mark.parametrize("severity", [s.value for s in Severity if s is not Severity.NONE])
def test_every_severity_is_explained(severity: str) -> None:
    assert f"| {severity} |" in OPERATIONS


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_documents_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text()):
        if "://" not in link and not link.startswith("mailto:"):
            assert (page.parent / link).exists(), f"{page.name}: {link}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_files_that_documents_name_exist(page: Path) -> None:
    for name in re.findall(rf"`({FOLDERS}/[\w./*-]*)`", page.read_text()):
        assert list(ROOT.glob(name.rstrip("/"))), f"{page.name}: {name}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_modules_and_targets_that_documents_name_exist(page: Path) -> None:
    text = page.read_text()
    for name in re.findall(r"`(sightline(?:\.\w+)+)`", text):
        module, _, last = name.rpartition(".")
        places = [name, module] if last[0].isupper() else [name]
        files = [f"{place.replace('.', '/')}{end}" for place in places for end in (".py", "")]
        assert any((ROOT / file).exists() for file in files), f"{page.name}: {name}"
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z0-9-]+)", text)) <= targets, page.name


def test_addresses_of_the_control_service_end_in_a_stage_that_it_is_deployed_to() -> None:
    config = json.loads((ROOT / "services" / "control" / ".chalice" / "config.json").read_text())
    stages = {stage["api_gateway_stage"] for stage in config["stages"].values()}
    text = (ROOT / "docs" / "migrating-from-lookout.md").read_text()
    named = re.findall(r"https://<control API>/([\w-]*)", text)
    assert named
    assert set(named) <= stages


def test_every_make_target_says_what_it_does() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^\.PHONY: (\S+)", makefile, re.MULTILINE))
    explained = set(re.findall(r"^([a-z0-9-]+):.*## \S", makefile, re.MULTILINE))
    assert targets == explained
