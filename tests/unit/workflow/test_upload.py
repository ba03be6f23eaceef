"""Upload: places for pictures, chosen by the server, the same however often they are asked for."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.adapters.memory import (
    MemoryCameraRegistry,
    MemoryImageStore,
    MemoryInspectionTable,
)
from sightline.domain.errors import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    TooLargeError,
    UnavailableError,
)
from sightline.domain.images import Reservation, UploadRequest, parse_key
from sightline.workflow.upload import IngestDeps, LegacyRequest, upload, upload_legacy
from tests.examples import NOON, camera, recorded, reservation

CAMERA, _ = camera()
FOLDER = "images/leipzig/press-1/press-1-top/"
any_id = st.text(st.characters(), min_size=1, max_size=140)


def make_deps(**changes: Any) -> IngestDeps:
    deps = IngestDeps(
        cameras=MemoryCameraRegistry(CAMERA),
        inspections=MemoryInspectionTable(),
        images=MemoryImageStore(),
        clock=lambda: NOON,
        max_bytes=10_000_000,
        url_seconds=300,
    )
    return replace(deps, **changes)


def picture(image_id: str = "part-1", **changes: Any) -> UploadRequest:
    asked = UploadRequest(image_id, "image/jpeg", 1234, NOON, {"shift": "early"})
    return replace(asked, **changes)


class SlowTable(MemoryInspectionTable):
    """A table that counts how many reservations are waiting at once."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting, self.most_at_once, self.counting = 0, 0, threading.Lock()

    def reserve(self, reservation: Reservation) -> Reservation:
        with self.counting:
            self.waiting += 1
            self.most_at_once = max(self.most_at_once, self.waiting)
        time.sleep(0.005)
        with self.counting:
            self.waiting -= 1
        return super().reserve(reservation)


def keys(deps: IngestDeps, *requests: UploadRequest) -> list[str]:
    return [found.reservation.key for found in upload(requests, CAMERA, deps)]


def test_the_server_chooses_the_key_and_says_how_long_the_url_holds() -> None:
    (found,) = upload([picture()], CAMERA, make_deps())
    assert found.reservation.key == f"{FOLDER}2026/03/14/part-1.jpg"
    assert found.reservation.key in found.signed.url
    assert found.signed.expires_at == NOON + timedelta(minutes=5)
    assert not found.inspected


def test_line_facility_and_project_are_the_registrys() -> None:
    deps = make_deps()
    (found,) = upload([picture()], CAMERA, deps)
    stored = deps.inspections.reservation(found.reservation.ref)
    assert stored is not None
    assert (stored.line, stored.facility, stored.project) == ("press-1", "leipzig", "castings")


@given(
    any_id,
    st.datetimes(NOON.replace(tzinfo=None) - timedelta(days=29), NOON.replace(tzinfo=None)),
    st.dictionaries(st.from_regex(r"[a-z0-9][a-z0-9-]{0,5}", fullmatch=True), st.just("x")),
)
def test_the_same_id_gives_the_same_key_whatever_else_is_said(
    image_id: str, later: datetime, metadata: dict[str, str]
) -> None:
    deps = make_deps()
    try:
        first = keys(deps, picture(image_id))
    except InvalidError:
        return
    again = picture(image_id, captured_at=later.replace(tzinfo=NOON.tzinfo))
    assert keys(deps, again) == first
    assert keys(deps, picture(image_id, metadata=dict(list(metadata.items())[:10]))) == first


@given(any_id)
def test_the_key_never_leaves_the_cameras_folder(image_id: str) -> None:
    deps = make_deps()
    try:
        (key,) = keys(deps, picture(image_id))
    except InvalidError:
        assert not deps.inspections.reservations  # type: ignore[attr-defined]
        return
    assert key.startswith(FOLDER)
    assert ".." not in key.split("/")
    assert parse_key(key).ref.camera_id == CAMERA.camera_id


@given(any_id, any_id)
def test_two_ids_never_share_a_key(one: str, two: str) -> None:
    deps = make_deps()
    try:
        both = keys(deps, picture(one), picture(two))
    except InvalidError:
        return
    assert len(set(both)) == 2


def test_what_was_inspected_says_so_and_keeps_its_key() -> None:
    deps = make_deps()
    deps.inspections.reserve(reservation())
    deps.inspections.record(recorded())
    (found,) = upload([picture(recorded().inspection.ref.image_id)], CAMERA, deps)
    assert found.inspected
    assert found.reservation.key == reservation().key


@pytest.mark.parametrize("other", [{"size": 1235}, {"content_type": "image/png"}])
def test_another_size_or_type_for_the_same_id_is_a_conflict(other: dict[str, Any]) -> None:
    deps = make_deps()
    upload([picture()], CAMERA, deps)
    with pytest.raises(ConflictError, match="'part-1' was announced as image/jpeg of 1234 bytes"):
        upload([picture(**other)], CAMERA, deps)


def test_a_size_learnt_later_is_signed() -> None:
    sizes: list[int | None] = []

    class Signing(MemoryImageStore):
        def sign_upload(self, reservation: Any, **how: Any) -> Any:
            sizes.append(reservation.size)
            return super().sign_upload(reservation, **how)

    deps = make_deps(images=Signing())
    upload_legacy(LegacyRequest("press-1-top", "press-1", "part-1"), CAMERA, deps)
    upload([picture()], CAMERA, deps)
    assert sizes == [1234]


@pytest.mark.parametrize(
    ("age", "words"),
    [(timedelta(days=-1, seconds=-1), "in the future"), (timedelta(days=30, seconds=1), "ago")],
)
def test_a_time_that_no_honest_clock_shows_is_refused(age: timedelta, words: str) -> None:
    with pytest.raises(InvalidError, match=f"Image 'part-1': capturedAt .*{words}.*clock"):
        upload([picture(captured_at=NOON - age)], CAMERA, make_deps())


@pytest.mark.parametrize("age", [timedelta(days=-1), timedelta(0), timedelta(days=30)])
def test_a_picture_may_have_waited_weeks_in_the_cameras_spool(age: timedelta) -> None:
    assert upload([picture(captured_at=NOON - age)], CAMERA, make_deps())


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        [picture(str(n)) for n in range(101)],
        [picture("a"), picture("b"), picture("a")],
        [picture("é"), picture("e\N{COMBINING ACUTE ACCENT}")],
        [picture("a"), picture("b", size=0)],
        [picture("a"), picture("b", content_type="text/html")],
        [picture("a"), picture("b", metadata={"X": "y"})],
        [picture("a"), picture("../b")],
    ],
)
def test_one_wrong_request_leaves_nothing_of_the_whole_call(wrong: list[UploadRequest]) -> None:
    table, registry = MemoryInspectionTable(), MemoryCameraRegistry(CAMERA)
    with pytest.raises(InvalidError):
        upload(wrong, CAMERA, make_deps(inspections=table, cameras=registry))
    assert not table.reservations
    assert registry.items[CAMERA.camera_id] == CAMERA


def test_a_picture_over_the_limit_is_too_large() -> None:
    with pytest.raises(TooLargeError, match="Image 'part-1': size 1234 is over the limit of 1000"):
        upload([picture()], CAMERA, make_deps(max_bytes=1000))


def test_a_hundred_pictures_are_answered_in_order() -> None:
    asked = [picture(f"part-{n}") for n in range(100)]
    found = upload(asked, CAMERA, make_deps())
    assert [one.reservation.ref.image_id for one in found] == [one.image_id for one in asked]


def test_a_hundred_reservations_do_not_wait_for_each_other() -> None:
    table = SlowTable()
    upload([picture(f"part-{n}") for n in range(100)], CAMERA, make_deps(inspections=table))
    assert table.most_at_once > 4


def test_a_camera_is_seen_at_most_once_a_minute() -> None:
    registry = MemoryCameraRegistry(CAMERA)
    seen = [NOON, NOON + timedelta(seconds=59), NOON + timedelta(seconds=60)]
    for n, at in enumerate(seen):
        known = registry.items[CAMERA.camera_id]
        upload([picture(str(n))], known, make_deps(cameras=registry, clock=lambda at=at: at))
        expected = seen[0] if n < 2 else seen[2]
        assert registry.items[CAMERA.camera_id].last_seen_at == expected


def test_that_it_cannot_be_noted_as_seen_stops_no_upload() -> None:
    class Busy(MemoryCameraRegistry):
        def touch(self, camera_id: str, at: datetime) -> None:
            raise UnavailableError("throttled")

    assert upload([picture()], CAMERA, make_deps(cameras=Busy(CAMERA)))


class TestLegacy:
    """Cameras made for the AWS sample."""

    @pytest.mark.parametrize("file_name", ["part-1", "part-1.jpg", "part-1.JPEG", "part-1.png"])
    def test_a_file_name_gives_the_id_without_its_extension(self, file_name: str) -> None:
        deps = make_deps()
        url = upload_legacy(LegacyRequest("press-1-top", "press-1", file_name), CAMERA, deps)
        assert f"{FOLDER}2026/03/14/part-1.jpg" in url

    def test_it_is_captured_now_and_of_unknown_size(self) -> None:
        table = MemoryInspectionTable()
        request = LegacyRequest("press-1-top", "press-1", "a.jpg")
        upload_legacy(request, CAMERA, make_deps(inspections=table))
        (stored,) = table.reservations.values()
        assert (stored.captured_at, stored.size, stored.content_type) == (NOON, None, "image/jpeg")

    @pytest.mark.parametrize(
        "claimed",
        [
            LegacyRequest("press-1-low", "press-1", "a"),
            LegacyRequest("press-1-top", "press-2", "a"),
        ],
    )
    def test_it_can_only_act_as_itself_on_its_own_line(self, claimed: LegacyRequest) -> None:
        table = MemoryInspectionTable()
        with pytest.raises(ForbiddenError):
            upload_legacy(claimed, CAMERA, make_deps(inspections=table))
        assert not table.reservations

    @pytest.mark.parametrize("image_id", ["", ".jpg", "../x.jpg", "a/b.jpg", "a#b", "x" * 133])
    def test_a_name_that_cannot_be_a_key_is_refused(self, image_id: str) -> None:
        with pytest.raises(InvalidError):
            upload_legacy(LegacyRequest("press-1-top", "press-1", image_id), CAMERA, make_deps())

    def test_what_was_inspected_cannot_be_overwritten(self) -> None:
        deps = make_deps()
        deps.inspections.reserve(reservation())
        deps.inspections.record(recorded())
        request = LegacyRequest("press-1-top", "press-1", recorded().inspection.ref.image_id)
        with pytest.raises(ConflictError, match="has been inspected"):
            upload_legacy(request, CAMERA, deps)

    def test_asking_again_gives_the_same_place_on_another_day(self) -> None:
        deps = make_deps()
        request = LegacyRequest("press-1-top", "press-1", "a.jpg")
        first = upload_legacy(request, CAMERA, deps)
        later = replace(deps, clock=lambda: NOON + timedelta(days=1))
        assert upload_legacy(request, CAMERA, later) == first
