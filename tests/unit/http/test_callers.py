"""Who called, from the identity that API Gateway puts into an event."""

from __future__ import annotations

import pytest

from sightline.http.callers import UNKNOWN, caller

POOL = "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc"
SUBJECT = "6f1c0a3e-0000-4000-8000-000000000001"
SIGNED_IN = {
    "cognitoAuthenticationProvider": f"{POOL},{POOL}:CognitoSignIn:{SUBJECT}",
    "userArn": "arn:aws:sts::123456789012:assumed-role/people-viewer/CognitoIdentityCredentials",
}


def test_a_person_is_called_by_name() -> None:
    assert caller({"identity": SIGNED_IN}, {SUBJECT: "lead"}.get) == "lead"


def test_a_person_whose_name_is_not_known_is_told_from_others_all_the_same() -> None:
    assert caller({"identity": SIGNED_IN}) == SUBJECT
    assert caller({"identity": SIGNED_IN}, lambda _: None) == SUBJECT


@pytest.mark.parametrize(
    ("arn", "name"),
    [
        ("arn:aws:iam::123456789012:user/plant/lead", "lead"),
        ("arn:aws:iam::123456789012:user/lead", "lead"),
        ("arn:aws:sts::123456789012:assumed-role/engineers/lead@example.com", "lead@example.com"),
        ("arn:aws:iam::123456789012:root", "root"),
    ],
)
def test_a_program_is_called_by_its_user_or_session(arn: str, name: str) -> None:
    assert caller({"identity": {"userArn": arn}}) == name


@pytest.mark.parametrize("context", [{}, {"identity": None}, {"identity": {"userArn": None}}])
def test_nobody_is_called_unknown(context: dict[str, object]) -> None:
    assert caller(context) == UNKNOWN
