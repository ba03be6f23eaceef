"""Domains of one's own: for the services' APIs, and their entries in Route 53.

Which API answers at a domain is said by the service's own CloudFormation stack, which comes later
and may come and go; the domain and its entry stay.
"""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import ResourceOptions

TLS = "TLS_1_2"


@dataclass(frozen=True)
class Leads:
    """Where a domain leads: what AWS calls the target, and the zone that this is in."""

    name: pulumi.Input[str]
    zone_id: pulumi.Input[str]


class ApiDomain(pulumi.ComponentResource):
    """A domain that a service's API can be found at; `zone_id` may be empty."""

    def __init__(
        self,
        name: str,
        domain: str,
        certificate_arn: str,
        zone_id: str,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("sightline:domains:ApiDomain", name, None, opts)
        child = ResourceOptions(parent=self)
        self.domain = aws.apigateway.DomainName(
            name,
            domain_name=domain,
            regional_certificate_arn=certificate_arn,
            endpoint_configuration={"types": "REGIONAL"},
            security_policy=TLS,
            opts=child,
        )
        target = Leads(self.domain.regional_domain_name, self.domain.regional_zone_id)
        enter(name, domain, zone_id, target, ["A"], child)
        self.register_outputs({"leadsTo": target.name})


def enter(
    name: str,
    domain: str,
    zone_id: str,
    leads: Leads,
    kinds: list[str],
    opts: ResourceOptions,
) -> None:
    """Enter a domain in Route 53, where there is a zone for it."""
    for kind in kinds if zone_id else []:
        aws.route53.Record(
            f"{name}-{kind.lower()}",
            zone_id=zone_id,
            name=domain,
            type=kind,
            aliases=[
                {"name": leads.name, "zone_id": leads.zone_id, "evaluate_target_health": False}
            ],
            opts=opts,
        )
