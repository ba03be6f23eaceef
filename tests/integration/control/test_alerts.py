"""What may not be subscribed to alerts is refused, and subscribes nobody."""

from __future__ import annotations

from typing import Any

import pytest

from tests.control_api import ControlApi

ALERTS = "/sightline/alerts"
HOOK = "https://hooks.example.com/sightline"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"Protocol": "https", "Endpoint": "http://hooks.example.com/"}, "https, a public"),
        ({"Protocol": "https", "Endpoint": "https://169.254.169.254/"}, "https, a public"),
        ({"Protocol": "https", "Endpoint": "https://[::1]/"}, "https, a public"),
        ({"Protocol": "https", "Endpoint": "https://localhost/"}, "https, a public"),
        ({"Protocol": "https", "Endpoint": "https://a:b@hooks.example.com/"}, "no user"),
        ({"Protocol": "https", "Endpoint": "https://hooks.example.com:8443/"}, "than 443"),
        ({"Protocol": "sms", "Endpoint": "0151 2345678"}, "E.164"),
        ({"Protocol": "email", "Endpoint": "lead at example.com"}, "not an e-mail address"),
        ({"Protocol": "http", "Endpoint": HOOK}, "Protocol"),
        ({"Protocol": "lambda", "Endpoint": "arn:aws:lambda:x:y:function:z"}, "Protocol"),
        ({"Protocol": "https"}, "Endpoint"),
        ({"Protocol": "https", "Endpoint": 7}, "Endpoint"),
        ({"Protocol": "https", "Endpoint": HOOK, "Severities": ["none"]}, "Severities"),
        ({"Protocol": "https", "Endpoint": HOOK, "Lines": ["a b"]}, "Line"),
        ({"Protocol": "https", "Endpoint": HOOK, "Topic": "mine"}, "Topic"),
    ],
)
def test_it_is_refused_and_nobody_is_subscribed(
    api: ControlApi, body: dict[str, Any], words: str
) -> None:
    answer = api.call("POST", ALERTS, body, Content_Type="application/json")
    assert (answer.status, answer.headers["x-amzn-errortype"]) == (400, "ValidationException")
    assert words in answer.json["Message"]
    assert api.call("GET", ALERTS).json["Subscriptions"] == []


@pytest.mark.parametrize("name", ["nobody", "6f1c0a3e-0000-4000-8000-000000000001", "..%2F..", "*"])
def test_who_is_not_subscribed_cannot_be_removed(api: ControlApi, name: str) -> None:
    answer = api.call("DELETE", f"{ALERTS}/{name}")
    assert (answer.status, answer.headers["x-amzn-errortype"]) == (404, "ResourceNotFoundException")
