"""Who may: buckets, roles, keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from infra.policies.resource import Resource, Statement, of, statements
from infra.wildcards import UNSCOPED, WILDCARDS, made_at_run_time, named_by_settings

_BLOCKS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")
_RESOURCE_POLICIES = ("s3.BucketPolicy", "sqs.QueuePolicy", "sns.TopicPolicy", "kms.Key")


def buckets_are_private(resources: Sequence[Resource]) -> Iterator[str]:
    """Every bucket blocks public access in all four ways, and has no ACLs."""
    closed = {
        block.inputs["bucket"]
        for block in of(resources, "s3.BucketPublicAccessBlock")
        if all(block.inputs.get(key) is True for key in _BLOCKS)
    }
    owned = {
        controls.inputs["bucket"]
        for controls in of(resources, "s3.BucketOwnershipControls")
        if controls.inputs["rule"]["objectOwnership"] == "BucketOwnerEnforced"
    }
    for bucket in of(resources, "s3.Bucket"):
        if bucket.id not in closed:
            yield f"{bucket} does not block public access"
        if bucket.id not in owned or "acl" in bucket.inputs:
            yield f"{bucket} admits ACLs"


def everything_demands_tls(resources: Sequence[Resource]) -> Iterator[str]:
    """Buckets (and their objects), queues and topics refuse requests without TLS."""
    refusing = {
        name
        for policy in of(resources, "s3.BucketPolicy", "sqs.QueuePolicy", "sns.TopicPolicy")
        for statement in statements(policy)
        if statement.demands_tls
        for name in statement.resources
    }
    for resource in of(resources, "s3.Bucket", "sqs.Queue", "sns.Topic"):
        wanted = {resource.arn}
        if resource.type == "s3.Bucket":
            wanted.add(f"{resource.arn}/*")
        if not wanted <= refusing:
            yield f"{resource} answers without TLS"


def addresses_speak_modern_tls(resources: Sequence[Resource]) -> Iterator[str]:
    """Domains of one's own take TLS 1.2 and newer; CloudFront leads plain HTTP to HTTPS."""
    for domain in of(resources, "apigateway.DomainName"):
        if domain.inputs.get("securityPolicy") != "TLS_1_2":
            yield f"{domain} takes old TLS"
    for distribution in of(resources, "cloudfront.Distribution"):
        certificate = distribution.inputs["viewerCertificate"]
        own = not certificate.get("cloudfrontDefaultCertificate")
        if own and certificate.get("minimumProtocolVersion") != "TLSv1.2_2021":
            yield f"{distribution} takes old TLS"
        behaviours = [
            distribution.inputs["defaultCacheBehavior"],
            *distribution.inputs.get("orderedCacheBehaviors", []),
        ]
        for behaviour in behaviours:
            if behaviour["viewerProtocolPolicy"] not in {"redirect-to-https", "https-only"}:
                yield f"{distribution} answers without TLS"
            if not behaviour.get("responseHeadersPolicyId"):
                yield f"{distribution} sends no security headers"


def nobody_is_everybody(resources: Sequence[Resource]) -> Iterator[str]:
    """No policy of a bucket, queue, topic or key grants anything to `*`."""
    for policy in of(resources, *_RESOURCE_POLICIES):
        for statement in statements(policy):
            if statement.allows and "*" in statement.principals:
                yield f"{policy} grants {', '.join(statement.actions)} to everybody"
            if statement.allows and not statement.condition and _is_service(statement):
                yield f"{policy} grants a service something without saying on whose behalf"


def roles_trust_one_service(resources: Sequence[Resource]) -> Iterator[str]:
    """Every role can be assumed by exactly one AWS service, and by nobody else."""
    for role in of(resources, "iam.Role"):
        trusted = [
            principal
            for statement in statements(role, "assumeRolePolicy")
            for principal in statement.principals
        ]
        if len(trusted) != 1 or not trusted[0].endswith(".amazonaws.com"):
            yield f"{role} trusts {trusted}"


def roles_name_their_actions(resources: Sequence[Resource]) -> Iterator[str]:
    """No role is granted all actions of a service."""
    for statement in _grants(resources):
        for action in statement.actions:
            if action == "*" or action.endswith(":*"):
                yield f"{statement.owner} may do {action}"


def roles_name_their_resources(resources: Sequence[Resource]) -> Iterator[str]:
    """Roles reach what this program declares, and only as listed `*`, or what settings name."""
    arns = [resource.arn for resource in resources if resource.arn]
    groups, routes = _log_groups_of_services(resources), _routes_of_services(resources)
    declared = (*arns, *groups, *routes, *_catalogs(resources))
    for statement in _grants(resources):
        for name in statement.resources:
            if name == "*":
                listed = UNSCOPED.get(statement.sid)
                if listed is None or set(statement.actions) != set(listed.actions):
                    yield f"{statement.owner} may {', '.join(statement.actions)} on everything"
            elif not (
                name.startswith(declared)
                or made_at_run_time(name)
                or named_by_settings(statement.sid, statement.actions, name)
            ):
                yield f"{statement.owner} reaches {name}, which this program does not declare"


def wildcards_are_listed(resources: Sequence[Resource]) -> Iterator[str]:
    """Whatever is allowed with a `*` in a resource is listed in `infra.wildcards`, with why."""
    for policy in of(resources, "iam.RolePolicy", *_RESOURCE_POLICIES):
        for statement in statements(policy):
            for name in statement.resources if statement.allows else []:
                unscoped = name == "*" and statement.sid in UNSCOPED
                admitted = any(form.admits(policy.type, name) for form in WILDCARDS.values())
                if "*" in name and not (unscoped or admitted):
                    yield f"{policy} grants {', '.join(statement.actions)} on {name}"


def alarms_and_publishers_may_use_the_topic_key(resources: Sequence[Resource]) -> Iterator[str]:
    """Topics have a key of their own that CloudWatch and every publishing role may use."""
    keys = {key.arn: key for key in of(resources, "kms.Key")}
    for topic in of(resources, "sns.Topic"):
        key = keys.get(topic.inputs.get("kmsMasterKeyId", ""))
        if key is None:
            yield f"{topic} is not encrypted with a key of this program"
            continue
        if not key.inputs.get("enableKeyRotation"):
            yield f"{key} is not rotated"
        if not any(_lets_use(s, "cloudwatch.amazonaws.com") for s in statements(key)):
            yield f"{key} cannot be used by alarms"
        for policy in of(resources, "iam.RolePolicy"):
            granted = [s for s in statements(policy) if s.allows]
            publishes = any("sns:Publish" in s.actions for s in granted)
            usable = any(_uses_key(s) and key.arn in s.resources for s in granted)
            if publishes and not usable:
                yield f"{policy} publishes to {topic} but may not use {key}"


def _grants(resources: Sequence[Resource]) -> Iterator[Statement]:
    for policy in of(resources, "iam.RolePolicy"):
        for statement in statements(policy):
            if statement.allows:
                yield statement


def _log_groups_of_services(resources: Sequence[Resource]) -> Iterator[str]:
    """Chalice's functions make their own log groups, beginning like those of this stack."""
    for group in of(resources, "cloudwatch.LogGroup"):
        head, mark, tail = group.arn.partition(":/aws/lambda/")
        if mark:
            project, environment, *_ = tail.split("-")
            yield f"{head}{mark}{project}-{environment}-"


def _catalogs(resources: Sequence[Resource]) -> Iterator[str]:
    """The account's one catalog: Glue asks for it whenever something in it is asked for."""
    for database in of(resources, "glue.CatalogDatabase"):
        yield database.arn.replace(f"database/{database.inputs['name']}", "catalog")


def _routes_of_services(resources: Sequence[Resource]) -> Iterator[str]:
    """Chalice's APIs get their ids later; their stages are called like this environment."""
    for name in _log_groups_of_services(resources):
        head, _, log_group = name.partition(":log-group:/aws/lambda/")
        stage = log_group.removesuffix("-")
        for method in METHODS:
            yield f"{head.replace(':logs:', ':execute-api:')}:*/{stage}/{method}/"


def _is_service(statement: Statement) -> bool:
    return any(principal.endswith(".amazonaws.com") for principal in statement.principals)


def _lets_use(statement: Statement, principal: str) -> bool:
    return statement.allows and principal in statement.principals and _uses_key(statement)


def _uses_key(statement: Statement) -> bool:
    return {"kms:Decrypt", "kms:GenerateDataKey*"} <= set(statement.actions)
