"""The demo: the whole system on this machine, fed by two cameras on two lines."""

from __future__ import annotations

import statistics
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from sightline.adapters.aws.cameras import DynamoCameraRegistry
from sightline.adapters.aws.models import DynamoModelRegistry, S3ArtifactStore
from sightline.camera import Camera, Upload
from sightline.camera.picture import Source
from sightline.camera.simulator import Shot, Summary, play
from sightline.domain import cameras, times
from sightline.domain.errors import InvalidError, UnavailableError
from sightline.local.audit import AlertTap, Audit, audit, rows
from sightline.local.board import Board
from sightline.local.stack import LocalStack
from sightline.workflow.host import host

FACILITY = "demo-plant"
PROJECT = "demo"
LINES = (("press-1", "press-1-top"), ("press-2", "press-2-top"))
_POLL_SECONDS = 0.5
_UPLOADS_AT_ONCE = 2
_PATIENCE_SECONDS = 120.0  # a digest waits for its minute to end


@dataclass(frozen=True)
class Report:
    """What the demo measured; latencies are from the first request to the record.

    `process_cpu_seconds` is this process's: the emulated AWS, the gateway and the cameras.
    """

    audit: Audit
    verdicts: dict[str, int]
    images_per_second: float
    process_cpu_seconds: float
    median_seconds: float
    p99_seconds: float
    messages: int
    failed_uploads: int

    @property
    def passed(self) -> bool:
        """Whether every picture was uploaded and the books balance."""
        return self.audit.balanced and not self.failed_uploads

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {**asdict(self), "passed": self.passed}


class _Moment:
    """Now, by the clock and by this process's CPU time, in seconds."""

    def __init__(self) -> None:
        self.wall = time.perf_counter()
        self.cpu = time.process_time()


class _TimedCamera:
    """A camera that remembers when each upload began, by `camera#image id`."""

    def __init__(self, camera: Camera, began: dict[str, datetime]) -> None:
        self._camera = camera
        self._began = began

    def upload(
        self,
        source: Source,
        image_id: str | None = None,
        captured_at: datetime | None = None,
        **metadata: str | float,
    ) -> Upload:
        now = times.now()
        upload = self._camera.upload(source, image_id, captured_at, **metadata)
        self._began[f"{self._camera.camera_id}#{upload.image_id}"] = now
        return upload


class Demo:
    """One run over a stack that is up, with a trained model in `model`."""

    def __init__(self, stack: LocalStack, model: Path) -> None:
        self._stack = stack
        outputs = stack.outputs
        host(
            model,
            PROJECT,
            "1",
            artifacts=S3ArtifactStore(outputs["modelsBucket"], stack.client("s3")),
            models=DynamoModelRegistry(outputs["modelsTable"], stack.client("dynamodb")),
        )
        registry = DynamoCameraRegistry(outputs["camerasTable"], stack.client("dynamodb"))
        self.tokens: dict[str, str] = {}
        for line, camera_id in LINES:
            camera, self.tokens[camera_id] = cameras.register(
                camera_id, line=line, facility=FACILITY, project=PROJECT, at=times.now()
            )
            registry.add(camera)
        self._tap = AlertTap(stack.clients, outputs["alertTopicArn"])
        self._began: dict[str, datetime] = {}

    def play(
        self,
        pictures: Sequence[Path],
        *,
        count: int,
        rate: float,
        board: Board,
        stop: threading.Event,
    ) -> Report:
        """Send `count` pictures at `rate` per second and line (0: as fast as they are taken).

        Returns when the books balance or nothing more has come for a while.
        """
        earlier = frozenset(self._began)
        began = _Moment()
        with ThreadPoolExecutor(len(LINES)) as threads:
            lines = [
                threads.submit(self._line, camera_id, share, rate, board, stop)
                for (_, camera_id), share in zip(LINES, _shares(pictures, count), strict=True)
            ]
            while not all(line.done() for line in lines):
                stop.wait(self._look(board))
        failed = sum(line.result().failed for line in lines)
        finished = self._settle(board, stop)
        return self._report(board, began, finished, failed, earlier)

    def _line(
        self,
        camera_id: str,
        pictures: Sequence[Path],
        rate: float,
        board: Board,
        stop: threading.Event,
    ) -> Summary:
        def sent(shot: Shot) -> None:
            board.sent[camera_id] += 1
            if shot.upload:
                name = f"{shot.path.parent.name}/{shot.path.name}"
                board.names[f"{camera_id}#{shot.upload.image_id}"] = name

        address, token = self._stack.api_url("ingest"), self.tokens[camera_id]
        with Camera(address, token, allow_plain_http=True) as camera:
            timed = _TimedCamera(camera, self._began)
            return play(
                timed,
                pictures,
                rate=rate or None,
                truth=True,
                stop=stop,
                on_shot=sent,
                workers=_UPLOADS_AT_ONCE,
            )

    def _look(self, board: Board) -> float:
        """Bring the board up to date; returns the seconds until the next look.

        Looking costs the emulated AWS time that it needs for the pictures, so it may use a tenth.
        """
        began = time.perf_counter()
        self._tap.listen()
        board.rows = rows(self._stack.clients, self._stack.outputs["inspectionsTable"])
        board.told = self._tap.told()
        return max(_POLL_SECONDS, 10 * (time.perf_counter() - began))

    def _settle(self, board: Board, stop: threading.Event) -> _Moment:
        """Wait until the books balance; returns when the last record was seen."""
        finished = _Moment()
        progress, patience = (-1, -1), 0.0
        while not stop.is_set():
            pause = self._look(board)
            books = self._audit(board)
            if books.recorded > progress[0]:
                finished = _Moment()
            if (books.recorded, board.told.total()) != progress:
                progress = (books.recorded, board.told.total())
                patience = time.monotonic() + _PATIENCE_SECONDS
            if books.balanced or time.monotonic() > patience:
                break
            waiting = len(books.untold)
            board.note = f"waiting for the digest of {waiting} alerts" if waiting else ""
            stop.wait(pause)
        board.note = ""
        return finished

    def _audit(self, board: Board) -> Audit:
        return audit(self._began, board.rows, board.told)

    def _report(
        self,
        board: Board,
        began: _Moment,
        finished: _Moment,
        failed: int,
        earlier: frozenset[str],
    ) -> Report:
        mine = self._began.keys() - earlier
        waits = sorted(
            (row.recorded_at - self._began[row.image]).total_seconds()
            for row in board.rows
            if row.image in mine
        )
        if not waits:
            raise UnavailableError("No picture was recorded; see the functions' logs.")
        return Report(
            audit=self._audit(board),
            verdicts=dict(Counter(row.verdict for row in board.rows)),
            images_per_second=len(waits) / (finished.wall - began.wall),
            process_cpu_seconds=finished.cpu - began.cpu,
            median_seconds=statistics.median(waits),
            p99_seconds=waits[min(len(waits) - 1, int(0.99 * len(waits)))],
            messages=len(self._tap.messages),
            failed_uploads=failed,
        )


def _shares(pictures: Sequence[Path], count: int) -> list[list[Path]]:
    """`count` pictures dealt to the lines in turn, starting over when there are fewer."""
    if not pictures:
        raise InvalidError("There are no pictures to play.")
    dealt = list(islice(cycle(pictures), count))
    return [dealt[index :: len(LINES)] for index in range(len(LINES))]
