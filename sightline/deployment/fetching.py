"""A GET of a deployed service, as the person who deploys it."""

from __future__ import annotations

from typing import Any

import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

_SECONDS = 10.0


class SignedFetch:
    """`Fetch` that signs: some services let nobody look at their health without knowing who asks.

    `credentials` are botocore's. Routes that anybody may call do not mind a signature.
    """

    def __init__(self, credentials: Any, region: str) -> None:
        self._auth = SigV4Auth(credentials, "execute-api", region)
        self._pool = urllib3.PoolManager(timeout=_SECONDS, retries=False)

    def __call__(self, url: str) -> tuple[int, bytes]:
        request = AWSRequest("GET", url)
        self._auth.add_auth(request)
        try:
            answer = self._pool.request("GET", url, headers=dict(request.headers.items()))
        except urllib3.exceptions.HTTPError as error:
            raise OSError(str(error)) from error
        return answer.status, answer.data
