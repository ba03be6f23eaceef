"""What ends with time when people sign in: challenges, refresh tokens, credentials."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from moto import mock_aws

from sightline.local.gateway.messages import Request
from sightline.local.gateway.signed import Signatures, UnsignedError
from sightline.local.iam.credentials import REGION
from sightline.local.identity.sessions import Session, Sessions
from sightline.local.identity.sign_in import SignIn

FIRST, SECOND = "First-Password-1", "Second-Password-2"
HOUR = 3600.0


class Clock:
    """Time that tests move."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock(1_800_000_000.0)


@pytest.fixture
def begin(clock: Clock) -> Iterator[Callable[..., Any]]:
    """Begins to sign in as somebody whose refresh tokens are good for twelve hours."""
    with mock_aws():
        rules = SignIn(now=clock).install()
        client = boto3.client("cognito-idp", region_name=REGION)
        pool = client.create_user_pool(PoolName="people")["UserPool"]["Id"]
        page = client.create_user_pool_client(
            UserPoolId=pool,
            ClientName="site",
            ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
            RefreshTokenValidity=12,
            TokenValidityUnits={"RefreshToken": "hours"},
        )["UserPoolClient"]["ClientId"]
        client.admin_create_user(UserPoolId=pool, Username="lead", TemporaryPassword=FIRST)

        def ask(operation: str = "initiate_auth", **asked: Any) -> Any:
            return getattr(client, operation)(ClientId=page, **asked)

        yield ask
        rules.restore()


def password(begin: Callable[..., Any]) -> Any:
    given = {"USERNAME": "lead", "PASSWORD": FIRST}
    return begin(AuthFlow="USER_PASSWORD_AUTH", AuthParameters=given)


def change(begin: Callable[..., Any], challenge: Any) -> Any:
    return begin(
        "respond_to_auth_challenge",
        ChallengeName=challenge["ChallengeName"],
        Session=challenge["Session"],
        ChallengeResponses={"USERNAME": "lead", "NEW_PASSWORD": SECOND},
    )["AuthenticationResult"]


def test_a_challenge_is_to_be_answered_within_minutes(
    begin: Callable[..., Any], clock: Clock
) -> None:
    challenge = password(begin)
    clock.now += 181
    with pytest.raises(ClientError, match="session is expired"):
        change(begin, challenge)


def test_an_answer_counts_once(begin: Callable[..., Any]) -> None:
    challenge = password(begin)
    assert change(begin, challenge)
    with pytest.raises(ClientError, match="Invalid session"):
        change(begin, challenge)


def test_tokens_are_renewed_for_a_shift_and_no_longer(
    begin: Callable[..., Any], clock: Clock
) -> None:
    token = change(begin, password(begin))["RefreshToken"]

    def renew() -> Any:
        return begin(AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters={"REFRESH_TOKEN": token})

    clock.now += 12 * HOUR - 1
    assert "IdToken" in renew()["AuthenticationResult"]
    clock.now += 2
    with pytest.raises(ClientError, match="expired"):
        renew()


def signed(session: Session) -> Request:
    asked = AWSRequest("GET", "http://127.0.0.1:1/live", {"Host": "127.0.0.1:1"})
    keys = Credentials(session.access_key_id, session.secret_access_key, session.session_token)
    SigV4Auth(keys, "execute-api", REGION).add_auth(asked)
    return Request("GET", "/live", headers=[(n, str(v)) for n, v in asked.headers.items()])


def test_credentials_end_by_themselves() -> None:
    clock = Clock(time.time())
    sessions = Sessions(seconds=60, now=clock)
    signatures = Signatures(sessions=sessions, now=clock)
    request = signed(sessions.begin("arn:aws:iam::123456789012:role/viewer", {"caller": "x"}))
    assert signatures.identify(request).identity["caller"] == "x"
    clock.now += 60
    with pytest.raises(UnsignedError) as refused:
        signatures.identify(request)
    assert refused.value.kind == "ExpiredTokenException"
