"""Requests made from the ingest service's own OpenAPI document, singly and in chains."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis

from sightline.domain.images import ImageRef
from tests.examples import recorded
from tests.integration.ingest.world import CAMERA, TOKEN, image, service
from tests.integration.ingest.world import World as Ingest
from tests.walks import Known, World, as_wsgi, visit, walk

KNOWN = Known(
    parameters={
        "image_id": "part-1",
        "cameraid": CAMERA.camera_id,
        "assemblylineid": CAMERA.line,
        "imageid": "part 2.jpg",
        "Authorization": f"Bearer {TOKEN}",
        "authorizationToken": TOKEN,
    },
    bodies={"POST /uploads": {"images": [image("part-2"), image("part-3")]}},
)


def begin() -> World:
    """A camera, one picture of which has a verdict."""
    world = Ingest()
    world.post(image("part-1"))
    world.table.record(recorded(ref=ImageRef(CAMERA.camera_id, "part-1")))
    return World()


@pytest.fixture(scope="module")
def schema() -> Any:
    return schemathesis.openapi.from_wsgi("/openapi.json", as_wsgi(service.app))


def test_no_chain_of_requests_breaks_the_service(schema: Any) -> None:
    walk(schema, begin, KNOWN)


def test_no_request_breaks_the_service_and_all_of_them_get_through(schema: Any) -> None:
    succeeded = visit(schema, begin, KNOWN)
    every = {operation.ok().label for operation in schema.get_all_operations()}
    assert every == succeeded
