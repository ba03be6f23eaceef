"""Clients of AWS with the timeouts and retries of this system."""

from __future__ import annotations

from typing import Any

import boto3
from botocore.config import Config

# Two attempts at a hung call end before the shortest function timeout (8 s), so that the failure
# is named and retried by the workflow instead of killing the function.
CONFIG = Config(
    connect_timeout=1,
    read_timeout=2.5,
    retries={"mode": "standard", "max_attempts": 2},
    request_checksum_calculation="when_required",
    signature_version="v4",
)
# "virtual" makes signed URLs name the bucket's region: the global endpoint answers with a redirect
# while a bucket is new, and the redirect breaks the signature.
_S3_CONFIG = CONFIG.merge(
    Config(signature_version="s3v4", s3={"addressing_style": "virtual"}, read_timeout=8)
)


def s3() -> Any:
    """An S3 client that signs URLs with SigV4 and adds no checksums to them."""
    return boto3.client("s3", config=_S3_CONFIG)


def client(service: str) -> Any:
    """A client with the timeouts and retries of this system."""
    return boto3.client(service, config=CONFIG)  # type: ignore[call-overload]


def endpoints() -> Any:
    """A client of SageMaker's endpoints, which may think for long; asked once: twice costs twice.

    It gives up before those must answer who ask (28 s).
    """
    config = Config(read_timeout=20, retries={"mode": "standard", "max_attempts": 1})
    return boto3.client("sagemaker-runtime", config=CONFIG.merge(config))
