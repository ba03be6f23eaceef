"""Every error that Sightline raises on purpose, as one small tree.

Entry points map this tree to their own answer once: HTTP status in `services`, exit code in the
command, retry or record in the state machine. Messages are written for the person who reads them:
what happened, to which file, camera or member, and what to do.
"""

from __future__ import annotations


class SightlineError(Exception):
    """Root of all errors that are part of Sightline's contract."""


class InvalidError(SightlineError):
    """The request or the configuration is malformed; sending it again will not help."""


class UnauthorizedError(SightlineError):
    """No valid credentials were given."""


class ForbiddenError(SightlineError):
    """The caller is known and may not do this."""


class NotFoundError(SightlineError):
    """The thing named does not exist, or not for this caller."""


class ConflictError(SightlineError):
    """The thing is in a state in which this cannot be done."""


class TooLargeError(InvalidError):
    """The request or the file is larger than the stated limit."""


class UnavailableError(SightlineError):
    """A dependency failed for a reason that may pass; the same call may succeed later."""


class ArtifactError(SightlineError):
    """A model artifact is missing, cut short, changed or of an unknown schema version."""


class UnusableImageError(InvalidError):
    """A picture cannot be inspected; `reason` is a stable code for machines.

    `reason` is one of `not_an_image`, `too_small`, `too_large`, `truncated`, `unsupported`.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
