"""What is set for the services' APIs, which their own deployment puts into their templates."""

from __future__ import annotations

import pulumi
from pulumi import ResourceOptions

from infra.components.domains import ApiDomain
from infra.settings import StackSettings

BURST = 2
"""Seconds' worth of requests that a route takes at once."""


class Gateways:
    """Domains and limits by the service's name."""

    def __init__(self, settings: StackSettings, opts: ResourceOptions) -> None:
        self._settings = settings
        self.domains = {
            "analytics": settings.analytics_domain,
            "control": settings.control_domain if settings.control else "",
            "ingest": settings.ingest_domain,
        }
        self._rates = {
            "analytics": settings.analytics_requests_per_second,
            "control": settings.control_requests_per_second,
            "ingest": settings.ingest_requests_per_second,
        }
        self.api_domains = {
            service: ApiDomain(
                service, domain, settings.api_certificate_arn, settings.hosted_zone_id, opts
            )
            for service, domain in self.domains.items()
            if domain
        }

    def outputs(self, service: str) -> dict[str, pulumi.Output[object] | str]:
        """What the service's deployment needs to know of its API."""
        rate = self._rates[service]
        gateway = {
            "requestsPerSecond": rate,
            "burst": BURST * rate,
            "requestsPerAddress": self._settings.requests_per_address,
            "domain": self.domains[service],
        }
        found: dict[str, pulumi.Output[object] | str] = {
            f"{service}Gateway": pulumi.Output.from_input(gateway)
        }
        if service in self.api_domains:
            leads = self.api_domains[service].domain.regional_domain_name
            found[f"{service}DomainLeadsTo"] = leads
        return found

    @property
    def origins(self) -> list[str]:
        """Where the site's pages ask: the services' domains, or whatever API Gateway calls them."""
        # Services get their ids when they are deployed, which is after this.
        anywhere = f"*.execute-api.{self._settings.region}.amazonaws.com"
        services = ["analytics", *(["control"] if self._settings.control else [])]
        asked = [self.domains[service] or anywhere for service in services]
        return [f"https://{host}" for host in dict.fromkeys(asked)]
