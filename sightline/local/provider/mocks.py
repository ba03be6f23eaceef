"""Pulumi's mock interface, answered by the embedded AWS server."""

from __future__ import annotations

import threading
from typing import Any

from pulumi.runtime import MockCallArgs, MockResourceArgs, Mocks

from sightline.domain.errors import InvalidError
from sightline.local.clients import Clients
from sightline.local.iam.credentials import REGION
from sightline.local.provider import (  # noqa: F401 - each registers what it creates
    analytics,
    compute,
    messaging,
    observability,
    people,
    security,
    storage,
)
from sightline.local.provider.creation import REGISTRY, Creation, Registry
from sightline.local.provider.values import plain


class MotoMocks(Mocks):
    """Creates each custom resource of a program in the server at `endpoint`.

    Pulumi calls it from several threads. It only creates: a second run of a program needs a server
    that has been reset.
    """

    def __init__(self, endpoint: str, *, region: str = REGION, registry: Registry = REGISTRY):
        self._endpoint = endpoint
        self._region = region
        self._registry = registry
        self._regions: dict[str, str] = {}
        self._clients: dict[str, Clients] = {}
        self._lock = threading.Lock()
        self.created: list[tuple[str, str, str]] = []
        """Type, logical name and id of each resource, in the order of creation."""

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        inputs = plain(args.inputs)
        if args.typ.startswith("pulumi:providers:"):
            identity = f"{args.name}-provider"
            self._regions[identity] = inputs.get("region", self._region)
            return identity, inputs
        if not args.custom:
            return "", inputs  # a component: only its children exist
        region = inputs.pop("region", None) or self._region_of(args.provider)
        created = self._registry.create(Creation(args.typ, args.name, inputs, self.clients(region)))
        self.created.append((args.typ, args.name, created.id))
        return created.id, {**inputs, "region": region, **created.outputs}

    def call(self, args: MockCallArgs) -> dict[str, Any]:  # type: ignore[override]
        region = args.args.get("region") or self._region_of(args.provider)
        match args.token:
            case "aws:index/getCallerIdentity:getCallerIdentity":
                who = self.clients(region).get("sts").get_caller_identity()
                account = who["Account"]
                return {
                    "id": account, "accountId": account, "arn": who["Arn"], "userId": who["UserId"]
                }  # fmt: skip
            case "aws:index/getRegion:getRegion":
                return {"id": region, "region": region, "name": region, "description": region}
            case "aws:index/getPartition:getPartition":
                return {"id": "aws", "partition": "aws", "dnsSuffix": "amazonaws.com"}
        raise InvalidError(f"the local system has no answer for {args.token}")

    def clients(self, region: str) -> Clients:
        """The boto3 clients of a region."""
        with self._lock:
            if region not in self._clients:
                self._clients[region] = Clients(self._endpoint, region)
            return self._clients[region]

    def _region_of(self, provider: str | None) -> str:
        """The region of a provider, named as `<urn>::<id>`; without one, the program's."""
        return self._regions.get((provider or "").rpartition("::")[2], self._region)
