"""boto3 clients of the embedded AWS server."""

from __future__ import annotations

import threading
from typing import Any

import boto3
from botocore.config import Config

from sightline.local.iam.credentials import ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY


class Clients:
    """Clients by service, made once each. Safe to use from several threads."""

    def __init__(self, endpoint: str, region: str = REGION) -> None:
        self.endpoint = endpoint
        self.region = region
        self._session = boto3.session.Session(
            aws_access_key_id=ACCESS_KEY_ID,
            aws_secret_access_key=SECRET_ACCESS_KEY,
            region_name=region,
        )
        # Sessions make clients on one thread only; the clients themselves are thread safe.
        self._lock = threading.Lock()
        self._clients: dict[str, Any] = {}

    def get(self, service: str) -> Any:
        """The client of a service, by boto3's name for it."""
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self._session.client(  # type: ignore[call-overload]
                    service,
                    endpoint_url=self.endpoint,
                    config=Config(
                        retries={"max_attempts": 2, "mode": "standard"},
                        max_pool_connections=16,
                        signature_version="s3v4" if service == "s3" else None,
                        s3={"addressing_style": "path"},
                    ),
                )
            return self._clients[service]
