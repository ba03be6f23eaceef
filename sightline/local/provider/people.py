"""Cognito's user pools, with their clients and groups, and identity pools, with their roles."""

from __future__ import annotations

from sightline.local.provider.creation import REGISTRY, Created, Creation
from sightline.local.provider.values import pascal

# How Pulumi's names differ from those of the API.
_POOL = {
    "adminCreateUserConfig": "AdminCreateUserConfig",
    "accountRecoverySetting": "AccountRecoverySetting",
    "usernameConfiguration": "UsernameConfiguration",
    "deletionProtection": "DeletionProtection",
}


@REGISTRY.creates("aws:cognito/userPool:UserPool")
def user_pool(new: Creation) -> Created:
    name, client = new.physical_name(), new.client("cognito-idp")
    new.without_meaning_here("tags")
    second, token = new.take("mfaConfiguration", "OFF"), new.take("softwareTokenMfaConfiguration")
    given = {theirs: pascal(new.take(ours)) for ours, theirs in _POOL.items()}
    given["Policies"] = {"PasswordPolicy": pascal(new.take("passwordPolicy", {}))}
    made = client.create_user_pool(
        PoolName=name, **{key: value for key, value in given.items() if value}
    )["UserPool"]
    if token:
        client.set_user_pool_mfa_config(
            UserPoolId=made["Id"],
            SoftwareTokenMfaConfiguration=pascal(token),
            MfaConfiguration=second,
        )
    endpoint = f"cognito-idp.{new.region}.amazonaws.com/{made['Id']}"
    return Created(made["Id"], {"name": name, "arn": made["Arn"], "endpoint": endpoint})


@REGISTRY.creates("aws:cognito/userPoolClient:UserPoolClient")
def user_pool_client(new: Creation) -> Created:
    name = new.physical_name()
    made = new.client("cognito-idp").create_user_pool_client(
        ClientName=name, **pascal(new.take_rest())
    )["UserPoolClient"]
    return Created(made["ClientId"], {"name": name})


@REGISTRY.creates("aws:cognito/userGroup:UserGroup")
def user_group(new: Creation) -> Created:
    pool, name = new.need("userPoolId"), new.need("name")
    new.client("cognito-idp").create_group(
        UserPoolId=pool, GroupName=name, **pascal(new.take_rest())
    )
    return Created(f"{pool}/{name}", {"name": name})


@REGISTRY.creates("aws:cognito/identityPool:IdentityPool")
def identity_pool(new: Creation) -> Created:
    new.without_meaning_here("tags")
    made = new.client("cognito-identity").create_identity_pool(**pascal(new.take_rest()))
    identity = made["IdentityPoolId"]
    arn = f"arn:aws:cognito-identity:{new.region}::identitypool/{identity}"
    return Created(identity, {"arn": arn})


@REGISTRY.creates("aws:cognito/identityPoolRoleAttachment:IdentityPoolRoleAttachment")
def identity_pool_role_attachment(new: Creation) -> Created:
    pool = new.need("identityPoolId")
    mappings = {
        mapping.pop("identityProvider"): pascal(mapping) for mapping in new.take("roleMappings", [])
    }
    new.client("cognito-identity").set_identity_pool_roles(
        IdentityPoolId=pool, Roles=new.need("roles"), RoleMappings=mappings
    )
    return Created(pool)
