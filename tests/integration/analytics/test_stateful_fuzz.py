"""Requests made from the analytics service's own OpenAPI document, singly and in chains."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis

from sightline.workflow.analytics import runs
from tests.examples import recorded
from tests.integration.analytics.test_service import NOW, service
from tests.integration.analytics.test_service import World as Analytics
from tests.walks import Known, World, as_wsgi, visit, walk

QUESTIONS = [
    {"query": "over_time", "parameters": {"bucket": "day", "zone": "Europe/Berlin"}},
    {"query": "worst_cameras", "parameters": {"limit": 3, "line": "press-1"}},
]
KNOWN = Known(
    parameters={
        "name": "totals",
        "run": "run-1",
        "ids": "run-1",
        "day": "2026-11-08",
        "zone": "Europe/Berlin",
    },
    members={"parameters": {"line": "press-1"}},
    bodies={"POST /runs": {"queries": QUESTIONS, "wait": 1}},
)


def begin() -> World:
    """A line with an image, a run that has ended, and room for the files of others."""
    world = Analytics()
    world.files.objects = {f"s3://results/run-{number}.csv": 9 for number in range(1, 200)}
    world.inspections.record(recorded(captured_at=NOW))
    runs.ask("totals", {}, world.deps)
    service.use(lambda: world.deps)
    return World()


@pytest.fixture(scope="module")
def schema() -> Any:
    document = service.openapi()
    for methods in document["paths"].values():
        for operation in methods.values():
            del operation["security"]  # that is the gateway's to check, and nobody's here
    found = schemathesis.openapi.from_dict(document)
    found.app = as_wsgi(service.app)
    return found


def test_no_chain_of_requests_breaks_the_service(schema: Any) -> None:
    walk(schema, begin, KNOWN)


def test_no_request_breaks_the_service_and_all_of_them_get_through(schema: Any) -> None:
    succeeded = visit(schema, begin, KNOWN)
    every = {operation.ok().label for operation in schema.get_all_operations()}
    assert every == succeeded
