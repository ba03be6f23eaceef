"""Runs of named queries: begun, looked at, read page by page, ended when they take too long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sightline.domain import times
from sightline.domain.errors import InvalidError, NotFoundError
from sightline.domain.queries import buckets
from sightline.domain.queries.declaration import Query
from sightline.domain.queries.statement import Asked, Statement, asked, statement
from sightline.domain.queries.values import Value, complete
from sightline.domain.queries.vocabulary import LOCAL_TIMES
from sightline.workflow.analytics.ports import AskDeps, Execution, ResultFile, State
from sightline.workflow.analytics.results import Row, finished, typed

DAY = "day"
POLL_SECONDS = 0.25
_SCAN_LIMIT = "bytes scanned limit"


@dataclass(frozen=True)
class Problem:
    """Why a run has no result: a stable code, and a sentence for people."""

    code: str
    message: str


@dataclass(frozen=True)
class Run:
    """A run as callers see it; rows and files are None until there are any."""

    id: str
    query: Query
    question: Asked
    state: State
    problem: Problem | None = None
    rows: Sequence[Row] | None = None
    cursor: str | None = None
    files: Sequence[ResultFile] | None = None
    scanned_bytes: int | None = None
    milliseconds: int | None = None


Question = tuple[str, Mapping[str, object]]
"""The name of a query, and what is given for its parameters."""


def ask(name: str, given: Mapping[str, object], deps: AskDeps, *, file_format: str = "") -> str:
    """Begin a run, or join the one that answers the same question since this minute; its id.

    `file_format` asks for a file: `csv` or `parquet`.
    """
    return _begin(*_checked(name, given, file_format, deps), deps)


def ask_all(questions: Sequence[Question], deps: AskDeps) -> list[str]:
    """Begin several runs, none of them when one of the questions is wrong; their ids in order."""
    checked = [_checked(name, given, "", deps) for name, given in questions]
    return [_begin(query, question, deps) for query, question in checked]


def _checked(
    name: str,
    given: Mapping[str, object],
    file_format: str,
    deps: AskDeps,
) -> tuple[Query, Asked]:
    query = deps.queries.get(name)
    if query is None:
        known = ", ".join(deps.queries)
        raise InvalidError(f"There is no query {name[:60]!r}; there are {known}.")
    now = deps.clock()
    minute = times.to_wire(now.replace(second=0, microsecond=0))
    return query, Asked(name, complete(query, given, now), minute, file_format)


def _begin(query: Query, question: Asked, deps: AskDeps) -> str:
    return deps.engine.start(_statement(query, question, deps), question.key)


def ask_for_day(
    day: str,
    file_format: str,
    zone: str,
    given: Mapping[str, object],
    deps: AskDeps,
) -> str:
    """Begin to write the table of a day of a time zone to a file; the run's id."""
    try:
        first = date.fromisoformat(day)
        after = first + timedelta(days=1)
    except (ValueError, OverflowError) as error:
        raise InvalidError(f"day: {day[:60]!r} is not a day such as 2026-03-14.") from error
    if not 2000 <= first.year < 2100:
        raise InvalidError(f"day: {day} is not between the years 2000 and 2100.")
    place = buckets.zone(zone)
    begin, end = (times.to_wire(buckets.midnight(one, place)) for one in (first, after))
    return ask(DAY, {**given, "from": begin, "to": end}, deps, file_format=file_format)


def look(
    runs: Sequence[str], deps: AskDeps, *, seconds: float = 0, cursor: str | None = None
) -> list[Run]:
    """The runs as they are now, or as soon as all have ended, at the latest after `seconds`."""
    deadline = deps.clock() + timedelta(seconds=seconds)
    found = [_current(run, deps) for run in runs]
    while not all(run.state.ended for run in found) and deps.clock() < deadline:
        deps.sleep(POLL_SECONDS)
        found = [run if run.state.ended else _current(run.id, deps) for run in found]
    return [_with_result(run, cursor, deps) for run in found]


def _current(run: str, deps: AskDeps) -> Run:
    execution = deps.engine.execution(run)
    query, question = _question(execution, deps)
    late = execution.submitted_at + timedelta(seconds=deps.run_seconds) <= deps.clock()
    state = execution.state
    if late and not state.ended:
        deps.engine.stop(run)
        state = State.CANCELLED
    return Run(
        id=run,
        query=query,
        question=question,
        state=State.FAILED if state is State.CANCELLED else state,
        problem=_problem(execution, state, late, deps.run_seconds),
        scanned_bytes=execution.scanned_bytes,
        milliseconds=execution.milliseconds,
    )


def _question(execution: Execution, deps: AskDeps) -> tuple[Query, Asked]:
    """What a run answers. Others may use the engine too: their runs are none of ours."""
    question = asked(execution.sql)
    query = deps.queries.get(question.query) if question else None
    if query is None or question is None or not _is_ours(query, question, execution, deps):
        raise NotFoundError(f"There is no run {execution.run!r} of this service.")
    return query, question


def _is_ours(query: Query, question: Asked, execution: Execution, deps: AskDeps) -> bool:
    try:
        complete(query, question.values, deps.clock())
        return _statement(query, question, deps).sql == execution.sql
    except (InvalidError, TypeError, KeyError, ValueError):
        return False


def _statement(query: Query, question: Asked, deps: AskDeps) -> Statement:
    return statement(query, question, _folder(question, deps))


def _folder(question: Asked, deps: AskDeps) -> str:
    """Where Parquet is written to: a folder of the question's own, as UNLOAD wants an empty one."""
    return f"{deps.unload_to}{question.key}/" if question.format == "parquet" else ""


def _problem(execution: Execution, state: State, late: bool, limit: int) -> Problem | None:
    if _SCAN_LIMIT in execution.reason.lower():
        return Problem(
            "ScanLimitExceeded",
            "The query would read more data than it may. Ask for fewer days.",
        )
    if state is State.CANCELLED:
        if late or _took(execution) >= limit:
            return Problem(
                "Timeout", f"The query took longer than {limit} s and was ended. Ask for less."
            )
        return Problem("Cancelled", "The query was cancelled.")
    if state is State.FAILED:
        why = execution.reason[:300] or "Athena gives no reason"
        return Problem("Failed", f"The query failed: {why}.")
    return None


def _took(execution: Execution) -> float:
    return (execution.milliseconds or 0) / 1000


def _with_result(run: Run, cursor: str | None, deps: AskDeps) -> Run:
    if run.state is not State.SUCCEEDED:
        return run
    if run.question.format:
        return replace(run, files=_files(run, deps))
    page = deps.engine.page(run.id, cursor)
    texts, cursor = list(page.rows), page.cursor
    # Steps of time are completed over the whole answer, which is never long.
    while cursor and any(column.name == LOCAL_TIMES for column in run.query.selected):
        page = deps.engine.page(run.id, cursor)
        texts, cursor = [*texts, *page.rows], page.cursor
    selected = [typed(run.query, row) for row in texts]
    rows = finished(run.query, run.question.values, selected)
    return replace(run, rows=rows, cursor=cursor)


def _files(run: Run, deps: AskDeps) -> Sequence[ResultFile]:
    folder = _folder(run.question, deps)
    location = folder or deps.engine.execution(run.id).output
    return deps.files.signed(location, _file_name(run.question.values))


def _file_name(values: Mapping[str, Value]) -> str:
    begin: datetime = times.from_wire(str(values["from"]))
    place = [str(values[name]) for name in ("project", "facility", "line", "camera")]
    return "-".join(["inspections", begin.strftime("%Y-%m-%dT%H%MZ"), *filter(None, place)])
