"""The people who use the services: who they are, in which group, and what that lets them do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import ResourceOptions

from infra import iam
from infra.settings import StackSettings
from sightline.domain.permissions import Group, allowed

FEDERATION = "cognito-identity.amazonaws.com"
SECOND_FACTOR = "OPTIONAL"
TEMPORARY_PASSWORD_DAYS = 3
TOKEN_MINUTES = 60
SIGNED_IN_HOURS = 12  # a shift
PASSWORD_LENGTH = 12
# Who is in several groups acts as the one with the lowest number.
PRECEDENCE = {Group.ADMIN: 0, Group.OPERATOR: 10, Group.VIEWER: 20}
DESCRIPTIONS = {
    Group.ADMIN: "Everything: projects, datasets, training, cameras, deletion",
    Group.OPERATOR: "Reads; starts and stops models, tries and reviews pictures",
    Group.VIEWER: "Reads",
}


@dataclass(frozen=True)
class PeopleArgs:
    """`prefix` is the stage that the services' APIs have in this environment."""

    settings: StackSettings
    prefix: str
    account: pulumi.Output[str]


class People(pulumi.ComponentResource):
    """A user pool to sign in to, and an identity pool that gives each group its role's keys."""

    def __init__(self, name: str, args: PeopleArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("sightline:people:People", name, None, opts)
        self._args = args
        self._child = ResourceOptions(parent=self)
        self.users = self._users(name)
        self.client = self._client(name)
        self.identities = self._identities(name)
        self.roles: Mapping[Group, aws.iam.Role] = {
            group: self._role(f"{name}-{group}") for group in Group
        }
        for group, role in self.roles.items():
            self._allow(f"{name}-{group}", group, role)
            self._group(f"{name}-{group}", group, role)
        self._give_roles(name)
        self.register_outputs({"userPoolId": self.users.id})

    def _users(self, name: str) -> aws.cognito.UserPool:
        keep = self._args.settings.protect_data
        return aws.cognito.UserPool(
            name,
            admin_create_user_config={"allow_admin_create_user_only": True},
            password_policy={
                "minimum_length": PASSWORD_LENGTH,
                "require_lowercase": True,
                "require_numbers": True,
                "require_symbols": True,
                "require_uppercase": True,
                "temporary_password_validity_days": TEMPORARY_PASSWORD_DAYS,
            },
            mfa_configuration=SECOND_FACTOR,
            software_token_mfa_configuration={"enabled": True},
            # Forgotten passwords are given anew by an administrator: mail would be a way around.
            account_recovery_setting={
                "recovery_mechanisms": [{"name": "admin_only", "priority": 1}]
            },
            username_configuration={"case_sensitive": False},
            deletion_protection="ACTIVE" if keep else "INACTIVE",
            opts=ResourceOptions(parent=self, protect=keep, retain_on_delete=keep),
        )

    def _client(self, name: str) -> aws.cognito.UserPoolClient:
        """What the site signs people in with; a page in a browser can keep no secret."""
        return aws.cognito.UserPoolClient(
            name,
            user_pool_id=self.users.id,
            generate_secret=False,
            explicit_auth_flows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
            prevent_user_existence_errors="ENABLED",
            enable_token_revocation=True,
            # People may change how they are addressed, and not their mail address.
            read_attributes=["email", "name"],
            write_attributes=["name"],
            id_token_validity=TOKEN_MINUTES,
            access_token_validity=TOKEN_MINUTES,
            refresh_token_validity=SIGNED_IN_HOURS,
            token_validity_units={
                "id_token": "minutes",
                "access_token": "minutes",
                "refresh_token": "hours",
            },
            opts=self._child,
        )

    def _identities(self, name: str) -> aws.cognito.IdentityPool:
        return aws.cognito.IdentityPool(
            name,
            identity_pool_name=f"{self._args.prefix}-people",
            allow_unauthenticated_identities=False,
            # With the classic flow, whoever signs in could choose any of the roles.
            allow_classic_flow=False,
            cognito_identity_providers=[
                {
                    "client_id": self.client.id,
                    "provider_name": self._sign_in(),
                    # Who was removed or signed out gets no new keys, whatever the token says.
                    "server_side_token_check": True,
                }
            ],
            opts=self._child,
        )

    def _role(self, name: str) -> aws.iam.Role:
        return aws.iam.Role(
            name,
            assume_role_policy=iam.policy(
                {
                    "Effect": "Allow",
                    "Principal": {"Federated": FEDERATION},
                    "Action": "sts:AssumeRoleWithWebIdentity",
                    "Condition": {
                        "StringEquals": {f"{FEDERATION}:aud": self.identities.id},
                        "ForAnyValue:StringLike": {f"{FEDERATION}:amr": "authenticated"},
                    },
                }
            ),
            opts=self._child,
        )

    def _allow(self, name: str, group: Group, role: aws.iam.Role) -> None:
        aws.iam.RolePolicy(
            name,
            role=role.id,
            policy=iam.policy(
                iam.allow(["execute-api:Invoke"], [self._api(route) for route in allowed(group)])
            ),
            opts=self._child,
        )

    def _group(self, name: str, group: Group, role: aws.iam.Role) -> None:
        aws.cognito.UserGroup(
            name,
            user_pool_id=self.users.id,
            name=group.value,
            description=DESCRIPTIONS[group],
            precedence=PRECEDENCE[group],
            role_arn=role.arn,
            opts=self._child,
        )

    def _give_roles(self, name: str) -> None:
        nobody = self._role(f"{name}-nobody")  # AWS wants a default, which may do nothing
        aws.cognito.IdentityPoolRoleAttachment(
            name,
            identity_pool_id=self.identities.id,
            roles={"authenticated": nobody.arn},
            role_mappings=[
                {
                    "identity_provider": pulumi.Output.concat(self._sign_in(), ":", self.client.id),
                    "type": "Token",
                    "ambiguous_role_resolution": "Deny",
                }
            ],
            opts=self._child,
        )

    def _sign_in(self) -> pulumi.Output[str]:
        region = self._args.settings.region
        return pulumi.Output.concat(f"cognito-idp.{region}.amazonaws.com/", self.users.id)

    def _api(self, route: str) -> pulumi.Output[str]:
        """Any API of this account whose stage is named like this environment, and one route.

        The APIs get their ids when the services are deployed, which is after this.
        """
        head = f"arn:aws:execute-api:{self._args.settings.region}:"
        return pulumi.Output.concat(head, self._args.account, f":*/{self._args.prefix}/{route}")
