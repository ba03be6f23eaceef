"""What a stack's settings ask of a service's API: limits, and a domain of one's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from sightline.domain.errors import InvalidError

_STAGE = {"Ref": "RestAPI.Stage"}
_STAGE_ARN = (
    "arn:${AWS::Partition}:apigateway:${AWS::Region}::/restapis/${RestAPI}/stages/${RestAPI.Stage}"
)


@dataclass(frozen=True)
class Gateway:
    """Limits of one service; 0 leaves them to the account's quota, as no domain does the address.

    `requests_per_second` and `burst` are for each route, `requests_per_address` for all routes and
    five minutes.
    """

    requests_per_second: int = 0
    burst: int = 0
    requests_per_address: int = 0
    domain: str = ""

    @classmethod
    def of(cls, output: str, values: Any) -> Self:
        """Read a stack's output; `InvalidError` names it when it holds something else."""
        try:
            return cls(
                requests_per_second=int(values["requestsPerSecond"]),
                burst=int(values["burst"]),
                requests_per_address=int(values["requestsPerAddress"]),
                domain=str(values["domain"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidError(f"The output {output} holds no limits: {values!r}.") from error

    def address(self, otherwise: str) -> str:
        """Where callers find the service."""
        return f"https://{self.domain}/" if self.domain else otherwise

    def merged(self, template: Mapping[str, Any]) -> dict[str, Any]:
        """What Chalice is to merge into the service's template, with this added."""
        resources: dict[str, Any] = dict(template["Resources"])
        if self.requests_per_second:
            api = dict(resources["RestAPI"]["Properties"], MethodSettings=[self._throttle()])
            resources["RestAPI"] = {"Properties": api}
        if self.requests_per_address:
            resources |= self._address_limit()
        if self.domain:
            resources["DomainMapping"] = self._mapping()
        return {**template, "Resources": resources}

    def _throttle(self) -> dict[str, Any]:
        return {
            "HttpMethod": "*",
            "ResourcePath": "/*",
            "ThrottlingRateLimit": self.requests_per_second,
            "ThrottlingBurstLimit": self.burst,
        }

    def _address_limit(self) -> dict[str, Any]:
        seen = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True}
        limit = {"Limit": self.requests_per_address, "AggregateKeyType": "IP"}
        rule = {
            "Name": "RequestsPerAddress",
            "Priority": 0,
            "Statement": {"RateBasedStatement": limit},
            # What the caller is told is among the API's own refusals.
            "Action": {"Block": {}},
            "VisibilityConfig": {**seen, "MetricName": "RequestsPerAddress"},
        }
        properties = {
            "Scope": "REGIONAL",
            "DefaultAction": {"Allow": {}},
            "Rules": [rule],
            "VisibilityConfig": {**seen, "MetricName": "Requests"},
        }
        association = {
            "WebACLArn": {"Fn::GetAtt": ["AddressLimit", "Arn"]},
            "ResourceArn": {"Fn::Sub": _STAGE_ARN},
        }
        return {
            "AddressLimit": {"Type": "AWS::WAFv2::WebACL", "Properties": properties},
            "AddressLimitOfApi": {
                "Type": "AWS::WAFv2::WebACLAssociation",
                "Properties": association,
            },
        }

    def _mapping(self) -> dict[str, Any]:
        """The whole domain leads to the service; the domain itself is the Pulumi program's."""
        return {
            "Type": "AWS::ApiGateway::BasePathMapping",
            "Properties": {
                "DomainName": self.domain,
                "RestApiId": {"Ref": "RestAPI"},
                "Stage": _STAGE,
            },
        }
