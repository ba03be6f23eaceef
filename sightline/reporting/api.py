"""Calls of the services' APIs, signed as the program's own AWS identity."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import boto3
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from sightline.domain.errors import ForbiddenError, InvalidError, SightlineError, UnavailableError

_SECONDS = 40.0  # a run is waited for by the service for up to 20


class Api:
    """One service at `url`; the credentials are those that boto3 finds."""

    def __init__(self, url: str, *, session: boto3.Session | None = None) -> None:
        self._url = url.rstrip("/")
        self._session = session or boto3.Session()
        self._http = urllib3.PoolManager(
            timeout=_SECONDS, retries=urllib3.Retry(3, backoff_factor=0.5)
        )

    def get(self, path: str, **query: str | int | None) -> Any:
        """The JSON answer of a GET; what is None in the query is left out."""
        given = {name: str(value) for name, value in query.items() if value is not None}
        return self._call("GET", path + (f"?{urlencode(given)}" if given else ""), None)

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """The JSON answer of a POST of JSON."""
        return self._call("POST", path, json.dumps(body).encode())

    def fetch(self, url: str) -> bytes | None:
        """The object at a presigned URL; None when it is gone."""
        answer = self._http.request("GET", url)
        return answer.data if answer.status == 200 else None

    def _call(self, method: str, path: str, body: bytes | None) -> Any:
        request = AWSRequest(method, self._url + path, data=body)
        if body is not None:
            request.headers["Content-Type"] = "application/json"
        credentials = self._session.get_credentials()
        if credentials is None:
            raise ForbiddenError("There are no AWS credentials; sign in, or set AWS_PROFILE.")
        region = self._session.region_name or "us-east-1"
        SigV4Auth(credentials, "execute-api", region).add_auth(request)
        try:
            answer = self._http.request(
                method, self._url + path, body=body, headers=dict(request.headers)
            )
        except urllib3.exceptions.HTTPError as error:
            raise UnavailableError(f"{self._url} did not answer: {error}") from error
        if answer.status >= 400:
            raise _refusal(answer.status, answer.data)
        return json.loads(answer.data)


def _refusal(status: int, body: bytes) -> SightlineError:
    """The service's own words, in whichever of the two forms it has them."""
    try:
        read = json.loads(body)
        words = read.get("message") or read.get("Message") or read["error"]["message"]
    except (ValueError, KeyError, AttributeError, TypeError):
        words = f"HTTP status {status}"
    if status in {401, 403}:
        return ForbiddenError(str(words))
    return InvalidError(str(words)) if status < 500 else UnavailableError(str(words))
