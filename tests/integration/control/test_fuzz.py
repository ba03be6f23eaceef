"""Whatever is sent, the answer is the protocol's: never a 5xx, never anything half-made."""

from __future__ import annotations

import copy
import json
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sightline.lookoutvision.description import Operation, description
from tests.control_api import ControlApi, assert_keeps_to_the_description
from tests.control_world import PICTURE
from tests.lookout_examples import OWNER

QUICK = settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
KNOWN = {
    "ProjectName": ["castings"],
    "DatasetType": ["train", "test"],
    "ModelVersionOrLatest": ["1", "latest"],
    "ModelVersion": ["1"],
    "ResourceArn": [OWNER.model("castings", "1")],
    "Bucket": ["pictures"],
    "Changes": ["e30=", "eyJzb3VyY2UtcmVmIjogInMzOi8vYi9rIn0="],
    "Moment": ["2026-03-14T12:00:00Z", "9999-12-31T23:59:59-23:59"],
    "ContentType": ["image/png"],
    "Picture": [PICTURE],
}


def of_shape(name: str) -> st.SearchStrategy[Any]:
    """Values of a shape: often right, sometimes at its bounds, sometimes of another kind."""
    shape = description().shapes[name]
    wild = json_values
    known = st.sampled_from(KNOWN[name]) if name in KNOWN else st.nothing()
    kind = shape["type"]
    if kind == "structure":
        members = {m: of_shape(r["shape"]) for m, r in shape["members"].items()}
        return st.fixed_dictionaries({}, optional=members) | wild
    if kind == "list":
        return st.lists(of_shape(shape["member"]["shape"]), max_size=3) | wild
    if kind == "integer":
        near = [shape.get("min", 0) - 1, shape.get("min", 0), shape.get("max", 9) + 1, 10**30]
        return st.sampled_from(near) | wild
    return known | st.booleans() | wild | (_text(shape) if kind == "string" else st.nothing())


def _text(shape: Mapping[str, Any]) -> st.SearchStrategy[str]:
    if "enum" in shape:
        return st.sampled_from(shape["enum"])
    if "pattern" in shape:
        return st.from_regex(shape["pattern"])
    return st.text(max_size=shape.get("max", 20) % 50 + 1)


@pytest.fixture(scope="module")
def prepared() -> Iterator[ControlApi]:
    """A project with a running model, in a world that every example starts from."""
    with tempfile.TemporaryDirectory() as folder:
        api = ControlApi(Path(folder))
        api.prepare(hosted=True)
        yield api


def send(api: ControlApi, operation: Operation, data: st.DataObject) -> Any:
    """One request with drawn members; its parts are put where the protocol has them."""
    shape = description().shapes[operation.input]
    path, query, headers, body = operation.path, [], {}, {}
    payload: Any = None
    for member, reference in shape["members"].items():
        place, name = reference.get("location"), reference.get("locationName", member)
        if place != "uri" and not data.draw(st.booleans()):
            continue
        value = data.draw(of_shape(reference["shape"]), label=member)
        if member == shape.get("payload"):
            payload = value if isinstance(value, bytes) else data.draw(st.binary(max_size=90))
        elif place == "uri":
            text = quote(str(value)[:300], safe="", errors="replace") or "x"
            path = path.replace(f"{{{name}}}", text)
        elif place == "querystring":
            query.append(f"{name}={quote(str(value), safe='', errors='replace')}")
        elif place == "header":
            headers[name.lower()] = str(value).encode("ascii", "replace").decode()
        else:
            body[member] = value
    raw = payload if payload is not None else json.dumps(body).encode() if body else b""
    url = path + ("?" + "&".join(query) if query else "")
    return api.call(operation.method, url, raw, **headers)


@pytest.mark.parametrize("name", sorted(description().operations))
@QUICK
@given(data=st.data())
def test_no_members_whatever_are_more_than_refused(
    prepared: ControlApi, name: str, data: st.DataObject
) -> None:
    api, world = prepared, prepared.world
    stores: tuple[dict[Any, Any], ...] = (
        world.registry.records,
        world.entries.sets,
        world.objects.objects,
    )
    before = copy.copy(stores[0]), copy.copy(stores[1]), copy.copy(stores[2])
    answer = send(api, description().operations[name], data)
    assert answer.status < 500, answer
    assert_keeps_to_the_description(name, answer)
    if answer.status >= 400:
        assert stores == before
    world.starter.waiting.clear()
    for store, was in zip(stores, before, strict=True):
        store.clear()
        store.update(was)


@QUICK
@given(body=st.binary(max_size=200) | json_values.map(lambda v: json.dumps(v).encode()))
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/2020-11-20/projects/castings/models/1/detect"),
        ("POST", "/2020-11-20/projects/castings/models"),
        ("PATCH", "/2020-11-20/projects/castings/datasets/train/entries"),
        ("POST", "/sightline/projects/castings/models/1/detect"),
        ("POST", "/sightline/projects/castings/datasets/train/remove"),
        ("PUT", "/sightline/projects/castings/models/1/schedule"),
        ("POST", "/sightline/projects/castings/trials"),
        ("POST", "/sightline/projects/castings/trials/trial-1/verify"),
        ("POST", "/sightline/projects/castings/trials/trial-1/dataset"),
    ],
)
def test_no_body_whatever_is_more_than_refused(
    prepared: ControlApi, method: str, path: str, body: bytes
) -> None:
    answer = prepared.call(method, path, body, content_type="image/png")
    assert 400 <= answer.status < 500, answer
    assert answer.json["Message"]


@QUICK
@given(start=st.sampled_from([PICTURE[:40], PICTURE]), rest=st.binary(max_size=200))
def test_no_picture_whatever_is_more_than_refused(
    prepared: ControlApi, start: bytes, rest: bytes
) -> None:
    path = "/2020-11-20/projects/castings/models/1/detect"
    answer = prepared.call("POST", path, start + rest, content_type="image/png")
    assert answer.status in {200, 400}, answer
