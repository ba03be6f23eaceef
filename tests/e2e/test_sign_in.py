"""People sign in to the local stack as they do on AWS, and may do what their group may."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import boto3
import pytest
import urllib3
from botocore.exceptions import ClientError
from click.testing import Result
from joserfc import jwt
from joserfc.jwk import RSAKey
from typer.testing import CliRunner

from sightline import lookoutvision
from sightline.adapters.aws.inspections import DynamoInspectionTable
from sightline.cli import app
from sightline.cli.outputs import write_local_outputs
from sightline.domain.permissions import TABLE, Group, Route
from sightline.local.iam.credentials import ACCESS_KEY_ID, OWNER, REGION, SECRET_ACCESS_KEY, keys_of
from sightline.local.stack import LocalStack
from tests.e2e.observed import Observed
from tests.examples import REF, recorded
from tests.sign_in import Keys, RefusedError, Site, altered, claims_of, with_token

FIRST, SECOND = "First-Password-1", "Second-Password-2"
PROJECTS = "/2020-11-20/projects"
GROUP_ROUTES = [
    pytest.param(group, service, route, id=f"{group}-{route.method}-{route.path}")
    for group in Group
    for service, routes in TABLE.items()
    for route in routes
]


@dataclass(frozen=True)
class System:
    """A stack with its people."""

    stack: LocalStack
    site: Site
    passwords: dict[str, str]
    keys: dict[str, Keys]

    @property
    def users(self) -> Any:
        return self.stack.client("cognito-idp")

    @property
    def pool(self) -> str:
        return str(self.site.config["userPoolId"])

    def invite(self, name: str, group: str | None = None) -> None:
        """Somebody new, with the first password."""
        self.users.admin_create_user(
            UserPoolId=self.pool, Username=name, TemporaryPassword=FIRST, MessageAction="SUPPRESS"
        )
        if group:
            self.users.admin_add_user_to_group(UserPoolId=self.pool, Username=name, GroupName=group)

    def tokens(self, name: str) -> dict[str, str]:
        tokens: dict[str, str] = self.site.begin(name, self.passwords[name])["AuthenticationResult"]
        return tokens


@pytest.fixture(scope="module")
def system(observed: Observed) -> Iterator[System]:
    with observed.stack() as stack:
        site = Site.at(stack.url)
        passwords = stack.add_people()
        keys = {name: site.sign_in(name, password) for name, password in passwords.items()}
        yield System(stack, site, passwords, keys)


def test_the_site_finds_everything_at_one_address(system: System) -> None:
    config = system.site.config
    assert config["apis"]["control"] == f"{system.stack.url}/control"
    assert config["cognitoIdp"].startswith(system.stack.url)
    assert "password" not in json.dumps(config).lower()


@pytest.mark.parametrize(("group", "service", "route"), GROUP_ROUTES)
def test_a_group_reaches_the_routes_of_the_table_and_is_refused_on_all_others(
    system: System, group: Group, service: str, route: Route
) -> None:
    if service not in system.site.config["apis"]:
        pytest.skip(f"the local stack does not serve {service} yet")
    path = re.sub(r"\{[^}]*\}", "absent", route.path)
    body = None if route.method == "GET" else {}
    answer = system.site.ask(system.keys[group], route.method, path, body, api=service)
    refused = (answer.status, answer.kind) == (403, "AccessDeniedException")
    assert refused == (group not in TABLE[service][route]), answer
    if refused:
        assert "administrator" in answer.content["Message"]
        assert answer.content["__type"] == "AccessDeniedException"


def test_an_operator_cannot_delete_a_project_and_an_administrator_can(system: System) -> None:
    site, keys = system.site, system.keys
    made = site.ask(keys["admin"], "POST", PROJECTS, {"ProjectName": "castings"})
    assert made.status == 200
    assert site.ask(keys["operator"], "DELETE", f"{PROJECTS}/castings").status == 403
    assert site.ask(keys["viewer"], "GET", f"{PROJECTS}/castings").status == 200
    assert site.ask(keys["admin"], "DELETE", f"{PROJECTS}/castings").status == 200


@pytest.mark.parametrize("service", ["execute-api", "lookoutvision"])
def test_old_and_new_scopes_are_held_to_the_same_role(system: System, service: str) -> None:
    site, viewer = system.site, system.keys["viewer"]
    assert site.ask(viewer, "GET", PROJECTS, service=service).status == 200
    assert site.ask(viewer, "POST", PROJECTS, {}, service=service).kind == "AccessDeniedException"


def test_programs_with_the_stacks_own_credentials_may_do_everything(system: System) -> None:
    owner = Keys(ACCESS_KEY_ID, SECRET_ACCESS_KEY, "")
    assert system.site.ask(owner, "POST", PROJECTS, {"ProjectName": "own"}).status == 200
    assert system.site.ask(owner, "DELETE", f"{PROJECTS}/own").status == 200


def test_the_sdk_names_the_refusals(system: System) -> None:
    viewer = system.keys["viewer"]
    client = lookoutvision.client(
        system.site.config["apis"]["control"],
        region_name=REGION,
        aws_access_key_id=viewer.access_key_id,
        aws_secret_access_key=viewer.secret_key,
        aws_session_token=viewer.token,
    )
    assert client.list_projects()["Projects"] == []
    with pytest.raises(ClientError) as refused:
        client.create_project(ProjectName="castings")
    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"
    assert "administrator" in refused.value.response["Error"]["Message"]


def test_an_unsigned_request_is_forbidden_in_words_that_the_sdk_understands(
    system: System,
) -> None:
    answer = urllib3.request("GET", system.site.config["apis"]["control"] + PROJECTS)
    assert answer.status == 403
    assert answer.headers["x-amzn-errortype"] == "MissingAuthenticationTokenException"
    assert "not signed" in answer.json()["Message"]


def test_the_first_password_must_be_changed(system: System) -> None:
    system.invite("newcomer", "viewer")
    challenge = system.site.begin("newcomer", FIRST)
    assert challenge["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    assert "AuthenticationResult" not in challenge
    with pytest.raises(RefusedError) as refused:
        system.site.answer(challenge, USERNAME="newcomer", NEW_PASSWORD="short")
    assert refused.value.kind == "InvalidPasswordException"
    tokens = system.site.answer(challenge, USERNAME="newcomer", NEW_PASSWORD=SECOND)
    keys = system.site.keys(tokens["AuthenticationResult"]["IdToken"])
    assert system.site.ask(keys, "GET", PROJECTS).status == 200
    with pytest.raises(RefusedError, match="Incorrect username or password"):
        system.site.begin("newcomer", FIRST)
    assert "AuthenticationResult" in system.site.begin("newcomer", SECOND)


def test_nobody_answers_for_somebody_else(system: System) -> None:
    system.invite("guest", "viewer")
    challenge = system.site.begin("guest", FIRST)
    with pytest.raises(RefusedError, match="Invalid session"):
        system.site.answer(challenge, USERNAME="admin", NEW_PASSWORD=SECOND)
    other = {**challenge, "ChallengeName": "PASSWORD_VERIFIER"}
    with pytest.raises(RefusedError, match="Invalid session"):
        system.site.answer(
            other,
            USERNAME="admin",
            PASSWORD_CLAIM_SIGNATURE="x",
            PASSWORD_CLAIM_SECRET_BLOCK=challenge["Session"],
            TIMESTAMP="now",
        )
    assert "AuthenticationResult" in system.site.begin("admin", system.passwords["admin"])


@pytest.mark.parametrize("name", ["admin", "nobody-of-this-name"])
def test_a_wrong_password_and_a_wrong_name_look_the_same(system: System, name: str) -> None:
    with pytest.raises(RefusedError, match=r"Incorrect username or password\.") as refused:
        system.site.begin(name, "Wrong-Password-1")
    assert refused.value.kind == "NotAuthorizedException"


def test_flows_that_the_client_does_not_allow_are_refused(system: System) -> None:
    for flow in ("USER_SRP_AUTH", "CUSTOM_AUTH"):
        with pytest.raises(RefusedError, match="flow not enabled"):
            system.site.users(
                "InitiateAuth",
                AuthFlow=flow,
                ClientId=system.site.config["clientId"],
                AuthParameters={"USERNAME": "admin", "SRP_A": "a"},
            )


@pytest.mark.parametrize(
    "operation",
    [
        "AdminSetUserPassword",
        "AdminCreateUser",
        "ListUsers",
        "SignUp",
        "DeleteUser",
        "AssociateSoftwareToken",
    ],
)
def test_calls_of_administrators_do_not_pass_the_gateway(system: System, operation: str) -> None:
    with pytest.raises(RefusedError, match="must be signed"):
        system.site.users(operation, UserPoolId=system.pool, Username="admin", Password=SECOND)


def test_tokens_are_renewed_until_somebody_is_signed_out(system: System) -> None:
    tokens = system.tokens("operator")
    again = system.site.refresh(tokens["RefreshToken"])["AuthenticationResult"]
    assert system.site.ask(system.site.keys(again["IdToken"]), "GET", PROJECTS).status == 200
    system.users.admin_user_global_sign_out(UserPoolId=system.pool, Username="operator")
    with pytest.raises(RefusedError, match="revoked"):
        system.site.refresh(tokens["RefreshToken"])
    with pytest.raises(RefusedError, match="revoked"):
        system.site.keys(again["IdToken"])


def test_who_was_removed_gets_no_more_keys(system: System) -> None:
    system.invite("leaver", "admin")
    challenge = system.site.begin("leaver", FIRST)
    tokens = system.site.answer(challenge, USERNAME="leaver", NEW_PASSWORD=SECOND)
    system.users.admin_delete_user(UserPoolId=system.pool, Username="leaver")
    with pytest.raises(RefusedError, match="revoked"):
        system.site.keys(tokens["AuthenticationResult"]["IdToken"])


def test_who_is_in_no_group_gets_no_keys(system: System) -> None:
    system.invite("stranger")
    challenge = system.site.begin("stranger", FIRST)
    tokens = system.site.answer(challenge, USERNAME="stranger", NEW_PASSWORD=SECOND)
    with pytest.raises(RefusedError, match="no role"):
        system.site.keys(tokens["AuthenticationResult"]["IdToken"])


def test_who_is_in_two_groups_acts_as_the_one_that_may_more(system: System) -> None:
    system.invite("both", "viewer")
    system.users.admin_add_user_to_group(
        UserPoolId=system.pool, Username="both", GroupName="operator"
    )
    challenge = system.site.begin("both", FIRST)
    tokens = system.site.answer(challenge, USERNAME="both", NEW_PASSWORD=SECOND)
    keys = system.site.keys(tokens["AuthenticationResult"]["IdToken"])
    started = system.site.ask(keys, "POST", f"{PROJECTS}/absent/models/1/start", {})
    assert started.kind == "ValidationException"


def test_a_forged_token_gets_no_keys(system: System) -> None:
    token = system.tokens("viewer")["IdToken"]
    role = next(iter(system.users.list_groups(UserPoolId=system.pool)["Groups"]))["RoleArn"]
    for forged in (
        altered(token, **{"cognito:preferred_role": role}),
        token.rpartition(".")[0] + ".",
        "not.a.token",
        signed_by_another_key(token),
    ):
        with pytest.raises(RefusedError, match="signature"):
            system.site.keys(forged)


def signed_by_another_key(token: str) -> str:
    """The claims of a token under a signature that somebody else made."""
    claims = claims_of(token)
    return jwt.encode({"alg": "RS256", "kid": "dummy"}, claims, RSAKey.generate_key(2048))


def test_a_token_for_calls_is_not_one_of_identity(system: System) -> None:
    with pytest.raises(RefusedError, match="audience"):
        system.site.keys(system.tokens("viewer")["AccessToken"])


def test_a_token_of_another_pool_gets_no_keys(system: System) -> None:
    other = system.users.create_user_pool(PoolName="other")["UserPool"]["Id"]
    client = system.users.create_user_pool_client(
        UserPoolId=other, ClientName="c", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]["ClientId"]
    system.users.admin_create_user(UserPoolId=other, Username="admin", TemporaryPassword=FIRST)
    system.users.admin_set_user_password(
        UserPoolId=other, Username="admin", Password=SECOND, Permanent=True
    )
    elsewhere = Site({**system.site.config, "clientId": client})
    token = elsewhere.begin("admin", SECOND)["AuthenticationResult"]["IdToken"]
    with pytest.raises(RefusedError, match="Issuer"):
        system.site.keys(token)
    named = Site({**system.site.config, "userPoolId": other})
    with pytest.raises(RefusedError, match="not from a supported provider"):
        named.keys(token)


def test_an_identity_belongs_to_whom_it_was_made_for(system: System) -> None:
    logins = {
        name: {system.site.provider: system.tokens(name)["IdToken"]} for name in ("admin", "viewer")
    }
    pool = system.site.config["identityPoolId"]
    admins = system.site.identities("GetId", IdentityPoolId=pool, Logins=logins["admin"])
    with pytest.raises(RefusedError, match="Logins don't match"):
        system.site.identities(
            "GetCredentialsForIdentity", IdentityId=admins["IdentityId"], Logins=logins["viewer"]
        )
    with pytest.raises(RefusedError, match="Unauthenticated"):
        system.site.identities("GetId", IdentityPoolId=pool)


def test_keys_are_worth_nothing_with_another_token_or_secret(system: System) -> None:
    viewer, admin = system.keys["viewer"], system.keys["admin"]
    for token in (admin.token, "", "guessed"):
        answer = system.site.ask(with_token(viewer, token), "GET", PROJECTS)
        assert (answer.status, answer.kind) == (403, "UnrecognizedClientException")
    mixed = Keys(viewer.access_key_id, admin.secret_key, viewer.token)
    assert system.site.ask(mixed, "GET", PROJECTS).kind == "InvalidSignatureException"


def test_peoples_keys_open_nothing_but_the_services(system: System) -> None:
    admin = system.keys["admin"]
    session = boto3.Session(admin.access_key_id, admin.secret_key, admin.token, REGION)
    s3 = session.client("s3", endpoint_url=system.stack.endpoint)
    with pytest.raises(ClientError, match=r"InvalidAccessKeyId|AccessDenied|403"):
        s3.list_objects_v2(Bucket=system.stack.outputs["imagesBucket"])


def test_keys_of_a_function_open_what_its_role_may_and_no_more(system: System) -> None:
    own = keys_of(system.stack.outputs["controlRoleArn"])
    keys = Keys(own.access_key_id, own.secret_access_key, own.session_token or "")
    assert system.site.ask(keys, "GET", PROJECTS).kind == "AccessDeniedException"
    assert system.site.ask(with_token(keys, ""), "GET", PROJECTS).status == 403


def test_what_a_person_did_bears_their_name(system: System) -> None:
    table = system.stack.outputs["inspectionsTable"]
    DynamoInspectionTable(table, system.stack.client("dynamodb")).record(recorded())
    path = f"/sightline/inspections/{REF.camera_id}/{quote(REF.image_id)}/review"
    answer = system.site.ask(system.keys["operator"], "POST", path, {"Verdict": "normal"})
    assert answer.content["Inspection"]["Review"]["By"] == "operator"
    taken = {"Verdict": "anomalous", "ExpectedVersion": 1}
    other = system.site.ask(system.keys["admin"], "POST", path, taken)
    assert other.kind == "AccessDeniedException"
    assert "operator" in other.content["Message"]


def test_people_are_managed_from_the_command_line(
    system: System, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outputs = tmp_path / "outputs.json"
    for name in ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "replaced by what is in the file")
    write_local_outputs(
        outputs,
        system.stack.outputs,
        {"AWS_ENDPOINT_URL": system.stack.endpoint, **OWNER.environment()},
    )

    def command(*words: str) -> Result:
        return CliRunner().invoke(app, ["people", *words, "--stack-outputs", str(outputs)])

    mail = ("--email", "deputy@sightline.example")
    added = command("add", "deputy", "--group", "viewer", *mail, "--json")
    assert added.exit_code == 0, added.output
    challenge = system.site.begin("deputy", json.loads(added.stdout)["password"])
    tokens = system.site.answer(challenge, USERNAME="deputy", NEW_PASSWORD=SECOND)
    assert system.site.keys(tokens["AuthenticationResult"]["IdToken"])
    assert command("add", "deputy", "--group", "viewer", *mail).exit_code == 1
    assert command("add", "stranger", "--group", "boss", *mail).exit_code == 2
    assert command("group", "deputy", "--group", "operator").exit_code == 0
    listed = json.loads(command("list", "--json").stdout)["people"]
    (deputy,) = [person for person in listed if person["name"] == "deputy"]
    assert deputy["groups"] == ["operator"]
    again = command("password", "deputy", "--json")
    assert "ChallengeName" in system.site.begin("deputy", json.loads(again.stdout)["password"])
    assert command("remove", "deputy").exit_code == 0
    assert "deputy" not in command("list").stdout
    assert command("remove", "deputy").exit_code == 1


def test_expired_keys_are_refused_so_that_the_site_can_tell(system: System) -> None:
    keys = system.site.sign_in("viewer", system.passwords["viewer"])
    assert system.site.ask(keys, "GET", PROJECTS).status == 200
    system.stack.sessions.end_all()
    answer = system.site.ask(keys, "GET", PROJECTS)
    assert (answer.status, answer.kind) == (403, "ExpiredTokenException")
    assert "expired" in answer.content["message"]
    renewed = system.site.sign_in("viewer", system.passwords["viewer"])
    assert system.site.ask(renewed, "GET", PROJECTS).status == 200
