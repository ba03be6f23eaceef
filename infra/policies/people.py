"""Who people are: user pools, identity pools, and the roles that those give out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from infra.policies.resource import Resource, Statement, of, statements

FEDERATION = "cognito-identity.amazonaws.com"
PASSWORD_LENGTH = 12
_CHARACTERS = ("requireLowercase", "requireUppercase", "requireNumbers", "requireSymbols")


def people_are_let_in_by_administrators(resources: Sequence[Resource]) -> Iterator[str]:
    """Nobody makes an account for themselves, and passwords are long and mixed."""
    for pool in of(resources, "cognito.UserPool"):
        if pool.inputs.get("adminCreateUserConfig", {}).get("allowAdminCreateUserOnly") is not True:
            yield f"{pool} lets anybody sign up"
        rules = pool.inputs.get("passwordPolicy", {})
        if rules.get("minimumLength", 0) < PASSWORD_LENGTH:
            yield f"{pool} takes passwords of fewer than {PASSWORD_LENGTH} characters"
        if not all(rules.get(rule) for rule in _CHARACTERS):
            yield f"{pool} takes passwords of one kind of characters"
        if pool.inputs.get("mfaConfiguration") not in {"ON", "OPTIONAL"}:
            yield f"{pool} knows no second factor"
    for client in of(resources, "cognito.UserPoolClient"):
        if client.inputs.get("preventUserExistenceErrors") != "ENABLED":
            yield f"{client} tells strangers who has an account"
        if "email" in client.inputs.get("writeAttributes", ["email"]):
            yield f"{client} lets people change their mail address unseen"


def people_get_the_role_of_their_group(resources: Sequence[Resource]) -> Iterator[str]:
    """Nobody chooses a role, and nobody gets one without being known."""
    for pool in of(resources, "cognito.IdentityPool"):
        if pool.inputs.get("allowUnauthenticatedIdentities") is not False:
            yield f"{pool} gives credentials to strangers"
        if pool.inputs.get("allowClassicFlow") is not False:
            yield f"{pool} lets whoever signs in choose a role"
        for provider in pool.inputs.get("cognitoIdentityProviders", []):
            if provider.get("serverSideTokenCheck") is not True:
                yield f"{pool} takes tokens of people who were removed"
    for attachment in of(resources, "cognito.IdentityPoolRoleAttachment"):
        mappings = attachment.inputs.get("roleMappings", [])
        if not mappings:
            yield f"{attachment} maps no group to its role"
        for mapping in mappings:
            if (mapping.get("type"), mapping.get("ambiguousRoleResolution")) != ("Token", "Deny"):
                yield f"{attachment} gives a role to people without a group"


def roles_of_people_trust_one_pool(resources: Sequence[Resource]) -> Iterator[str]:
    """A role that an identity pool gives out trusts that pool, and who signed in there."""
    pools = {pool.id for pool in of(resources, "cognito.IdentityPool")}
    for role in of(resources, "iam.Role"):
        for statement in statements(role, "assumeRolePolicy"):
            if FEDERATION in statement.principals and not _is_bound(statement, pools):
                yield f"{role} trusts people of other pools"


def _is_bound(statement: Statement, pools: set[str]) -> bool:
    audience = statement.condition.get("StringEquals", {}).get(f"{FEDERATION}:aud")
    kinds = statement.condition.get("ForAnyValue:StringLike", {}).get(f"{FEDERATION}:amr")
    return audience in pools and kinds == "authenticated"
