"""The control service over memory, on a local port, with jobs that run by themselves."""

from __future__ import annotations

import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import urllib3
from botocore.config import Config
from chalice.config import Config as ChaliceConfig
from chalice.local import ChaliceRequestHandler, LocalDevServer
from moto.server import ThreadedMotoServer

from sightline.adapters.aws.control_objects import DOWNLOADS_AT_ONCE
from sightline.workflow.control import jobs
from sightline.workflow.control.ports import Anomaly, Found
from tests.control_api import service
from tests.control_world import PICTURE, ControlWorld
from tests.lookout_examples import manifest

BUCKET = "pictures"


class Handler(ChaliceRequestHandler):
    """Chalice's own, without its 40 ms of waiting per answer and without its log."""

    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's name
        """Say nothing."""


@dataclass
class ThreadJobStarter:
    """`JobStarter` whose runs happen soon, in the background."""

    world: ControlWorld
    threads: list[threading.Thread] = field(default_factory=list)

    def start(self, job_id: str) -> None:
        thread = threading.Thread(target=self._run, args=[job_id], daemon=True)
        self.threads.append(thread)
        thread.start()

    def _run(self, job_id: str) -> None:
        time.sleep(0.02)  # so that callers see what is in progress
        jobs.run_job(job_id, self.world.work_deps)


@contextmanager
def listening() -> Iterator[str]:
    """The address of the service, which works with whatever `service.use` was given."""
    config = ChaliceConfig.create(project_dir=str(Path(__file__).parent))
    server = LocalDevServer(service.app, config, "127.0.0.1", 0, handler_cls=Handler)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        thread = threading.Thread(target=server.server.serve_forever, args=[0.05], daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server.server_port}"
        finally:
            server.server.shutdown()
            thread.join()
            server.server.server_close()


@contextmanager
def serving(world: ControlWorld) -> Iterator[str]:
    """The address of a service that works with this world."""
    starter = ThreadJobStarter(world)
    world.starter = starter  # type: ignore[assignment]
    world.__post_init__()
    service.use(lambda: world.deps)
    with listening() as address:
        try:
            yield address
        finally:
            for one in starter.threads:
                one.join()


@contextmanager
def storage() -> Iterator[tuple[str, Any]]:
    """An emulated S3 on a local port with one empty bucket: its address and a client."""
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    try:
        url = "http://{}:{}".format(*moto.get_host_and_port())
        urllib3.request("POST", f"{url}/moto-api/reset")
        config = Config(max_pool_connections=DOWNLOADS_AT_ONCE)
        client = boto3.client("s3", endpoint_url=url, config=config)
        place = {"LocationConstraint": "eu-west-1"}
        client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=place)
        yield url, client
    finally:
        moto.stop()


def boards(work: Path) -> ControlWorld:
    """A world with the manifests and pictures that the driver asks for."""
    world = ControlWorld(work)
    for kind, normal, anomaly in (("train", 20, 10), ("test", 10, 10)):
        for label, count in (("normal", normal), ("anomaly", anomaly)):
            for n in range(count):
                world.objects.put(f"s3://{BUCKET}/{kind}/{label}/{n}.png", PICTURE)
        text = manifest(normal, anomaly, prefix=f"{kind}/")
        world.objects.put(f"s3://{BUCKET}/{kind}.manifest", text)
    kinds = [Anomaly("background", 0.9, "#FFFFFF"), Anomaly("cracked", 0.1, "#23A436")]
    world.host.answer = Found(True, 0.93, kinds, mask=b"\x89PNG")
    return world
