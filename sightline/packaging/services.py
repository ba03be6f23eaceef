"""Chalice services, staged and packaged: Chalice makes the template, we see to what is packed.

Chalice would choose the runtime after the Python that runs it, and only warn when a package has no
wheel for it. So it sees our code only; locked wheels for one fixed runtime are added to its zip.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sightline.domain.errors import InvalidError
from sightline.domain.permissions import TABLE
from sightline.http.gateway import merge_template
from sightline.packaging import wheels
from sightline.packaging.contents import SERVICES, service_sources
from sightline.packaging.gateway import Gateway
from sightline.packaging.package import Package
from sightline.packaging.zips import read_zip, write_zip

_CHALICE = "from chalice.cli import main; main()"
_FUNCTION = "AWS::Serverless::Function"
_API = "AWS::Serverless::Api"
NO_ROLE = "arn:aws:iam::000000000000:role/is-filled-in-at-deployment"


@dataclass(frozen=True)
class Stage:
    """What differs between environments. The defaults are good for looking at, not to deploy."""

    name: str = "dev"
    role_arn: str = NO_ROLE
    environment: Mapping[str, str] = field(default_factory=dict)
    gateway: Gateway = field(default_factory=Gateway)


@dataclass(frozen=True)
class ServicePackage:
    """A service's zip and its CloudFormation template (with SAM), which refers to the zip."""

    package: Package
    template: Mapping[str, Any]

    def located(self, bucket: str, key: str) -> dict[str, Any]:
        """The template, with the zip in S3."""
        template: dict[str, Any] = json.loads(json.dumps(self.template))
        for function in _of_kind(template, _FUNCTION):
            function["CodeUri"] = f"s3://{bucket}/{key}"
        return template

    @property
    def roles(self) -> set[str]:
        """The roles that the service's functions run as."""
        return {function["Role"] for function in _of_kind(self.template, _FUNCTION)}

    @property
    def health_path(self) -> str:
        """The path of the service's health check, without a leading slash."""
        (api,) = _of_kind(self.template, _API)
        paths = [str(path) for path in api["DefinitionBody"]["paths"] if path.endswith("/health")]
        if not paths:
            raise InvalidError(
                f"The service {self.package.name} has no route that ends in /health."
            )
        return paths[0].lstrip("/")


def build_service(
    name: str, stage: Stage, root: Path, build: Path, *, run: wheels.Run = wheels.run
) -> ServicePackage:
    """Stage the service below `build`, package it to `services/<name>/out` there."""
    content = make_template(name, stage, root, build)
    folder = build / "services" / name
    theirs = wheels.install(root / "requirements" / f"{name}.txt", build / "wheels", run=run)
    zipped = folder / "out/deployment.zip"
    write_zip(zipped, {**wheels.used_files(theirs), **read_zip(zipped)})
    return ServicePackage(Package.of(name, zipped), content)


def make_template(name: str, stage: Stage, root: Path, build: Path) -> dict[str, Any]:
    """Stage the service below `build` and have Chalice make its template, `out/sam.json` there."""
    folder = build / "services" / name
    _stage(folder, root / SERVICES / name, service_sources(name, root), stage)
    _package(folder, stage)
    path = folder / "out/sam.json"
    template = _with_runtime(json.loads(path.read_text()))
    path.write_text(json.dumps(template, indent=2, sort_keys=True) + "\n")
    return template


def fill(config: Mapping[str, Any], stage: Stage) -> dict[str, Any]:
    """A service's `.chalice/config.json` with the stage's role and environment.

    `InvalidError` when the file does not know the stage: how long its logs are kept is said there.
    """
    filled: dict[str, Any] = json.loads(json.dumps(config))
    if stage.name not in filled.get("stages", {}):
        raise InvalidError(
            f".chalice/config.json of {config.get('app_name')} has no stage {stage.name!r}; "
            f"it has {', '.join(filled.get('stages', {}))}."
        )
    filled["stages"][stage.name].update(
        iam_role_arn=stage.role_arn, environment_variables=dict(stage.environment)
    )
    return filled


def _stage(folder: Path, service: Path, sources: Mapping[str, Path], stage: Stage) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    (folder / ".chalice").mkdir(parents=True)
    config = fill(json.loads((service / ".chalice/config.json").read_text()), stage)
    (folder / ".chalice/config.json").write_text(json.dumps(config, indent=2) + "\n")
    merged = stage.gateway.merged(merge_template(signed=bool(TABLE.get(service.name))))
    (folder / "gateway.json").write_text(json.dumps(merged))
    # Of this file, Chalice would install what is for the Python that runs it.
    (folder / "requirements.txt").write_text("# Locked wheels are added to the zip.\n")
    shutil.copyfile(service / "app.py", folder / "app.py")
    for name, source in sources.items():
        target = folder / "vendor" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


def _package(folder: Path, stage: Stage) -> None:
    options = ["--stage", stage.name, "--merge-template", "gateway.json", "out"]
    environment = {
        **os.environ,
        "AWS_DEFAULT_REGION": os.environ.get("AWS_DEFAULT_REGION", "eu-west-1"),
        "PIP_NO_INDEX": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": str(folder.resolve() / "vendor"),
    }
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", _CHALICE, "package", *options],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    said = done.stdout + done.stderr
    # Chalice ends well without the packages that it could not install.
    if done.returncode or "Could not install" in said:
        raise InvalidError(f"Chalice cannot package {folder.name}:\n{said.strip()}")


def _with_runtime(template: dict[str, Any]) -> dict[str, Any]:
    for function in _of_kind(template, _FUNCTION):
        function["Runtime"] = wheels.RUNTIME
    return template


def _of_kind(template: Mapping[str, Any], kind: str) -> list[dict[str, Any]]:
    return [r["Properties"] for r in template["Resources"].values() if r["Type"] == kind]
