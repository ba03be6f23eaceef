"""checkov finds in the services' templates what is listed here with reasons, and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from sightline.packaging.contents import services
from sightline.packaging.services import Stage, make_template
from tests.api import ROOT
from tests.environments import python_with

pytestmark = pytest.mark.slow

VERSION = "3.3.30"
ACCEPTED: Mapping[str, str] = {
    "CKV_AWS_76": (
        "Access logs of an API need a role that is set once for an account's whole region, which "
        "no single stack should own. The functions log every refusal and error themselves."
    ),
    "CKV_AWS_115": (
        "Concurrency that one function reserves is taken from the account's others. How much "
        "comes through is bounded by API Gateway's throttle."
    ),
    "CKV_AWS_116": "API Gateway waits for its functions: a caller is told, and no event is lost.",
    "CKV_AWS_117": (
        "The functions reach AWS's public services alone, by TLS and their role. In a network of "
        "one's own they would need gateways that cost money while the line stands still."
    ),
    "CKV_AWS_120": "Answers differ by caller and minute; a cache also costs by the hour.",
    "CKV_AWS_158": (
        "AWS encrypts logs with keys of its own. They hold no secret, which "
        "tests/e2e/test_logs.py shows, so that keys of our own would protect nothing more."
    ),
}


@pytest.fixture(scope="module")
def python() -> Path:
    return python_with("checkov", VERSION)


def findings(python: Path, template: Mapping[str, Any], folder: Path) -> dict[str, set[str]]:
    """The resources that fail a check, by the check's id."""
    file = folder / "template.json"
    file.write_text(json.dumps(template, indent=1))
    options = ["--framework", "cloudformation", "--compact", "--quiet", "--output", "json"]
    done = subprocess.run(
        [python.with_name("checkov"), "--file", file.name, *options],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        # Without its publisher's service, which would only add links to the findings.
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "BC_SKIP_MAPPING": "TRUE"},
    )
    report = json.loads(done.stdout)
    assert report["summary"]["resource_count"] >= 4, done.stderr
    assert report["summary"]["parsing_errors"] == 0, done.stderr
    found: dict[str, set[str]] = {}
    for failed in report["results"]["failed_checks"]:
        found.setdefault(failed["check_id"], set()).add(failed["resource"])
    return found


@pytest.mark.parametrize("service", services(ROOT))
def test_a_services_template_has_the_accepted_findings_and_no_others(
    service: str, python: Path, tmp_path: Path
) -> None:
    template = make_template(service, Stage(), ROOT, tmp_path)
    found = findings(python, template, tmp_path)
    assert {check: found[check] for check in found.keys() - ACCEPTED.keys()} == {}
    assert ACCEPTED.keys() - found.keys() == set(), "no longer found: take them off the list"


def test_a_finding_that_nobody_accepted_is_seen(python: Path, tmp_path: Path) -> None:
    template = make_template("ingest", Stage(), ROOT, tmp_path)
    template["Resources"]["APIHandler"]["Properties"]["Environment"] = {
        "Variables": {"KEY": "AKIAIOSFODNN7EXAMPLE"}  # of AWS's own documentation
    }
    del template["Resources"]["CameraLogGroup"]["Properties"]["RetentionInDays"]
    new = findings(python, template, tmp_path).keys() - ACCEPTED.keys()
    assert {"CKV_AWS_45", "CKV_AWS_66"} <= new
