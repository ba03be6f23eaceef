"""What a target gets of an event."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sightline.local.events.inputs import lookup, target_input

EVENT: dict[str, Any] = {
    "id": "e1",
    "time": "2026-01-02T03:04:05Z",
    "detail-type": "Object Created",
    "detail": {"object": {"key": 'images/ä "b".jpg', "size": 3}, "tags": ["x", "y"]},
}


def test_the_whole_event_by_default() -> None:
    assert json.loads(target_input({}, EVENT)) == EVENT


def test_a_constant_is_handed_over_as_it_is_written() -> None:
    assert target_input({"Input": '{"a":  1}'}, EVENT) == '{"a":  1}'


def test_a_path_picks_a_part() -> None:
    assert json.loads(target_input({"InputPath": "$.detail.object.size"}, EVENT)) == 3


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$", EVENT),
        ("$.detail-type", "Object Created"),
        ("$.detail.tags[1]", "y"),
        ("$['detail-type']", "Object Created"),
        ("$.detail.tags[7]", None),
        ("$.nothing.here", None),
    ],
)
def test_paths(path: str, value: Any) -> None:
    assert lookup(path, EVENT) == value


def test_a_template_quotes_what_stands_alone_and_escapes_what_stands_in_a_text() -> None:
    transformer = {
        "InputPathsMap": {"key": "$.detail.object.key", "size": "$.detail.object.size"},
        "InputTemplate": '{"key": <key>, "text": "key <key> of <size> bytes", "size": <size>}',
    }
    filled = json.loads(target_input({"InputTransformer": transformer}, EVENT))
    key = 'images/ä "b".jpg'
    assert filled == {"key": key, "text": f"key {key} of 3 bytes", "size": 3}


def test_a_template_may_hold_the_whole_event() -> None:
    transformer = {"InputTemplate": '{"event": <aws.events.event.json>, "left": "<unknown>"}'}
    filled = json.loads(target_input({"InputTransformer": transformer}, EVENT))
    assert filled == {"event": EVENT, "left": "<unknown>"}
