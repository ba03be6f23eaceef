"""A service's limits and its domain, in its template."""

from __future__ import annotations

from typing import Any

import pytest

from sightline.domain.errors import InvalidError
from sightline.http.gateway import merge_template
from sightline.packaging.gateway import Gateway

VALUES: dict[str, Any] = {
    "requestsPerSecond": 50,
    "burst": 100,
    "requestsPerAddress": 2000,
    "domain": "control.example.com",
}


def test_nothing_is_added_where_nothing_is_set() -> None:
    plain = merge_template(signed=True)
    assert Gateway().merged(plain) == plain
    assert Gateway().address("https://x/stage/") == "https://x/stage/"


def test_every_route_is_limited_and_refusals_stay() -> None:
    plain = merge_template(signed=True)
    api = Gateway(50, 100).merged(plain)["Resources"]["RestAPI"]["Properties"]
    assert api["MethodSettings"] == [
        {
            "HttpMethod": "*",
            "ResourcePath": "/*",
            "ThrottlingRateLimit": 50,
            "ThrottlingBurstLimit": 100,
        }
    ]
    responses = plain["Resources"]["RestAPI"]["Properties"]["GatewayResponses"]
    assert api["GatewayResponses"] == responses
    assert "MethodSettings" not in plain["Resources"]["RestAPI"]["Properties"]


def test_an_address_that_asks_too_often_is_told_to_come_later() -> None:
    resources = Gateway.of("x", VALUES).merged(merge_template(signed=True))["Resources"]
    (rule,) = resources["AddressLimit"]["Properties"]["Rules"]
    assert rule["Statement"]["RateBasedStatement"] == {"Limit": 2000, "AggregateKeyType": "IP"}
    assert rule["Action"] == {"Block": {}}
    refusals = resources["RestAPI"]["Properties"]["GatewayResponses"]
    assert refusals["WAF_FILTERED"]["StatusCode"] == 429


def test_the_whole_domain_leads_to_the_service() -> None:
    gateway = Gateway.of("x", VALUES)
    mapping = gateway.merged(merge_template())["Resources"]["DomainMapping"]["Properties"]
    assert mapping["DomainName"] == "control.example.com"
    assert "BasePath" not in mapping
    assert gateway.address("https://x/stage/") == "https://control.example.com/"


@pytest.mark.parametrize("values", [None, "50", {}, {**VALUES, "burst": "many"}])
def test_an_output_that_holds_something_else_is_named(values: Any) -> None:
    with pytest.raises(InvalidError, match="controlGateway"):
        Gateway.of("controlGateway", values)
