"""Deploying one service: zip to S3, template to CloudFormation, and a look at its health."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from sightline.adapters.aws.errors import code as code_of
from sightline.adapters.aws.errors import translated
from sightline.deployment.cloudformation import Proposal, ServiceStack
from sightline.deployment.target import Target
from sightline.deployment.watching import Pace
from sightline.domain.errors import InvalidError, UnavailableError
from sightline.packaging.package import Package
from sightline.packaging.services import ServicePackage
from sightline.packaging.zips import sha256_of_bytes

ADDRESS = "EndpointURL"  # Chalice's name of the output

Fetch = Callable[[str], tuple[int, bytes]]


@dataclass(frozen=True)
class Cloud:
    """What a deployment talks to: boto3 clients of the target's region, and a GET of a URL.

    `fetch` answers status and body, and raises OSError when nobody answers.
    """

    s3: Any
    cloudformation: Any
    fetch: Fetch
    say: Callable[[str], None]
    pace: Pace = field(default_factory=Pace)

    def stack(self, target: Target) -> ServiceStack:
        """The service's CloudFormation stack."""
        return ServiceStack(self.cloudformation, target.stack_name, self.say, self.pace)


def deploy(target: Target, service: ServicePackage, cloud: Cloud) -> str:
    """Create or update the service; its address, once it answers there."""
    stack = cloud.stack(target)
    with translated(f"Deploying {target.stack_name}"):
        proposal = _propose(target, service, cloud)
        if proposal is None:
            cloud.say(f"{target.stack_name}: no changes")
        else:
            _tell(target, proposal, cloud)
            stack.apply(proposal)
        own = stack.output(ADDRESS)
    # A domain of one's own may lead there later: its entry in the DNS takes time.
    _check_health(f"{own.rstrip('/')}/{service.health_path}", cloud)
    address = target.stage.gateway.address(own)
    cloud.say(f"{target.service}: {address}")
    return address


def diff(target: Target, service: ServicePackage, cloud: Cloud) -> tuple[str, ...]:
    """What `deploy` would do, a line for each resource; nothing is changed."""
    with translated(f"Comparing {target.stack_name}"):
        proposal = _propose(target, service, cloud)
        if proposal is None:
            cloud.say(f"{target.stack_name}: no changes")
            return ()
        _tell(target, proposal, cloud)
        cloud.stack(target).discard(proposal)
    return proposal.changes


def destroy(target: Target, cloud: Cloud) -> bool:
    """Delete the service; False when it was not there. Services hold no data."""
    with translated(f"Deleting {target.stack_name}"):
        deleted = cloud.stack(target).delete()
    cloud.say(f"{target.stack_name}: {'deleted' if deleted else 'was not there'}")
    return deleted


def _propose(target: Target, service: ServicePackage, cloud: Cloud) -> Proposal | None:
    _refuse_other_role(target, service)
    code = _upload_package(target, service.package, cloud)
    template = json.dumps(service.located(target.bucket, code), sort_keys=True).encode()
    key = f"services/{target.service}-{sha256_of_bytes(template)}.json"
    cloud.s3.put_object(Bucket=target.bucket, Key=key, Body=template)
    url = f"{cloud.s3.meta.endpoint_url}/{target.bucket}/{key}"
    return cloud.stack(target).propose(url, target.tags)


def _upload_package(target: Target, package: Package, cloud: Cloud) -> str:
    key = f"services/{target.service}-{package.sha256}.zip"
    if _is_there(cloud.s3, target.bucket, key):
        return key
    cloud.say(f"Uploading {package}")
    with package.path.open("rb") as content:
        cloud.s3.put_object(Bucket=target.bucket, Key=key, Body=content)
    return key


def _is_there(s3: Any, bucket: str, key: str) -> bool:
    try:
        s3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if code_of(error) in {"404", "NoSuchKey", "NotFound"}:
            return False
        raise
    return True


def _refuse_other_role(target: Target, service: ServicePackage) -> None:
    if service.roles != {target.stage.role_arn}:
        raise InvalidError(
            f"{target.service} was packaged for the roles {sorted(service.roles)}, "
            f"not for {target.stage.role_arn}."
        )


def _tell(target: Target, proposal: Proposal, cloud: Cloud) -> None:
    cloud.say(f"{target.stack_name}: {'to create' if proposal.creates else 'to update'}")
    for change in proposal.changes:
        cloud.say(f"  {change}")


def _check_health(url: str, cloud: Cloud) -> None:
    """A new API takes some seconds until it answers everywhere."""
    said = "nothing"
    pace = Pace(cloud.pace.sleep, cloud.pace.every_seconds, limit_seconds=60)
    for _ in pace.ticks():
        try:
            status, body = cloud.fetch(url)
        except OSError as error:
            said = str(error)
            continue
        if status == 200:
            return
        said = f"{status} {body[:200].decode(errors='replace')}"
    raise UnavailableError(f"{url} is not healthy; it said: {said}")
