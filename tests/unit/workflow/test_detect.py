from __future__ import annotations

from dataclasses import replace

import pytest

from sightline.adapters.memory import (
    MemoryCameraRegistry,
    MemoryImageStore,
    MemoryInspectionTable,
    MemoryModelHost,
    MemoryModelRegistry,
)
from sightline.domain.errors import InvalidError, NotFoundError, UnusableImageError
from sightline.domain.images import map_key
from sightline.domain.inspections import Verdict
from sightline.domain.models import HostingStatus
from sightline.workflow.detect import MAX_BYTES, DetectDeps, ObjectCreated, detect
from tests.examples import KEY, NOON, REF, camera, hosted, model, reservation


def created(key: str = KEY, size: int = 9) -> ObjectCreated:
    return ObjectCreated("images", key, None, size, NOON)


@pytest.fixture
def deps() -> DetectDeps:
    images = MemoryImageStore()
    images.put("images", KEY, b"a picture")
    inspections = MemoryInspectionTable()
    inspections.reserve(reservation())
    return DetectDeps(
        cameras=MemoryCameraRegistry(camera()[0]),
        inspections=inspections,
        models=MemoryModelRegistry(model()),
        images=images,
        host=MemoryModelHost(hosted(), {b"no picture": UnusableImageError("not_an_image", "?")}),
        uncertain_below=0.7,
    )


def test_a_picture_is_inspected_by_its_projects_model(deps: DetectDeps) -> None:
    found = detect(created(), deps)
    assert (found.verdict, found.ref, found.model_version) == (Verdict.ANOMALOUS, REF, "1")
    assert found.metadata == {"shift": "früh"}
    assert found.regions[0].width == 3


def test_the_anomaly_map_is_kept_where_a_person_should_look(deps: DetectDeps) -> None:
    assert detect(created(), deps).map_key == map_key(KEY)
    assert deps.images.maps == {("images", map_key(KEY)): b"png"}  # type: ignore[attr-defined]


def test_a_sure_normal_keeps_no_map(deps: DetectDeps) -> None:
    deps.host.answer = hosted(anomalous=False, confidence=0.99)  # type: ignore[attr-defined]
    assert detect(created(), deps).map_key is None
    assert deps.images.maps == {}  # type: ignore[attr-defined]


@pytest.mark.parametrize("status", [s for s in HostingStatus if s is not HostingStatus.HOSTED])
def test_without_a_running_model_the_record_says_so(
    deps: DetectDeps, status: HostingStatus
) -> None:
    deps.models.put(model(status=status))
    found = detect(created(), deps)
    assert (found.verdict, found.reason) == (Verdict.NOT_INSPECTED, "no_model")
    assert "castings" in (found.explanation or "")


def test_a_picture_that_is_none_is_a_result_with_its_reason(deps: DetectDeps) -> None:
    deps.images.put("images", KEY, b"no picture")  # type: ignore[attr-defined]
    found = detect(created(), deps)
    assert (found.verdict, found.reason) == (Verdict.NOT_INSPECTED, "not_an_image")
    assert found.is_invalid_image


@pytest.mark.parametrize(("size", "reason"), [(0, "empty"), (MAX_BYTES + 1, "too_large")])
def test_sizes_out_of_bounds_are_not_even_read(deps: DetectDeps, size: int, reason: str) -> None:
    deps.images.objects.clear()  # type: ignore[attr-defined]
    assert detect(created(size=size), deps).reason == reason


def test_a_picture_deleted_meanwhile_is_recorded_as_gone(deps: DetectDeps) -> None:
    deps.images.objects.clear()  # type: ignore[attr-defined]
    assert detect(created(), deps).reason == "gone"


def test_a_model_whose_file_is_missing_is_no_fault_of_the_pictures(deps: DetectDeps) -> None:
    missing = NotFoundError("Fetching model 'castings/1': there is no such object.")
    lacking = replace(deps, host=MemoryModelHost(hosted(), {b"a picture": missing}))
    with pytest.raises(NotFoundError, match="castings/1"):
        detect(created(), lacking)


def test_without_reservation_the_registry_knows_the_project(deps: DetectDeps) -> None:
    deps.inspections.reservations.clear()  # type: ignore[attr-defined]
    found = detect(created(), deps)
    assert (found.project, found.captured_at) == ("castings", NOON)


@pytest.mark.parametrize(
    "key", ["images/leipzig/press-1/nobody/2026/03/14/x.jpg", "images/dropped by hand.jpg"]
)
def test_a_picture_of_nobody_still_gets_a_record(deps: DetectDeps, key: str) -> None:
    found = detect(created(key), deps)
    assert (found.verdict, found.reason) == (Verdict.NOT_INSPECTED, "unknown_camera")
    assert found.ref.pk


def test_the_event_is_read_as_eventbridge_sends_it() -> None:
    event = {
        "time": "2026-03-14T12:00:05Z",
        "detail": {
            "bucket": {"name": "images"},
            "object": {"key": KEY, "size": 9, "version-id": "v1", "etag": "x"},
        },
    }
    read = ObjectCreated.from_event(event)
    assert (read.key, read.version_id, read.size) == (KEY, "v1", 9)


@pytest.mark.parametrize("event", [{}, {"detail": {}}, {"detail": {"object": 3}}])
def test_another_kind_of_event_is_refused(event: dict[str, object]) -> None:
    with pytest.raises(InvalidError):
        ObjectCreated.from_event(event)
