"""Errors: every error of the domain has one place in the table, in one body."""

from __future__ import annotations

import inspect

import pytest

from sightline.domain import errors
from sightline.http import gateway
from sightline.http.errors import CODES, MESSAGE_MAX, error_body, refusal_of

OURS = {errors.SightlineError, errors.ArtifactError}  # nothing that a caller could do about them


@pytest.mark.parametrize(
    "kind",
    [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if kind not in OURS],
)
def test_every_error_of_the_domain_has_a_refusal(kind: type[Exception]) -> None:
    refusal = refusal_of(kind.__new__(kind))
    assert refusal is not None
    assert CODES[refusal.status] == refusal.code


@pytest.mark.parametrize("kind", [*OURS, ValueError, KeyError, ZeroDivisionError])
def test_nothing_else_has_one(kind: type[Exception]) -> None:
    assert refusal_of(kind("boom")) is None


def test_the_nearest_ancestor_counts() -> None:
    refusal = refusal_of(errors.TooLargeError("big"))
    assert refusal is not None
    assert refusal.status == 413


def test_a_long_message_is_cut() -> None:
    message = error_body("InvalidRequest", "x" * 5000, "1")["error"]["message"]
    assert len(message) == MESSAGE_MAX
    assert message.endswith("...")


@pytest.mark.parametrize("name", gateway.RESPONSES)
def test_the_gateway_refuses_in_the_same_form(name: str) -> None:
    status, body = gateway.refusal(name, "abc")
    assert 400 <= status <= 503
    assert body["error"].keys() == {"code", "message", "requestId"}
    assert body["error"]["requestId"] == "abc"
