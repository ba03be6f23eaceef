"""What travels between programs and the analytics service, as models that OpenAPI is made from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from sightline.domain import times
from sightline.domain.queries.declaration import Query
from sightline.domain.queries.vocabulary import Column, ColumnType, Parameter, ParameterType
from sightline.workflow.analytics.live import MINUTES_MAX, Live
from sightline.workflow.analytics.results import Row
from sightline.workflow.analytics.runs import Run

RUNS_MAX = 16
WAIT_MAX = 20
Format = Literal["csv", "parquet"]
Given = dict[str, str | int | float | None]
Wait = Annotated[
    float,
    Field(ge=0, le=WAIT_MAX, description="Seconds to wait for an end before answering."),
]
_RUN_ID = r"[A-Za-z0-9-]{1,128}"


class _Wire(BaseModel):
    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        frozen=True,
        allow_inf_nan=False,
        alias_generator=to_camel,
        populate_by_name=True,
    )


class AnswerColumn(_Wire):
    """A column of an answer; rows are objects whose members are called `name`."""

    name: str
    type: ColumnType
    unit: str = Field(description="Empty where there is none; shares are 0 to 1.")
    title: str

    @classmethod
    def of(cls, column: Column) -> AnswerColumn:
        """The wire form."""
        return cls(**vars(column))


class QueryParameter(_Wire):
    """A parameter of a query. All may be left out."""

    name: str
    type: ParameterType
    title: str
    default: str | int | float | None = Field(description="Null: worked out when it is asked.")
    choices: list[str] | None
    minimum: float | None
    maximum: float | None

    @classmethod
    def of(cls, parameter: Parameter) -> QueryParameter:
        """The wire form."""
        return cls(**{**vars(parameter), "choices": list(parameter.choices) or None})


class NamedQuery(_Wire):
    """A query that may be asked."""

    name: str
    title: str
    description: str
    parameters: list[QueryParameter]
    columns: list[AnswerColumn]

    @classmethod
    def of(cls, query: Query) -> NamedQuery:
        """The wire form."""
        return cls(
            name=query.name,
            title=query.title,
            description=query.description,
            parameters=[QueryParameter.of(found) for found in query.parameters],
            columns=[AnswerColumn.of(found) for found in query.columns],
        )


class Catalogue(_Wire):
    """All queries."""

    queries: list[NamedQuery]

    @classmethod
    def of(cls, queries: Iterable[Query]) -> Catalogue:
        """The wire form."""
        return cls(queries=[NamedQuery.of(query) for query in queries])


class QueryBody(_Wire):
    """A question to a query."""

    parameters: Given = Field(default_factory=dict)
    wait: Wait = 0


class OneQuery(_Wire):
    """One question of several."""

    query: str
    parameters: Given = Field(default_factory=dict)


class RunsBody(_Wire):
    """Several questions at once, as a dashboard has them."""

    queries: Annotated[list[OneQuery], Field(min_length=1, max_length=RUNS_MAX)]
    wait: Wait = 0


class _Question(BaseModel):
    """A query string; values are text, and numbers are read from it."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class RunQuery(_Question):
    """How to look at a run."""

    cursor: Annotated[str, Field(min_length=1, max_length=2048)] | None = None
    wait: Wait = 0


def _ids(text: str) -> str:
    ids = text.split(",")
    if not 1 <= len(ids) <= RUNS_MAX:
        raise ValueError(f"must be 1 to {RUNS_MAX} ids with commas between them")
    return text


class RunsQuery(_Question):
    """Which runs to look at together."""

    ids: Annotated[
        str,
        Field(pattern=rf"^{_RUN_ID}(,{_RUN_ID})*$", max_length=2100),
        AfterValidator(_ids),
    ] = Field(description=f"1 to {RUNS_MAX} ids, with commas between them.")
    wait: Wait = 0


class _Filters(_Question):
    project: str = ""
    facility: str = ""
    line: str = ""
    camera: str = ""
    zone: str = "UTC"

    @property
    def filters(self) -> dict[str, str]:
        """Those that every query takes."""
        names = ("project", "facility", "line", "camera")
        return {name: getattr(self, name) for name in names}


class DayQuery(_Filters):
    """What of a day's table to download."""

    format: Format = "csv"
    wait: Wait = 0


class LiveQuery(_Filters):
    """Which of the last minutes."""

    minutes: Annotated[int, Field(ge=1, le=MINUTES_MAX)] = 15


class Result(_Wire):
    """Columns and rows; a row has a member for every column."""

    columns: list[AnswerColumn]
    rows: list[dict[str, str | int | float | None]]

    @classmethod
    def of(cls, query: Query, rows: Sequence[Row]) -> Result:
        """The wire form."""
        return cls(columns=_columns(query), rows=_rows(query, rows))


class LiveResults(_Wire):
    """The answers of three queries, `over_time` by the minute."""

    totals: Result
    by_line: Result = Field(alias="by_line")
    over_time: Result = Field(alias="over_time")


class LiveAnswer(_Wire):
    """The last minutes."""

    begin: str = Field(alias="from")
    end: str = Field(alias="to")
    shortened: bool = Field(
        description="A line had very many images: `from` is later than was asked."
    )
    results: LiveResults

    @classmethod
    def of(cls, found: Live) -> LiveAnswer:
        """The wire form."""
        return cls(
            **{"from": times.to_wire(found.begin), "to": times.to_wire(found.end)},
            shortened=found.shortened,
            results=LiveResults(
                **{name: Result.of(*result) for name, result in found.results.items()}
            ),
        )


class RunProblem(_Wire):
    """Why a run has no result."""

    code: str = Field(description="ScanLimitExceeded, Timeout, Cancelled or Failed.")
    message: str


class DownloadFile(_Wire):
    """A file; `url` needs no signature of the caller's and holds for five minutes."""

    name: str
    url: str
    bytes: int


class RunState(_Wire):
    """A run: ask for it again until its state is succeeded or failed."""

    run: str
    query: str
    parameters: dict[str, str | int | float] = Field(description="All, defaults included.")
    state: Literal["queued", "running", "succeeded", "failed"]
    error: RunProblem | None
    columns: list[AnswerColumn]
    rows: list[dict[str, str | int | float | None]] | None
    cursor: str | None = Field(description="Leads to the next rows; null after the last ones.")
    files: list[DownloadFile] | None
    scanned_bytes: int | None
    milliseconds: int | None

    @classmethod
    def of(cls, run: Run) -> RunState:
        """The wire form of the use case's result."""
        problem, files = run.problem, run.files
        return cls(
            run=run.id,
            query=run.query.name,
            parameters=dict(run.question.values),
            state=run.state.value,  # type: ignore[arg-type] # cancelled is failed by now
            error=RunProblem(**vars(problem)) if problem else None,
            columns=_columns(run.query),
            rows=None if run.rows is None else _rows(run.query, run.rows),
            cursor=run.cursor,
            files=None if files is None else [DownloadFile(**vars(file)) for file in files],
            scanned_bytes=run.scanned_bytes,
            milliseconds=run.milliseconds,
        )


class RunStates(_Wire):
    """Several runs, in the order of the request."""

    runs: list[RunState]

    @classmethod
    def of(cls, found: Sequence[Run]) -> RunStates:
        """The wire form."""
        return cls(runs=[RunState.of(run) for run in found])


def _columns(query: Query) -> list[AnswerColumn]:
    return [AnswerColumn.of(column) for column in query.columns]


def _rows(query: Query, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{column.name: row[column.name] for column in query.columns} for row in rows]
