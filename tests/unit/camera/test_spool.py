"""The spool's rules: order, bounds, refusals, one sender."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sightline.camera.disk import LocalDisk
from sightline.camera.picture import Picture
from sightline.camera.retry import TryAgainError
from sightline.camera.sender import Sender
from sightline.camera.spool import PENDING, REJECTED, Spool, SpoolFullError, open_spool
from sightline.domain.errors import ForbiddenError, InvalidError

START = datetime(2026, 1, 31, 8, tzinfo=UTC)


def picture(number: int, image_id: str | None = None) -> Picture:
    moment = START + timedelta(seconds=number)
    data = b"\xff\xd8\xff" + bytes([number]) * 100
    return Picture(image_id or f"p{number}", data, "image/jpeg", moment, {"shift": "ü"})


class Sink:
    def __init__(self, **troubles: Exception) -> None:
        self.got: list[str] = []
        self.tried: list[str] = []
        self.troubles = troubles

    def __call__(self, sent: Picture) -> None:
        self.tried.append(sent.image_id)
        if sent.image_id in self.troubles:
            raise self.troubles[sent.image_id]
        self.got.append(sent.image_id)


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return open_spool(tmp_path, "cam-1")


def test_what_goes_in_comes_out_the_same(spool: Spool) -> None:
    name = spool.add(picture(1))
    assert spool.read(name) == picture(1)


def test_the_oldest_picture_is_sent_first(spool: Spool) -> None:
    for number in (3, 1, 2):
        spool.add(picture(number))
    sink = Sink()
    report = Sender(spool, sink).flush()
    assert (sink.got, report.sent, report.remaining) == (["p1", "p2", "p3"], 3, 0)


def test_the_same_image_is_kept_once(spool: Spool) -> None:
    assert spool.add(picture(1, "same")) == spool.add(picture(2, "same"))
    assert spool.usage().pending == 1


def test_it_survives_its_process(tmp_path: Path) -> None:
    open_spool(tmp_path, "cam-1").add(picture(1))
    assert open_spool(tmp_path, "cam-1").holds("p1")


def test_cameras_share_a_folder_but_no_pictures(tmp_path: Path) -> None:
    open_spool(tmp_path, "cam-1").add(picture(1))
    assert not open_spool(tmp_path, "cam-2").names()


def test_a_full_spool_refuses_and_keeps_what_it_has(tmp_path: Path) -> None:
    spool = open_spool(tmp_path, "cam-1", max_bytes=600)
    spool.add(picture(1))
    spool.add(picture(2))
    with pytest.raises(SpoolFullError, match="600 allowed"):
        spool.add(picture(3))
    assert spool.usage().pending == 2


def test_rejected_pictures_count_towards_the_limit(tmp_path: Path) -> None:
    spool = open_spool(tmp_path, "cam-1", max_bytes=700)
    spool.reject(spool.add(picture(1)), "why")
    spool.add(picture(2))
    with pytest.raises(SpoolFullError):
        spool.add(picture(3))


def test_a_refused_picture_is_set_aside_with_the_reason(spool: Spool, tmp_path: Path) -> None:
    for number in (1, 2, 3):
        spool.add(picture(number))
    sink = Sink(p2=InvalidError("too small"))
    report = Sender(spool, sink).flush()
    assert (report.sent, report.rejected, report.remaining) == (2, 1, 0)
    (sidecar,) = (tmp_path / "cam-1" / REJECTED).glob("*.json")
    assert "too small" in json.loads(sidecar.read_text())["reason"]
    assert sidecar.with_suffix(".jpg").read_bytes() == picture(2).data


def test_without_network_the_pass_ends_at_once(spool: Spool) -> None:
    for number in (1, 2):
        spool.add(picture(number))
    sink = Sink(p1=TryAgainError("cut", reached=False))
    report = Sender(spool, sink).flush()
    assert (report.sent, report.remaining, sink.tried) == (0, 2, ["p1"])


def test_a_picture_that_always_fails_does_not_hold_up_the_others(spool: Spool) -> None:
    for number in range(1, 8):
        spool.add(picture(number))
    trouble = TryAgainError("500")
    sink = Sink(p1=trouble, p2=trouble, p3=trouble)
    sender = Sender(spool, sink)
    assert sender.flush().sent == 0
    assert sender.flush().sent == 4
    assert sink.got == ["p4", "p5", "p6", "p7"]


def test_a_refused_token_keeps_every_picture(spool: Spool) -> None:
    spool.add(picture(1))
    spool.add(picture(2))
    report = Sender(spool, Sink(p1=ForbiddenError("revoked"))).flush()
    assert isinstance(report.problem, ForbiddenError)
    assert (report.rejected, report.remaining) == (0, 2)


def test_two_senders_never_send_at_once(tmp_path: Path) -> None:
    first, second = open_spool(tmp_path, "cam-1"), open_spool(tmp_path, "cam-1")
    first.add(picture(1))
    other = Sender(second, Sink())
    reports = []
    Sender(first, lambda _: reports.append(other.flush())).flush()
    assert reports[0].busy
    assert not other.flush().busy


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"contentType": "image/jpeg"}'])
def test_a_damaged_sidecar_blocks_nobody(spool: Spool, tmp_path: Path, damage: bytes) -> None:
    name = spool.add(picture(1))
    spool.add(picture(2))
    (tmp_path / "cam-1" / PENDING / f"{name}.json").write_bytes(damage)
    sink = Sink()
    report = Sender(spool, sink).flush()
    assert (sink.got, report.rejected) == (["p2"], 1)
    assert (tmp_path / "cam-1" / REJECTED / f"{name}.jpg").read_bytes() == picture(1).data


@pytest.mark.parametrize("damage", ["cut short", "gone"])
def test_a_damaged_image_blocks_nobody(spool: Spool, tmp_path: Path, damage: str) -> None:
    image = tmp_path / "cam-1" / PENDING / f"{spool.add(picture(1))}.jpg"
    spool.add(picture(2))
    if damage == "gone":
        image.unlink()
    else:
        image.write_bytes(b"\xff\xd8")
    report = Sender(spool, Sink()).flush()
    assert (report.sent, report.rejected, report.remaining) == (1, 1, 0)


def test_files_are_for_their_owner_only(spool: Spool, tmp_path: Path) -> None:
    spool.add(picture(1))
    for file in (tmp_path / "cam-1" / PENDING).iterdir():
        assert file.stat().st_mode & 0o077 == 0


def test_a_lock_keeps_other_holders_out_until_it_is_let_go(tmp_path: Path) -> None:
    one, two = LocalDisk(tmp_path, ()), LocalDisk(tmp_path, ())
    with one.lock("l", wait=False) as mine, two.lock("l", wait=False) as theirs:
        assert (mine, theirs) == (True, False)
    with two.lock("l", wait=False) as theirs:
        assert theirs
