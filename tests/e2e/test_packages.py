"""Each zip that is deployed, alone under AWS's runtime client, answers what was asked here.

Events are taken down while the local stack works; then every handler of every package gets one of
them again: on the runtime's Python, without its site-packages, against the same stack.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from sightline.domain import times
from sightline.domain.errors import UnavailableError
from sightline.local.functions.contract import FunctionSpec, InvokeResult, Outcome
from sightline.local.functions.worker import Worker
from sightline.packaging.contents import FUNCTIONS
from sightline.packaging.contents import services as names_of_services
from sightline.packaging.functions import build_function
from sightline.packaging.services import Stage, build_service
from sightline.packaging.starting import find_python
from sightline.packaging.wheels import PYTHON
from tests.api import ROOT
from tests.e2e.conftest import FACILITY, LINE, PROJECT, World
from tests.e2e.grants import SUFFIX
from tests.e2e.test_pipeline import a_part, request
from tests.e2e.waiting import until
from tests.environments import libraries_of
from tests.sign_in import Site

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

CAMERA, PASSWORD = "press-1-top", "Packaged-Parts-1"  # pragma: allowlist secret
HANDLERS = sorted(
    f"{handler}.handler" for package in FUNCTIONS.values() for handler in package.handlers
)
SERVICES = [
    *("analytics app.app", "control app.app"),
    *("ingest app.app", "ingest app.camera", "ingest app.legacy_camera"),
]
# AWS's runtime client is at hand, as it is on Lambda; all else comes with the zip.
CLIENT = """
import runpy, sys
sys.path.append({folder!r})
sys.argv[0] = "awslambdaric"
runpy.run_module("awslambdaric", run_name="__main__", alter_sys=True)
"""


class Recorder:
    """Takes down the first event of every handler, and lets all run."""

    def __init__(self) -> None:
        self.asked: dict[str, tuple[FunctionSpec, bytes]] = {}

    def __call__(self, spec: FunctionSpec, payload: bytes) -> InvokeResult | None:
        service = spec.name.split("-")[1] + " " if spec.handler.startswith("app.") else ""
        self.asked.setdefault(f"{service}{spec.handler}", (spec, payload))
        return None


def let_all_work(world: World, parts: Path) -> None:
    """Every function and every service is asked something."""
    for number in range(6):
        world.camera(CAMERA).upload(a_part(parts, "anomaly", number), f"defect {number}")
    until(lambda: world.tap.listen() or world.tap.told(), seconds=120, what="an alert")
    world.stack.add_people(PASSWORD)
    site = Site.at(world.stack.url)
    keys = site.sign_in("admin", PASSWORD)
    assert site.ask(keys, "GET", "/2020-11-20/projects").status == 200
    assert site.ask(keys, "GET", "/queries", api="analytics").status == 200
    query = f"cameraid={CAMERA}&assemblylineid={LINE}&imageid=other.jpg"
    legacy = f"{world.stack.api_url('ingest')}/getsignedurl?{query}"
    assert request("GET", legacy, headers={"authorizationToken": world.token(CAMERA)})[0] == 200
    minute = f"{FACILITY}/{LINE}/{times.to_wire(times.now().replace(second=0, microsecond=0))}"
    model = world.models.get(PROJECT)
    assert model is not None
    picture = base64.b64encode(a_part(parts)).decode()
    for function, event in {
        "digest": {"line_minute": minute},
        "silence": {},
        "daily": {},
        "sightline-local-control-job": {},
        "control-detect": {"model": asdict(model), "picture": picture},
    }.items():
        invoke(world, function, event)
    assert world.stack.drain(60)


def invoke(world: World, function: str, event: dict[str, Any]) -> None:
    client = world.stack.client("lambda")
    names = [found["FunctionName"] for found in client.list_functions()["Functions"]]
    (name,) = [name for name in names if function in {name, name[:-SUFFIX]}]
    answer = client.invoke(FunctionName=name, Payload=json.dumps(event))
    assert "FunctionError" not in answer, answer["Payload"].read()


@pytest.fixture(scope="module")
def runtime() -> list[str]:
    """The command that starts AWS's runtime client on the runtime's Python."""
    python = find_python()
    if python is None:
        pytest.skip(f"there is no Python {PYTHON} here")
    client = libraries_of(python, "awslambdaric", version("awslambdaric"))
    return [str(python), "-S", "-B", "-c", CLIENT.format(folder=str(client))]


@pytest.fixture(scope="module")
def zips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The zip of every handler and of every service, unpacked."""
    target = tmp_path_factory.mktemp("packages")
    (ROOT / "build/wheels").mkdir(parents=True, exist_ok=True)
    (target / "wheels").symlink_to(ROOT / "build/wheels")
    try:
        functions = {name: build_function(name, ROOT, target).path for name in FUNCTIONS}
        services = {
            name: build_service(name, Stage(), ROOT, target).package.path
            for name in names_of_services(ROOT)
        }
    except UnavailableError as error:
        pytest.skip(f"wheels cannot be downloaded here: {error}")
    handlers = {
        f"{handler}.handler": functions[name]
        for name, package in FUNCTIONS.items()
        for handler in package.handlers
    }
    return {**handlers, **services}


@pytest.fixture(scope="module")
def taken_down(
    new_world: Callable[..., Iterator[World]], parts: Path
) -> Iterator[tuple[World, Recorder]]:
    recorder = Recorder()
    for world in new_world(interceptor=recorder):
        let_all_work(world, parts)
        yield world, recorder


@pytest.mark.parametrize("asked", [*HANDLERS, *SERVICES])
def test_a_zip_answers_alone(
    asked: str,
    taken_down: tuple[World, Recorder],
    zips: dict[str, Path],
    runtime: list[str],
    tmp_path: Path,
) -> None:
    world, recorder = taken_down
    spec, event = recorder.asked[asked]
    package = zips[asked if asked in zips else asked.partition(" ")[0]]
    code = world.stack.pool.code.folder(package)
    worker = Worker(
        replace(spec, timeout_seconds=60),
        code=code,
        endpoint=world.stack.endpoint,
        scratch=tmp_path,
        runtime=runtime,
    )
    try:
        problem = worker.start("to-begin")
        assert problem is None, problem
        answer = worker.invoke("to-answer", event)
    finally:
        worker.close()
    assert answer.outcome is Outcome.OK, answer
    if asked.endswith("app.app"):
        assert answer.json()["statusCode"] == 200, answer
    if asked == "detect.handler":
        assert answer.json()["verdict"] in {"normal", "anomalous"}


def test_every_handler_and_every_service_was_asked(taken_down: tuple[World, Recorder]) -> None:
    assert set(taken_down[1].asked) == {*HANDLERS, *SERVICES}
