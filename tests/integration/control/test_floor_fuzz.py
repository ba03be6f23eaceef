"""Whatever is sent to people's routes is answered or refused, and a refusal leaves no trace."""

from __future__ import annotations

import copy
import json
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from sightline.http.floor.routes import ROUTES
from sightline.http.floor.shapes import Route
from tests.control_api import ControlApi
from tests.control_world import ControlWorld
from tests.integration.control.test_fuzz import QUICK, json_values
from tests.integration.control.test_stateful_fuzz import CAMERA, KNOWN, add_inspections

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
odd_texts = st.sampled_from(
    [
        "",
        " ",
        "%",
        "..",
        "../..",
        "a/b",
        "\x00",
        "\u202e",
        "null",
        "NaN",
        "1e400",
        "9" * 40,
        "a" * 3000,
    ]
)
times = st.sampled_from(["2026-03-14", "2026-02-30", "0000-00-00", "9999-12-31", "2026-03-14T00"])


@pytest.fixture(scope="module")
def prepared() -> Iterator[ControlApi]:
    """A running model, a camera and inspections: the world that every example starts from."""
    with tempfile.TemporaryDirectory() as folder:
        api = ControlApi(Path(folder))
        api.prepare(hosted=True)
        add_inspections(api.world)
        yield api


class Kept:
    """What a world holds, to compare it with and to go back to."""

    def __init__(self, world: ControlWorld) -> None:
        self._stores: list[Any] = [
            world.registry.records,
            world.entries.sets,
            world.objects.objects,
            world.cameras.items,
            world.cases.reviews,
            world.cases.inspections.results,
            world.subscriptions.known,
        ]
        self._before = [copy.copy(store) for store in self._stores]
        self._waiting = world.starter.waiting

    def is_unchanged(self) -> bool:
        return self._stores == self._before

    def go_back(self) -> None:
        self._waiting.clear()
        for store, was in zip(self._stores, self._before, strict=True):
            store.clear()
            (store.extend if isinstance(store, list) else store.update)(was)


def values(name: str) -> st.SearchStrategy[Any]:
    """For a parameter: what is there, what looks like it, and what nobody meant."""
    known = [KNOWN.parameters[name]] if name in KNOWN.parameters else []
    return st.sampled_from([*known, CAMERA, "castings"]) | times | odd_texts | texts


def query_of(route: Route, data: st.DataObject) -> str:
    if route.query is None:
        return data.draw(st.sampled_from(["", "", "?a=1"]))
    names = [*route.query.model_fields, "other"]
    pairs = data.draw(st.lists(st.sampled_from(names), max_size=4))
    given = ((n, data.draw(values(n) | st.integers().map(str), label=n)) for n in pairs)
    return "?" + "&".join(f"{n}={quote(str(v), safe='', errors='replace')}" for n, v in given)


def body_of(route: Route, data: st.DataObject) -> bytes:
    if route.body is None:
        return data.draw(st.sampled_from([b"", b"{}", b"\xff"]))
    names = [field.alias or name for name, field in route.body.model_fields.items()]
    known = KNOWN.bodies.get(f"{route.method} {route.path}", KNOWN.members)
    usual = {name: known[name] for name in names if name in known}
    member = json_values | texts | odd_texts | st.floats() | st.integers()
    changed = st.dictionaries(st.sampled_from([*names, "Other"]), member, max_size=3)
    bodies = changed.map(lambda changes: {**usual, **changes}) | json_values
    raw = bodies.map(lambda body: json.dumps(body).encode()) | st.binary(max_size=60)
    return data.draw(raw, label="body")


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
@settings(QUICK, max_examples=40)
@given(data=st.data())
def test_no_request_whatever_is_more_than_refused(
    prepared: ControlApi, route: Route, data: st.DataObject
) -> None:
    kept = Kept(prepared.world)

    def part(found: re.Match[str]) -> str:
        known = KNOWN.parameters[found[1]]
        meant = data.draw(st.integers(0, 4), label="meant")  # mostly, to get any further
        text = known if meant else data.draw(values(found[1]), label=found[1])
        return quote(text, safe="", errors="replace") or "x"

    path = re.sub(r"\{(\w+)\}", part, route.path)
    answer = prepared.call(route.method, path + query_of(route, data), body_of(route, data))
    event(f"answered {answer.status}")
    try:
        assert answer.status < 500, answer
        if answer.status >= 400:
            assert answer.headers["x-amzn-errortype"].endswith("Exception"), answer
            assert 0 < len(answer.json["Message"]) <= 1000
            for leak in ("Traceback", 'File "', "site-packages", "pydantic"):
                assert leak not in answer.body.decode()
            assert kept.is_unchanged()
        elif route.method == "GET":
            assert kept.is_unchanged()
    finally:
        kept.go_back()
