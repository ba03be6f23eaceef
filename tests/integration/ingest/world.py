"""The ingest service over memory: one line, two cameras."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Any

from sightline.adapters.memory import (
    MemoryCameraRegistry,
    MemoryImageStore,
    MemoryInspectionTable,
)
from sightline.domain import cameras
from sightline.settings.pipeline import IngestSettings
from sightline.workflow.upload import IngestDeps
from tests.api import Answer, Api, load_service
from tests.examples import NOON, camera

service = load_service("ingest")
CAMERA, TOKEN = camera()
OTHER, OTHER_TOKEN = cameras.register(
    "press-2-top", line="press-2", facility="leipzig", project="castings", at=NOON
)


def environment(suffix: str = "") -> dict[str, str]:
    """The service's variables; the suffix keeps tests that share an emulated AWS apart."""
    values = IngestSettings.to_env(
        cameras_table=f"cameras{suffix}",
        inspections_table=f"inspections{suffix}",
        images_bucket=f"pictures{suffix}",
        upload_max_bytes=10_000_000,
        upload_url_seconds=300,
    )
    return {name: str(value) for name, value in values.items()}


@dataclass
class World:
    """What the service works with, and a client that speaks to it as the first camera."""

    registry: MemoryCameraRegistry = field(
        default_factory=lambda: MemoryCameraRegistry(CAMERA, OTHER)
    )
    table: MemoryInspectionTable = field(default_factory=MemoryInspectionTable)
    store: MemoryImageStore = field(default_factory=MemoryImageStore)
    api: Api = field(default_factory=lambda: Api(service.app))

    def __post_init__(self) -> None:
        self.deps = IngestDeps(
            cameras=self.registry,
            inspections=self.table,
            images=self.store,
            clock=lambda: NOON,
            max_bytes=10_000_000,
            url_seconds=300,
        )
        service.use(lambda: self.deps)

    def post(self, body: Any, *, token: str = TOKEN, **headers: str) -> Answer:
        credentials = {"Authorization": f"Bearer {token}"} if token else {}
        return self.api.call("POST", "/uploads", body=body, headers={**credentials, **headers})

    def get(self, path: str, *, token: str = TOKEN) -> Answer:
        return self.api.call("GET", path, headers={"Authorization": f"Bearer {token}"})

    def get_legacy(self, query: str, *, token: str = TOKEN, **headers: str) -> Answer:
        credentials = {"authorizationToken": token} if token else {}
        path = f"/getsignedurl?{query}" if query else "/getsignedurl"
        return self.api.call("GET", path, headers={**credentials, **headers})

    def state(self) -> Any:
        """All that is stored, to compare."""
        return copy.deepcopy((self.registry.items, self.table.reservations, self.table.results))


def image(image_id: str = "part-1", **changes: Any) -> dict[str, Any]:
    """One image object of a request."""
    asked = {
        "imageId": image_id,
        "contentType": "image/jpeg",
        "size": 1234,
        "capturedAt": "2026-03-14T12:00:05.250Z",
    }
    return {**asked, **changes}
