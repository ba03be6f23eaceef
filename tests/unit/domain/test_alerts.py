from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sightline.domain import alerts
from sightline.domain.alerts import Alert, AlertState
from sightline.domain.images import ImageRef
from sightline.domain.inspections import Severity, Verdict
from tests.examples import NOON, REF, recorded

SITE = "https://sightline.example"


def alert(number: int, severity: Severity = Severity.HIGH) -> Alert:
    return Alert(
        ImageRef("press-1-top", f"part {number}"),
        "leipzig/press-1/2026-03-14T12:00Z",
        AlertState.FOLDED,
        NOON,
        severity,
    )


def test_an_alert_says_what_where_when_how_sure_and_what_to_do() -> None:
    message = alerts.single(recorded(), site_url=SITE)
    assert message.subject == "[press-1] Defect, camera press-1-top"
    for fact in (
        "Defect on line press-1 (leipzig).",
        "2026-03-14T12:00:05.250Z",
        "confidence 93.8 %",
        "30 x 40 pixels at x 10, y 20, 0.4 % of the picture",
        "castings version 1",
        "shift:       früh",
        "Take the part out",
        SITE,
    ):
        assert fact in message.text


def test_the_link_leads_to_the_image_whatever_its_id() -> None:
    query = parse_qs(urlsplit(alerts.image_link(SITE + "/", REF)).query)
    assert query == {"camera": [REF.camera_id], "image": [REF.image_id]}


def test_machines_get_the_same_facts_as_json() -> None:
    message = alerts.single(recorded(), site_url=SITE)
    body = json.loads(message.json)
    assert body["image"] == {"cameraId": "press-1-top", "imageId": "part 0001 größe"}
    assert body["severity"] == message.attributes["severity"] == "high"
    assert body["regions"] == [{"x": 10, "y": 20, "width": 30, "height": 40, "area": 0.0039}]


@pytest.mark.parametrize(
    ("verdict", "headline"),
    [(Verdict.ANOMALOUS, "Possible defect"), (Verdict.NORMAL, "Uncertain picture")],
)
def test_an_unsure_model_does_not_cry_defect(verdict: Verdict, headline: str) -> None:
    message = alerts.single(recorded(verdict=verdict, confidence=0.55), site_url=SITE)
    assert headline in message.subject
    assert "[press-1] Defect" not in message.subject


@given(st.text(max_size=300))
@example("a" * 100)
def test_sns_accepts_every_subject(text: str) -> None:
    made = alerts.subject(text)
    assert len(made) < 100
    assert made.isascii()
    assert all(" " <= character <= "~" for character in made)


def test_a_digest_names_the_worst_and_links_the_first_pictures() -> None:
    folded = [alert(n, Severity.LOW) for n in range(11)] + [alert(11, Severity.HIGH)]
    message = alerts.digest(folded[0].line_minute, folded, site_url=SITE)
    assert message.subject == "[press-1] 12 more alerts in one minute"
    assert "1 high, 11 low" in message.text
    assert "... and 2 more" in message.text
    assert message.attributes["severity"] == "high"
    assert len(message.body["images"]) == 12
