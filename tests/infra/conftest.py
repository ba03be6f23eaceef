"""The program is run once for each of its stack files; the tests look at what it declared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.settings import StackSettings
from infra.stack import build
from tests.infra.recorder import Recording, one, record

ROOT = Path(__file__).parents[2]
# What is left out by default.
EVERYTHING: dict[str, Any] = {
    "control": True,
    "sagemakerHost": True,
    "datasetBuckets": ["parts"],
    "modelKeys": ["arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d"],
    "siteDomain": "inspect.example.com",
    "siteCertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d",
    "ingestDomain": "ingest.example.com",
    "controlDomain": "control.example.com",
    "analyticsDomain": "analytics.example.com",
    "apiCertificateArn": "arn:aws:acm:eu-west-1:123456789012:certificate/4e5f6a7b",
    "hostedZoneId": "Z0123456789ABC",
    "requestsPerAddress": 2000,
    "quicksightOwners": ["arn:aws:quicksight:eu-west-1:123456789012:group/default/quality"],
    "quicksightViewers": ["arn:aws:quicksight:us-east-1:123456789012:user/default/plant-manager"],
}


def stack_file(stack: str) -> dict[str, Any]:
    """The configuration in `Pulumi.<stack>.yaml`."""
    config: dict[str, Any] = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]
    return config


def settings_of(stack: str, **changed: Any) -> StackSettings:
    """The settings in a stack file, some of them changed."""
    config = stack_file(stack)
    values = {k.split(":")[1]: v for k, v in config.items() if k.startswith("sightline:")}
    return StackSettings.from_values(
        {**values, **changed}, environment=stack, region=config["aws:region"]
    )


def environment(recording: Recording, function: str) -> Mapping[str, str]:
    """The environment of a function."""
    variables: Mapping[str, str] = one(recording, "lambda.Function", function).inputs[
        "environment"
    ]["variables"]
    return variables


@pytest.fixture(scope="session")
def artifacts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with packages."""
    folder = tmp_path_factory.mktemp("functions")
    for name in ("control_job", "detect", "workflow"):
        (folder / f"{name}.zip").write_bytes(f"the {name} package".encode())
    return folder


@pytest.fixture(scope="session")
def run(artifacts: Path) -> Callable[..., Recording]:
    """Run the program with settings."""

    def run(settings: StackSettings, *, preview: bool = False) -> Recording:
        return record(
            lambda: build(settings, artifacts), stack=settings.environment, preview=preview
        )

    return run


@pytest.fixture(scope="session")
def dev(run: Callable[..., Recording]) -> Recording:
    return run(settings_of("dev", control=True))


@pytest.fixture(scope="session")
def prod(run: Callable[..., Recording]) -> Recording:
    return run(settings_of("prod", control=True))


@pytest.fixture(scope="session")
def full(run: Callable[..., Recording]) -> Recording:
    """Production with all that can be switched on."""
    return run(settings_of("prod", **EVERYTHING))
