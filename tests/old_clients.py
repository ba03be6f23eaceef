"""Clients from before Lookout for Vision was switched off, each in an environment of its own."""

from __future__ import annotations

import os
import subprocess
import venv
from pathlib import Path

import pytest

from tests.api import ROOT

CACHE = ROOT / "build" / "compat"


def old_environment(package: str, version: str, *also: str) -> Path:
    """The Python of a virtual environment with this package; made once, kept in build/compat."""
    home = CACHE / f"{package}-{version}"
    python = home / "bin" / "python"
    ready = home / ".ready"
    if ready.is_file():
        return python
    venv.create(home, with_pip=True, clear=True)
    wanted = [f"{package}=={version}", *also]
    done = subprocess.run(
        [str(python), "-m", "pip", "install", "--quiet", *wanted],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    if done.returncode:
        pytest.skip(f"{package} {version} cannot be installed here: {done.stderr[-300:]}")
    ready.touch()
    return python


def last_botocore() -> Path:
    """The Python with the last botocore that had the service."""
    return old_environment("botocore", "1.40.60", "boto3==1.40.60")


def last_cli() -> Path:
    """The `aws` of the last AWS CLI v1 that had the service."""
    return old_environment("awscli", "1.42.60").with_name("aws")


def notebook_package() -> Path:
    """The Python with the package that AWS published for notebooks."""
    return old_environment("lookoutvision", "0.1.10", "boto3==1.40.60", "botocore==1.40.60")


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
