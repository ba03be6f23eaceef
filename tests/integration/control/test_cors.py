"""The admin site is of another origin on AWS: what it sends must pass, what it reads be shown."""

from __future__ import annotations

import pytest

from sightline.local.gateway.routes import Service, read_routes
from tests.api import ROOT
from tests.control_api import ControlApi

SENT = {
    *("authorization", "content-type", "if-none-match"),
    *("x-amz-date", "x-amz-security-token", "x-amzn-client-token"),
}
READ = {"etag", "x-amzn-errortype", "x-amzn-requestid"}


def names(listed: str) -> set[str]:
    return {name.strip().lower() for name in listed.split(",")}


@pytest.fixture(scope="module")
def control() -> Service:
    return Service("control", ROOT / "services/control")


def test_every_route_lets_the_site_ask_first(control: Service) -> None:
    for route in read_routes(control).routes:
        assert route.preflight, route.pattern
        assert names(route.preflight["Access-Control-Allow-Headers"]) >= SENT, route.pattern
        allowed = names(route.preflight["Access-Control-Allow-Methods"])
        assert allowed >= {method.lower() for method in route.methods}, route.pattern


def test_answers_and_refusals_may_be_read(api: ControlApi) -> None:
    for answer in (
        api.call("GET", "/2020-11-20/projects"),
        api.do("DeleteProject", ProjectName="x"),
    ):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert names(answer.headers["Access-Control-Expose-Headers"]) >= READ
