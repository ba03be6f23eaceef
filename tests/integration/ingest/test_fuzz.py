"""Whatever is sent, the service stands, and what it refuses leaves no trace."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlencode

from hypothesis import given
from hypothesis import strategies as st

from tests.api import Answer, assert_canonical_error
from tests.integration.ingest.world import TOKEN, World, image

CODES = {
    400: "InvalidRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    405: "MethodNotAllowed",
    409: "Conflict",
    413: "TooLarge",
    415: "UnsupportedMediaType",
}
MEMBERS = ["imageId", "contentType", "size", "capturedAt", "metadata", "images", "line"]

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
changed_image = st.dictionaries(st.sampled_from(MEMBERS) | st.text(max_size=5), anything).map(
    lambda changes: {**image(), **changes}
)
bodies = st.one_of(
    anything.map(json.dumps),
    changed_image.map(json.dumps),
    st.lists(changed_image, max_size=3).map(lambda images: json.dumps({"images": images})),
    st.text(st.characters(), max_size=60).map(lambda image_id: json.dumps(image(image_id))),
    st.binary(max_size=60).map(lambda raw: raw.decode("latin-1")),
)
header_values = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=40)
content_types = st.sampled_from(["application/json", "application/json; a=b"]) | header_values


def check(world: World, before: Any, answer: Answer) -> None:
    if answer.status == 200:
        return
    assert_canonical_error(answer, answer.status, CODES[answer.status])
    assert world.state() == before


@given(bodies, content_types)
def test_any_body(body: str, content_type: str) -> None:
    world = World()
    before = world.state()
    check(world, before, world.post(body, **{"Content-Type": content_type}))


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=140))
def test_any_image_id(image_id: str) -> None:
    world = World()
    before = world.state()
    check(world, before, world.get(f"/images/{quote(image_id, safe='')}"))


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="?#/")))
def test_any_path(path: str) -> None:
    world = World()
    before = world.state()
    check(world, before, world.get(f"/images/{path}"))
    check(world, before, world.get(f"/{path}"))


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["cameraid", "assemblylineid", "imageid", "x"]),
            st.sampled_from(["press-1-top", "press-1", "a.jpg"])
            | st.text(st.characters(exclude_categories=["Cs"])),
        ),
        max_size=6,
    )
)
def test_any_legacy_query(pairs: list[tuple[str, str]]) -> None:
    world = World()
    before = world.state()
    check(world, before, world.get_legacy(urlencode(pairs)))


@given(
    st.dictionaries(
        st.sampled_from(["authorization", "content-type", "accept", "content-length", "x-any"]),
        header_values,
    ),
    st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"]),
    st.sampled_from(["/uploads", "/images/a", "/getsignedurl", "/health", "/openapi.json", "/"]),
)
def test_any_headers_and_method(headers: dict[str, str], method: str, path: str) -> None:
    world = World()
    before = world.state()
    check(world, before, world.api.call(method, path, body=b"{}", headers=headers))


def test_the_fuzzer_does_reach_the_good_case() -> None:
    assert World().post(json.dumps(image()), token=TOKEN).status == 200
