"""The camera's side of Sightline: send pictures, ask for verdicts."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from sightline.camera import picture as pictures
from sightline.camera.picture import Picture, Source
from sightline.camera.retry import RetryPolicy, TryAgainError
from sightline.camera.sender import BackgroundSender, FlushReport, Sender
from sightline.camera.spool import DEFAULT_MAX_BYTES, Spool, SpoolUsage, open_spool
from sightline.camera.transport import Transport
from sightline.domain.cameras import split_token
from sightline.domain.errors import (
    ForbiddenError,
    InvalidError,
    NotFoundError,
    UnauthorizedError,
    UnavailableError,
)

_OFFLINE_SECONDS = 5.0
_SetupErrors = (UnauthorizedError, ForbiddenError, NotFoundError)


@dataclass(frozen=True)
class Upload:
    """What became of a picture. `spooled`: safe on this disk; otherwise safe in the bucket."""

    image_id: str
    state: Literal["uploaded", "already_there", "spooled"]
    captured_at: datetime
    key: str | None = None


@dataclass(frozen=True)
class Verdict:
    """What is known of an image: `verdict` and `confidence` (0..1) once it is `inspected`."""

    image_id: str
    state: str
    verdict: str | None = None
    confidence: float | None = None

    @property
    def inspected(self) -> bool:
        """Whether there is a verdict."""
        return self.state == "inspected"


class Camera:
    """One camera. Safe among threads; usable as a context manager.

    `endpoint`: address of the ingest service. `timeout`: seconds per network read. `retries`:
    further attempts of a call; with a spool an upload is tried once, then kept on disk and sent
    later, so that a line never waits for the network. `spool_dir`: a folder on a local disk;
    `spool_max_bytes` bounds it. `background`: send the spool from a thread of its own;
    otherwise call `flush`.
    """

    def __init__(
        self,
        endpoint: str,
        token: str,
        *,
        spool_dir: str | os.PathLike[str] | None = None,
        spool_max_bytes: int = DEFAULT_MAX_BYTES,
        background: bool = True,
        timeout: float = 20.0,
        retries: int = 4,
        allow_plain_http: bool = False,
        policy: RetryPolicy | None = None,
    ) -> None:
        self.camera_id = split_token(token)[0]
        self._policy = policy or RetryPolicy(retries=retries)
        self._transport = Transport(
            endpoint, token.strip(), timeout=timeout, allow_plain_http=allow_plain_http
        )
        self._offline_until = 0.0
        self._spool: Spool | None = None
        self._background: BackgroundSender | None = None
        if spool_dir is None:
            return
        self._spool = open_spool(Path(spool_dir), self.camera_id, spool_max_bytes)
        self._sender = Sender(self._spool, self._transport.send)
        if background:
            self._background = BackgroundSender(self._sender, self._policy, self._heard)

    def upload(
        self,
        source: Source,
        image_id: str | None = None,
        captured_at: datetime | None = None,
        **metadata: str | float,
    ) -> Upload:
        """Send a picture: a file's path, or the bytes of a JPEG, PNG, BMP or TIFF.

        Without `image_id`, a picture whose capture time is known (given, or a file's modification
        time) gets an id of that time and the content, so that sending it again is harmless; bytes
        without a time are a new picture each time. Underscores in metadata names become dashes.

        Raises `InvalidError` (`UnusableImageError`, `TooLargeError`) or `ConflictError` when the
        picture is refused; `UnauthorizedError` or `ForbiddenError` when the token is, and
        `NotFoundError` when the endpoint is wrong (a spool keeps the picture all the same);
        `UnavailableError` when all attempts failed and there is no spool; `SpoolFullError` when
        the spool is full; `OSError` when the file cannot be read.
        """
        labels = {name.replace("_", "-"): str(value) for name, value in metadata.items()}
        picture = pictures.load(source, image_id=image_id, captured_at=captured_at, metadata=labels)
        if self._spool:
            return self._upload_or_keep(picture, self._spool)
        try:
            return self._policy.run(lambda: self._upload(picture))
        except TryAgainError as error:
            raise UnavailableError(
                f"Picture {picture.image_id!r} was not uploaded: {error}"
            ) from error

    def verdict(self, image_id: str, wait: float = 0.0) -> Verdict:
        """The image's verdict, or its state after at most about `wait` seconds without one.

        Raises `NotFoundError` for an id that this camera never sent.
        """
        deadline, pause = time.monotonic() + wait, 0.1
        while True:
            found = self._look_up(image_id)
            left = deadline - time.monotonic()
            if found.inspected or left <= 0:
                return found
            time.sleep(min(pause, left))
            pause = min(pause * 1.5, 2.0)

    def flush(self) -> FlushReport:
        """Send what waits in the spool, oldest first, in this thread.

        Raises `InvalidError` without a spool, and the token errors of `upload`.
        """
        self._need_spool()
        report = self._sender.flush()
        self._heard(report)
        if isinstance(report.problem, _SetupErrors):
            raise report.problem
        return report

    def spool_usage(self) -> SpoolUsage:
        """How full the spool is; `InvalidError` without one."""
        return self._need_spool().usage()

    def retry_rejected(self) -> int:
        """Let the spool's rejected pictures wait again; returns how many."""
        return self._need_spool().take_back()

    def close(self) -> None:
        """Stop the background sender and close connections; spooled pictures stay on disk."""
        if self._background:
            self._background.close()
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _need_spool(self) -> Spool:
        if not self._spool:
            raise InvalidError("This camera has no spool; give it a spool_dir.")
        return self._spool

    def _upload(self, picture: Picture) -> Upload:
        sent = self._transport.send(picture)
        state: Literal["uploaded", "already_there"] = (
            "already_there" if sent.already_there else "uploaded"
        )
        return Upload(picture.image_id, state, picture.captured_at, sent.key)

    def _upload_or_keep(self, picture: Picture, spool: Spool) -> Upload:
        if time.monotonic() >= self._offline_until:
            try:
                return self._upload(picture)
            except TryAgainError as error:
                self._rest(error)
            except _SetupErrors as error:
                spool.add(picture)
                raise type(error)(f"{error} The picture is kept in the spool.") from error
        spool.add(picture)
        if self._background:
            self._background.wake()
        return Upload(picture.image_id, "spooled", picture.captured_at)

    def _rest(self, error: TryAgainError) -> None:
        """After a failure go straight to the spool for a while, or the line would wait."""
        pause = max(_OFFLINE_SECONDS, error.retry_after or 0.0)
        self._offline_until = time.monotonic() + pause

    def _heard(self, report: FlushReport) -> None:
        if isinstance(report.problem, TryAgainError):
            self._rest(report.problem)
        elif report.sent:
            self._offline_until = 0.0

    def _look_up(self, image_id: str) -> Verdict:
        try:
            found = self._policy.run(lambda: self._transport.image(image_id))
        except NotFoundError:
            if self._spool and self._spool.holds(image_id):
                return Verdict(image_id, "spooled")
            raise
        confidence = found.get("confidence")
        return Verdict(
            image_id=image_id,
            state=str(found.get("state", "")),
            verdict=found.get("verdict"),
            confidence=None if confidence is None else float(confidence),
        )
