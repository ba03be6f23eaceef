"""Signing in and calling the services as a browser does: plain requests, nothing of AWS's SDK."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, replace
from typing import Any

import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

SECONDS = 30.0  # a machine may be busy while a first worker starts
USERS, IDENTITIES = "AWSCognitoIdentityProviderService", "AWSCognitoIdentityService"


class RefusedError(Exception):
    """What Cognito answered; the text is its message."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True)
class Answer:
    """What a service answered."""

    status: int
    kind: str
    content: Any


@dataclass(frozen=True)
class Keys:
    """Credentials for an hour."""

    access_key_id: str
    secret_key: str
    token: str


@dataclass(frozen=True)
class Site:
    """What a page knows: the content of config.json."""

    config: dict[str, Any]

    @classmethod
    def at(cls, address: str) -> Site:
        """The site of the system whose gateway is there."""
        return cls(
            json.loads(urllib3.request("GET", f"{address}/config.json", timeout=SECONDS).data)
        )

    @property
    def provider(self) -> str:
        return f"cognito-idp.{self.config['region']}.amazonaws.com/{self.config['userPoolId']}"

    def users(self, operation: str, **asked: Any) -> Any:
        """A call to the user pool."""
        return _call(self.config["cognitoIdp"], f"{USERS}.{operation}", asked)

    def identities(self, operation: str, **asked: Any) -> Any:
        """A call to the identity pool."""
        return _call(self.config["cognitoIdentity"], f"{IDENTITIES}.{operation}", asked)

    def begin(self, name: str, password: str) -> Any:
        """Tokens, or the challenge that must be answered first."""
        return self.users(
            "InitiateAuth",
            AuthFlow="USER_PASSWORD_AUTH",
            ClientId=self.config["clientId"],
            AuthParameters={"USERNAME": name, "PASSWORD": password},
        )

    def answer(self, challenge: Any, **responses: str) -> Any:
        """Tokens, or the next challenge."""
        return self.users(
            "RespondToAuthChallenge",
            ClientId=self.config["clientId"],
            ChallengeName=challenge["ChallengeName"],
            Session=challenge["Session"],
            ChallengeResponses=responses,
        )

    def refresh(self, token: str) -> Any:
        """New tokens."""
        return self.users(
            "InitiateAuth",
            AuthFlow="REFRESH_TOKEN_AUTH",
            ClientId=self.config["clientId"],
            AuthParameters={"REFRESH_TOKEN": token},
        )

    def keys(self, id_token: str) -> Keys:
        """The credentials of the role of the token's group."""
        logins = {self.provider: id_token}
        pool = self.config["identityPoolId"]
        identity = self.identities("GetId", IdentityPoolId=pool, Logins=logins)["IdentityId"]
        given = self.identities("GetCredentialsForIdentity", IdentityId=identity, Logins=logins)
        found = given["Credentials"]
        return Keys(found["AccessKeyId"], found["SecretKey"], found["SessionToken"])

    def sign_in(self, name: str, password: str) -> Keys:
        """The keys of somebody whose password lasts."""
        return self.keys(self.begin(name, password)["AuthenticationResult"]["IdToken"])

    def ask(
        self,
        keys: Keys,
        method: str,
        path: str,
        body: Any = None,
        *,
        api: str = "control",
        service: str = "execute-api",
    ) -> Answer:
        """A signed request to one of the services."""
        url = self.config["apis"][api] + path
        data = b"" if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", "Host": url.split("/")[2]}
        asked = AWSRequest(method, url, headers, data)
        known = Credentials(keys.access_key_id, keys.secret_key, keys.token or None)
        SigV4Auth(known, service, self.config["region"]).add_auth(asked)
        sent = dict(asked.headers.items())
        return _read(
            urllib3.request(method, url, body=data, headers=sent, retries=False, timeout=SECONDS)
        )


def claims_of(token: str) -> dict[str, Any]:
    """What a token says."""
    payload = token.split(".")[1]
    claims: dict[str, Any] = json.loads(
        base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    )
    return claims


def altered(token: str, **claims: Any) -> str:
    """A token with other claims, under the signature of the first ones."""
    head, _, signature = token.split(".")
    found = json.dumps(claims_of(token) | claims).encode()
    forged = base64.urlsafe_b64encode(found).decode().rstrip("=")
    return f"{head}.{forged}.{signature}"


def with_token(keys: Keys, token: str) -> Keys:
    return replace(keys, token=token)


def _call(url: str, target: str, asked: dict[str, Any]) -> Any:
    headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": target}
    answer = urllib3.request(
        "POST", url, body=json.dumps(asked), headers=headers, retries=False, timeout=SECONDS
    )
    content = json.loads(answer.data)
    if answer.status != 200:
        raise RefusedError(content["__type"].rpartition("#")[2], content["message"])
    return content


def _read(answer: urllib3.BaseHTTPResponse) -> Answer:
    content = json.loads(answer.data) if answer.data else None
    return Answer(answer.status, answer.headers.get("x-amzn-errortype", ""), content)
