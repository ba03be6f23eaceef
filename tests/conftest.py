"""Shared by all tiers: no test ever reaches AWS."""

from __future__ import annotations

import os

import pytest

# Before boto3 is imported anywhere: no profile, no metadata service, no credentials but these.
os.environ.update(
    AWS_ACCESS_KEY_ID="testing",
    AWS_SECRET_ACCESS_KEY="testing",
    AWS_DEFAULT_REGION="eu-west-1",
    AWS_EC2_METADATA_DISABLED="true",
    AWS_CONFIG_FILE=os.devnull,
    AWS_SHARED_CREDENTIALS_FILE=os.devnull,
)
os.environ.pop("AWS_PROFILE", None)


@pytest.fixture(autouse=True)
def _no_leaked_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test does to the environment is undone after it."""
    monkeypatch.setenv("SIGHTLINE_TEST", "1")
