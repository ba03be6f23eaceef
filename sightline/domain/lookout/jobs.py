"""Jobs: work that a call begins and something else finishes.

A job is stored in the same transaction as the state that waits for it, so none is ever lost:
whoever finds an unfinished one may run it. A lease keeps two runners apart; when a runner dies, its
lease ends and the next one starts over.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sightline.domain.lookout.records import Record

ATTEMPTS_MAX = 3


class JobKind(StrEnum):
    """What is to be done."""

    CREATE_DATASET = "create_dataset"
    UPDATE_DATASET = "update_dataset"
    REMOVE_ENTRIES = "remove_entries"
    FEED_BACK = "feed_back"
    DELETE_DATASET = "delete_dataset"
    TRAIN = "train"
    DELETE_MODEL = "delete_model"
    START_HOSTING = "start_hosting"
    STOP_HOSTING = "stop_hosting"
    PACKAGE = "package"
    TRIAL = "trial"
    FORGET_ENTRIES = "forget_entries"


# A runner is a Lambda: it cannot live longer than 15 minutes, so neither does a lease.
LEASE = timedelta(minutes=16)


@dataclass(frozen=True, kw_only=True)
class Job(Record):
    """One piece of work on `subject` (dataset type, model version or job name) of a project."""

    job_id: str
    kind: JobKind
    project: str
    subject: str
    created_at: datetime
    attempts: int = 0
    leased_until: datetime | None = None
    source: str = ""

    @property
    def identity(self) -> tuple[str, str]:
        return "", self.job_id

    def forgetting(self, keys: Iterable[str]) -> Job:
        """What is left to do when the outcome is visible: to delete entry sets."""
        return replace(
            self,
            kind=JobKind.FORGET_ENTRIES,
            source="\n".join(keys),
            attempts=0,
            leased_until=None,
        )

    def is_leased(self, at: datetime) -> bool:
        """Whether somebody is at it."""
        return self.leased_until is not None and at < self.leased_until

    def claimed(self, at: datetime) -> Job:
        """The job as its next runner takes it."""
        return replace(self, attempts=self.attempts + 1, leased_until=at + LEASE)

    def released(self) -> Job:
        """The job as a runner that failed leaves it."""
        return replace(self, leased_until=None)

    @property
    def is_last_attempt(self) -> bool:
        """Whether a failure now is the final one."""
        return self.attempts >= ATTEMPTS_MAX
