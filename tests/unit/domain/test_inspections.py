from __future__ import annotations

import json

import pytest

from sightline.domain.inspections import Inspection, Recorded, Severity, Verdict
from tests.examples import inspection, recorded


@pytest.mark.parametrize(
    ("verdict", "confidence", "severity"),
    [
        (Verdict.ANOMALOUS, 0.9, Severity.HIGH),
        (Verdict.ANOMALOUS, 0.69, Severity.MEDIUM),
        (Verdict.NORMAL, 0.69, Severity.LOW),
        (Verdict.NORMAL, 0.7, Severity.NONE),
        (Verdict.NOT_INSPECTED, None, Severity.NONE),
    ],
)
def test_severity_tells_how_urgently_to_look(
    verdict: Verdict, confidence: float | None, severity: Severity
) -> None:
    assert inspection(verdict=verdict, confidence=confidence).severity(0.7) is severity


def test_an_inspection_survives_the_workflow_unchanged() -> None:
    through = json.loads(json.dumps(recorded().to_json()))
    assert Recorded.from_json(through) == recorded()
    assert Inspection.from_json(through["inspection"]) == inspection()


def test_a_missing_model_is_not_the_pictures_fault() -> None:
    refused = inspection(verdict=Verdict.NOT_INSPECTED, reason="no_model")
    assert not refused.is_invalid_image
    assert inspection(verdict=Verdict.NOT_INSPECTED, reason="too_small").is_invalid_image
