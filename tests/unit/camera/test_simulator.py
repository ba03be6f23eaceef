"""A simulated line: which pictures, in which order, how fast, and when it stops."""

from __future__ import annotations

import threading
import time
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from sightline.camera import Upload
from sightline.camera.simulator import Shot, find_pictures, play, queue
from sightline.domain.errors import (
    InvalidError,
    NotFoundError,
    UnauthorizedError,
    UnavailableError,
)
from tests.examples import NOON

JPEG = b"\xff\xd8\xff\xe0 part"


class FakeCamera:
    def __init__(self, error: Exception | None = None, seconds: float = 0.0) -> None:
        self.got: list[tuple[bytes, dict[str, Any]]] = []
        self.times: list[float] = []
        self.error, self.seconds = error, seconds

    def upload(self, source: Any, *_: Any, **metadata: Any) -> Upload:
        self.times.append(time.monotonic())
        time.sleep(self.seconds)
        if self.error:
            raise self.error
        self.got.append((source, metadata))
        return Upload(str(len(self.got)), "uploaded", NOON)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("normal/a.jpg", "normal/deep/b", "anomaly/c.jpeg"):
        file = tmp_path / "set" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(JPEG + name.encode())
    (tmp_path / "set" / "normal" / "notes.jpg").write_text("not a picture")
    return tmp_path / "set"


def test_pictures_are_found_by_content_at_any_depth(folder: Path) -> None:
    found = [str(path.relative_to(folder)) for path in find_pictures(folder)]
    assert found == ["anomaly/c.jpeg", "normal/a.jpg", "normal/deep/b"]


def test_a_folder_without_pictures_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidError, match="no JPEG"):
        find_pictures(tmp_path)
    with pytest.raises(NotFoundError, match="no folder"):
        find_pictures(tmp_path / "gone")


def test_a_queue_ends_with_the_pictures_the_count_or_never() -> None:
    pictures = [Path(name) for name in "abc"]
    assert list(queue(pictures, seed=None)) == pictures
    assert list(queue(pictures, count=2, seed=None)) == pictures[:2]
    assert len(list(queue(pictures, count=9, seed=None))) == 3
    assert len(list(queue(pictures, count=9, loop=True, seed=None))) == 9
    assert len(list(islice(queue(pictures, loop=True, seed=None), 100))) == 100


def test_the_seed_decides_the_order_and_each_round_has_its_own() -> None:
    pictures = [Path(str(n)) for n in range(20)]
    first = list(queue(pictures, count=40, loop=True, seed=3))
    assert first == list(queue(pictures, count=40, loop=True, seed=3))
    assert first != list(queue(pictures, count=40, loop=True, seed=4))
    assert sorted(first[:20]) == sorted(first[20:]) == sorted(pictures)
    assert first[:20] != first[20:]


def test_every_part_is_a_new_picture_and_truth_is_sent_only_if_asked_for(folder: Path) -> None:
    quiet, telling = FakeCamera(), FakeCamera()
    play(quiet, find_pictures(folder))
    play(telling, find_pictures(folder), truth=True)
    assert all(isinstance(data, bytes) and not labels for data, labels in quiet.got)
    assert sorted(labels["truth"] for _, labels in telling.got) == ["anomaly", "normal", "normal"]


def test_parts_come_on_time_although_answers_are_slow(folder: Path) -> None:
    camera = FakeCamera(seconds=0.1)
    line = queue(find_pictures(folder), count=12, loop=True, seed=None)
    summary = play(camera, line, rate=20)
    assert summary.count == 12
    assert 0.5 < camera.times[-1] - camera.times[0] < 0.9


def test_failures_are_counted_and_reported_and_the_line_goes_on(folder: Path) -> None:
    shots: list[Shot] = []
    camera = FakeCamera(UnavailableError("no network"))
    summary = play(camera, find_pictures(folder), on_shot=shots.append)
    assert (summary.count, summary.failed, summary.stopped_by) == (3, 3, None)
    assert all("no network" in str(shot.error) for shot in shots)


def test_a_refused_token_ends_the_play(folder: Path) -> None:
    camera = FakeCamera(UnauthorizedError("revoked"))
    line = queue(find_pictures(folder), loop=True, seed=None)
    summary = play(camera, line, rate=50)
    assert isinstance(summary.stopped_by, UnauthorizedError)
    assert summary.count < 10


def test_an_error_that_nobody_foresaw_is_not_swallowed(folder: Path) -> None:
    line = queue(find_pictures(folder), loop=True, seed=None)
    with pytest.raises(ZeroDivisionError):
        play(FakeCamera(ZeroDivisionError()), line, rate=50)


def test_it_can_be_stopped_from_outside(folder: Path) -> None:
    stop = threading.Event()
    threading.Timer(0.1, stop.set).start()
    line = queue(find_pictures(folder), loop=True, seed=None)
    assert play(FakeCamera(), line, rate=50, stop=stop).seconds < 1


def test_several_cameras_play_in_one_process(folder: Path) -> None:
    cameras = [FakeCamera(), FakeCamera()]
    threads = [threading.Thread(target=play, args=(c, find_pictures(folder))) for c in cameras]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [len(camera.got) for camera in cameras] == [3, 3]
