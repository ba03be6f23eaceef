"""A production line made of files: plays pictures to a camera at the pace of a line."""

from __future__ import annotations

import itertools
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from sightline.camera.client import Upload
from sightline.camera.picture import Source, sniff
from sightline.domain.errors import (
    ForbiddenError,
    InvalidError,
    NotFoundError,
    SightlineError,
    UnauthorizedError,
    UnusableImageError,
)

TRUTHS = ("normal", "anomaly")
WORKERS = 4
ENDS_THE_PLAY = (UnauthorizedError, ForbiddenError, NotFoundError)


class Uploads(Protocol):
    """The one thing of `Camera` that a line needs."""

    def upload(
        self,
        source: Source,
        image_id: str | None = None,
        captured_at: datetime | None = None,
        **metadata: str | float,
    ) -> Upload: ...


@dataclass(frozen=True)
class Shot:
    """One part that passed the camera: `upload` or `error`; `seconds` from trigger to answer."""

    path: Path
    seconds: float
    upload: Upload | None = None
    error: Exception | None = None


@dataclass
class Summary:
    """What was played: counts by state, and the seconds that it took."""

    states: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    stopped_by: Exception | None = None

    @property
    def count(self) -> int:
        """All shots, failed ones too."""
        return self.states.total()

    @property
    def failed(self) -> int:
        """Shots that ended neither in the bucket nor in the spool."""
        return self.states["failed"]

    @property
    def rate(self) -> float:
        """Shots per second, over all."""
        return self.count / self.seconds if self.seconds else 0.0


def find_pictures(folder: Path) -> list[Path]:
    """The pictures of a folder at any depth, by their content, in the order of their paths.

    Raises `NotFoundError` without the folder and `InvalidError` when it holds no picture.
    """
    if not folder.is_dir():
        raise NotFoundError(f"There is no folder {folder}.")
    found = [path for path in sorted(folder.rglob("*")) if path.is_file() and _is_picture(path)]
    if not found:
        raise InvalidError(f"{folder} holds no JPEG, PNG, BMP or TIFF picture at any depth.")
    return found


def queue(
    pictures: Sequence[Path], *, count: int | None = None, loop: bool = False, seed: int | None
) -> Iterator[Path]:
    """The pictures in the order in which they pass; with a seed, each round is shuffled anew."""
    chance = random.Random(seed)  # noqa: S311 - an order, not a secret

    def rounds() -> Iterator[Path]:
        while True:
            order = list(pictures)
            if seed is not None:
                chance.shuffle(order)
            yield from order
            if not loop:
                return

    return itertools.islice(rounds(), count)


def play(
    camera: Uploads,
    pictures: Iterable[Path],
    *,
    rate: float | None = None,
    truth: bool = False,
    stop: threading.Event | None = None,
    on_shot: Callable[[Shot], None] | None = None,
    workers: int = WORKERS,
) -> Summary:
    """Upload each picture as a new part, captured now; blocks until all have their answer.

    `rate` is parts per second (None: as fast as it goes). Parts come on time like on a line, not
    after the last answer, as far as `workers` uploads at once allow. `truth` sends metadata
    `truth=normal|anomaly` by the nearest folder of that name. A refused token or a wrong endpoint
    ends the play (`Summary.stopped_by`); other errors are counted. `on_shot` is called once per
    part, one at a time.
    """
    run = _Run(camera, truth, stop or threading.Event(), on_shot)
    slots = threading.Semaphore(workers)
    began = time.monotonic()
    with ThreadPoolExecutor(workers, thread_name_prefix="line") as pool:
        for number, path in enumerate(pictures):
            due = began + number / rate if rate else began
            if run.stop.wait(max(0.0, due - time.monotonic())) or not _slot(slots, run.stop):
                break
            future = pool.submit(run.shoot, path)
            future.add_done_callback(run.settle)
            future.add_done_callback(lambda _: slots.release())
    run.summary.seconds = time.monotonic() - began
    if run.broken:
        raise run.broken
    return run.summary


class _Run:
    """What the threads of one play share."""

    def __init__(
        self,
        camera: Uploads,
        truth: bool,
        stop: threading.Event,
        on_shot: Callable[[Shot], None] | None,
    ) -> None:
        self.stop = stop
        self.summary = Summary()
        self.broken: BaseException | None = None
        self._camera, self._truth, self._on_shot = camera, truth, on_shot
        self._lock = threading.Lock()

    def shoot(self, path: Path) -> None:
        began = time.monotonic()
        upload, error = None, None
        try:
            label = _truth(path) if self._truth else None
            data = path.read_bytes()
            upload = self._camera.upload(data, truth=label) if label else self._camera.upload(data)
        except (SightlineError, OSError) as failure:
            error = failure
        shot = Shot(path, time.monotonic() - began, upload, error)
        with self._lock:
            self.summary.states[upload.state if upload else "failed"] += 1
            if isinstance(error, ENDS_THE_PLAY):
                self.summary.stopped_by = error
                self.stop.set()
            if self._on_shot:
                self._on_shot(shot)

    def settle(self, future: Future[None]) -> None:
        """An error that nobody foresaw ends the play and is the caller's to see."""
        if error := future.exception():
            self.broken = error
            self.stop.set()


def _slot(slots: threading.Semaphore, stop: threading.Event) -> bool:
    """Wait for a free upload; False when the play was stopped meanwhile."""
    while not slots.acquire(timeout=0.2):
        if stop.is_set():
            return False
    return not stop.is_set()


def _is_picture(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            sniff(file.read(32))
    except (UnusableImageError, OSError):
        return False
    return True


def _truth(path: Path) -> str | None:
    return next((part for part in reversed(path.parts[:-1]) if part in TRUTHS), None)
