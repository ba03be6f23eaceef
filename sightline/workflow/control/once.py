"""Deciding and committing a call, once per client token."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sightline.domain.errors import UnavailableError
from sightline.domain.lookout import calls
from sightline.domain.lookout.answers import Members
from sightline.domain.lookout.calls import Answered, Call
from sightline.domain.lookout.errors import ThrottlingError
from sightline.domain.lookout.jobs import Job
from sightline.workflow.control.ports import Change, ChangedError, ControlDeps, Put

TRIES = 8


@dataclass(frozen=True)
class Outcome:
    """What a call decided: its answer, the changes that make it true, the job that goes on."""

    answer: Members
    changes: Sequence[Change]
    job: Job | None = None


def once(
    call: Call, resource_type: str, deps: ControlDeps, decide: Callable[[], Outcome]
) -> Members:
    """Decide and commit; under a token that has its answer already, that answer is given again.

    `decide` reads and raises what the protocol answers; it is called again when what it read has
    changed before it could be committed.
    """
    for _ in range(TRIES):
        standing = _standing(call, deps)
        if standing is not None and deps.clock() < standing.expires_at:
            standing.check(call, resource_type)
            start(standing.job, deps)
            answer: Members = json.loads(standing.answer)
            return answer
        outcome = decide()
        try:
            deps.registry.commit(*_changes(call, outcome, standing, deps))
        except ChangedError:
            continue
        start(outcome.job.job_id if outcome.job else None, deps)
        return outcome.answer
    raise ThrottlingError("Too many requests change the same resource at once; try again.")


def start(job_id: str | None, deps: ControlDeps) -> None:
    """Ask for the job's run. The job is stored: if asking fails now, the sweep asks again."""
    if job_id is None:
        return
    for ask in (deps.wakeups.begin, lambda: deps.jobs.start(job_id)):
        with contextlib.suppress(UnavailableError):
            ask()


def _standing(call: Call, deps: ControlDeps) -> Answered | None:
    if call.token is None:
        return None
    return deps.registry.get(Answered, *calls.identity(call.operation, call.token))


def _changes(
    call: Call, outcome: Outcome, standing: Answered | None, deps: ControlDeps
) -> list[Change]:
    changes = list(outcome.changes)
    if outcome.job:
        changes.append(Put(outcome.job))
    if call.token is not None:
        job_id = outcome.job.job_id if outcome.job else None
        remembered = calls.answered(call, json.dumps(outcome.answer), job_id, deps.clock())
        changes.append(Put(replace(remembered, revision=standing.revision if standing else 0)))
    return changes
