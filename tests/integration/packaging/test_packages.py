"""Real packages: built twice from two checkouts, measured, and started on the runtime's Python."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from sightline.domain.errors import ArtifactError, NotFoundError, UnavailableError
from sightline.packaging import wheels
from sightline.packaging.contents import FUNCTIONS, MB, SERVICE_BUDGET_MB
from sightline.packaging.contents import services as names_of_services
from sightline.packaging.functions import build_function
from sightline.packaging.package import Package
from sightline.packaging.services import ServicePackage, Stage, build_service
from sightline.packaging.starting import find_python, prove_start
from tests.api import ROOT
from tests.unit.vision.pictures import write_set

pytestmark = pytest.mark.slow

HEALTH = {
    "resource": "/health",
    "path": "/health",
    "httpMethod": "GET",
    "headers": {},
    "multiValueQueryStringParameters": None,
    "pathParameters": None,
    "stageVariables": None,
    "body": None,
    "isBase64Encoded": False,
    "requestContext": {"resourcePath": "/health", "httpMethod": "GET", "requestId": "1"},
}
ASK_HEALTH = """
import json, sys
sys.path.insert(0, ".")
import app
print(json.dumps(app.app(json.loads(sys.argv[1]), None)))
"""

TRAIN = """
import pathlib, sys
sys.path.insert(0, ".")
from sightline.adapters.trainer import VisionTrainer
folder, model = map(pathlib.Path, sys.argv[1:])
print(VisionTrainer(budget="fast").train(folder, (), model).roc_auc)
"""


@dataclass(frozen=True)
class Checkout:
    """What was built of a copy of the repository."""

    functions: dict[str, Package]
    services: dict[str, ServicePackage]

    @property
    def packages(self) -> dict[str, Package]:
        services = {name: service.package for name, service in self.services.items()}
        return self.functions | services


def build(root: Path, target: Path) -> Checkout:
    try:
        functions = {name: build_function(name, root, target) for name in FUNCTIONS}
        services = {
            name: build_service(name, Stage(), root, target) for name in names_of_services(root)
        }
        return Checkout(functions, services)
    except UnavailableError as error:
        pytest.skip(f"wheels cannot be downloaded here: {error}")


def copy(checkout: Path, target: Path) -> Path:
    """What packages are built of, with other dates and modes."""
    junk = shutil.ignore_patterns("__pycache__")
    for folder in ("sightline", "services", "requirements"):
        shutil.copytree(
            checkout / folder, target / folder, ignore=junk, copy_function=shutil.copyfile
        )
    return target


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy(ROOT, tmp_path_factory.mktemp("checkout"))


@pytest.fixture(scope="module")
def built(checkout: Path) -> Checkout:
    return build(checkout, checkout / "build")


@pytest.fixture(scope="module")
def python() -> Path:
    found = find_python()
    if found is None:
        pytest.skip(f"there is no Python {wheels.PYTHON} here")
    return found


def test_another_checkout_gives_the_same_bytes(
    checkout: Path, built: Checkout, tmp_path: Path
) -> None:
    copy(checkout, tmp_path)
    # The large wheels take long to install; the small ones show the same, installed anew.
    for numpy in (checkout / "build/wheels").glob("*/numpy"):
        target = tmp_path / "build/wheels" / numpy.parent.name
        shutil.copytree(numpy.parent, target, copy_function=os.link)
    other = build(tmp_path, tmp_path / "build")
    assert {name: package.sha256 for name, package in other.packages.items()} == {
        name: package.sha256 for name, package in built.packages.items()
    }
    for name, service in other.services.items():
        assert service.template == built.services[name].template


def test_packages_stay_within_our_own_budget(built: Checkout) -> None:
    budgets = {name: package.budget_mb for name, package in FUNCTIONS.items()}
    for name, package in built.packages.items():
        budget = budgets.get(name, SERVICE_BUDGET_MB)
        assert package.unpacked < budget * MB, str(package)


def test_nothing_needless_is_packed(built: Checkout) -> None:
    for name, package in built.packages.items():
        with zipfile.ZipFile(package.path) as archive:
            names = archive.namelist()
        assert names == sorted(names), name
        assert not [held for held in names if "__pycache__" in held or "/tests/" in held], name
        assert not [held for held in names if held.startswith(("bin/", "tests/"))], name
        assert not [held for held in names if held.endswith((".pyc", "RECORD"))], name
        assert [held for held in names if "LICENSE" in held], f"{name} has lost its licences"
        foreign = [held for held in names if "darwin" in held or "-win" in held or "cp311" in held]
        assert not foreign, name


def test_functions_start_with_their_zip_alone(built: Checkout, python: Path) -> None:
    for name, package in built.functions.items():
        handlers = list(FUNCTIONS[name].handlers)
        prove_start(package.path, handlers, python)


def test_a_packaged_trainer_trains_with_its_zip_alone(
    built: Checkout, python: Path, tmp_path: Path
) -> None:
    with zipfile.ZipFile(built.functions["control_job"].path) as archive:
        archive.extractall(tmp_path / "task")
    write_set(tmp_path / "set", 12, 5)
    done = subprocess.run(
        [python, "-I", "-S", "-B", "-c", TRAIN, tmp_path / "set", tmp_path / "model"],
        cwd=tmp_path / "task",
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.defpath},
    )
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) > 0.5
    assert (tmp_path / "model/model.onnx").is_file()


def test_services_start_with_their_zip_alone(built: Checkout, python: Path) -> None:
    for service in built.services.values():
        prove_start(service.package.path, ["app"], python)


def test_a_packaged_service_answers(built: Checkout, python: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(built.services["ingest"].package.path) as archive:
        archive.extractall(tmp_path)
    done = subprocess.run(
        [python, "-I", "-S", "-B", "-c", ASK_HEALTH, json.dumps(HEALTH)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.defpath},
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["statusCode"] == 200
    assert json.loads(answer["body"])["status"] == "ok"


def test_every_function_of_a_service_has_the_runtime_of_its_wheels(built: Checkout) -> None:
    for name, service in built.services.items():
        functions = [
            resource["Properties"]
            for resource in service.template["Resources"].values()
            if resource["Type"] == "AWS::Serverless::Function"
        ]
        assert {function["Runtime"] for function in functions} == {"python3.13"}, name


def test_a_service_knows_where_its_health_is_and_where_its_zip_goes(built: Checkout) -> None:
    assert built.services["ingest"].health_path == "health"
    for name, service in built.services.items():
        assert service.health_path.endswith("health"), name
        located = service.located("code", "services/a.zip")
        places = {
            resource["Properties"]["CodeUri"]
            for resource in located["Resources"].values()
            if "CodeUri" in resource["Properties"]
        }
        assert places == {"s3://code/services/a.zip"}
        assert "s3://" not in json.dumps(dict(service.template)), "a copy was changed"


def test_a_package_that_lacks_something_does_not_pass(
    built: Checkout, python: Path, tmp_path: Path
) -> None:
    path = tmp_path / "lacking.zip"
    with (
        zipfile.ZipFile(built.functions["workflow"].path) as whole,
        zipfile.ZipFile(path, "w") as lacking,
    ):
        for name in whole.namelist():
            if not name.startswith("sightline/adapters/aws/metrics"):
                lacking.writestr(name, whole.read(name))
    with pytest.raises(ArtifactError, match=r"sightline\.adapters\.aws\.metrics"):
        prove_start(path, ["record"], python)


def test_a_package_without_wheels_for_the_runtime_is_named(tmp_path: Path) -> None:
    lock = tmp_path / "detect.txt"
    lock.write_text(f"sightline-needs-this==1.0 --hash=sha256:{'0' * 64}\n")
    with pytest.raises(NotFoundError, match=r"sightline-needs-this==1\.0"):
        wheels.install(lock, tmp_path / "cache", run=without_index)


def without_index(command: object) -> subprocess.CompletedProcess[str]:
    words = [*command, "--no-index"]  # type: ignore[misc]
    return subprocess.run(words, capture_output=True, text=True, check=False)
