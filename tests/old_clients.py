"""Clients from before Lookout for Vision was switched off, each in an environment of its own."""

from __future__ import annotations

import os
from pathlib import Path

from tests.environments import node_with, python_with


def last_botocore() -> Path:
    """The Python with the last botocore that had the service."""
    return python_with("botocore", "1.40.60", "boto3==1.40.60")


def last_cli() -> Path:
    """The `aws` of the last AWS CLI v1 that had the service."""
    return python_with("awscli", "1.42.60").with_name("aws")


def notebook_package() -> Path:
    """The Python with the package that AWS published for notebooks."""
    return python_with("lookoutvision", "0.1.10", "boto3==1.40.60", "botocore==1.40.60")


def last_javascript() -> tuple[Path, Path]:
    """Node.js and the folder of the last SDK for JavaScript that had the service."""
    return node_with("@aws-sdk/client-lookoutvision", "3.918.0")


def environment(endpoint: str, **more: str) -> dict[str, str]:
    """No profile, no proxy, no real credentials; only the endpoint is set."""
    return {
        "PATH": os.environ["PATH"],
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_ENDPOINT_URL_LOOKOUTVISION": endpoint,
        "AWS_MAX_ATTEMPTS": "1",
        "NO_PROXY": "127.0.0.1",
        **more,
    }
