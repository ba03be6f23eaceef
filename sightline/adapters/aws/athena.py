"""Named queries on Athena, and the files that they leave in S3."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError, ParamValidationError

from sightline.adapters.aws.errors import code, translated
from sightline.domain.errors import InvalidError, NotFoundError
from sightline.domain.queries.statement import Statement
from sightline.workflow.analytics.ports import (
    PAGE_ROWS,
    Execution,
    Page,
    ResultFile,
    State,
)

if TYPE_CHECKING:
    from mypy_boto3_athena import AthenaClient
    from mypy_boto3_s3 import S3Client

_WRONG = "InvalidRequestException"
_DENIED = "AccessDeniedException"
URL_SECONDS = 300


class AthenaQueryEngine:
    """`QueryEngine` over a workgroup of Athena, which says where results go and limits scans."""

    def __init__(self, workgroup: str, database: str, client: AthenaClient) -> None:
        self._workgroup = workgroup
        self._database = database
        self._client = client

    def start(self, statement: Statement, token: str) -> str:
        parameters = {"ExecutionParameters": list(statement.bound)} if statement.bound else {}
        with translated("Starting a query"):
            answer = self._client.start_query_execution(
                QueryString=statement.sql,
                ClientRequestToken=token,
                QueryExecutionContext={"Database": self._database},
                WorkGroup=self._workgroup,
                **parameters,  # type: ignore[arg-type]
            )
        return answer["QueryExecutionId"]

    def execution(self, run: str) -> Execution:
        # A role may look at the runs of its workgroup only: others are as good as not there.
        missing = NotFoundError(f"There is no run {run[:60]!r}.")
        with _of_the_caller(missing, _WRONG, _DENIED):
            found = self._client.get_query_execution(QueryExecutionId=run)["QueryExecution"]
        status, statistics = found["Status"], found.get("Statistics", {})
        if found.get("WorkGroup") != self._workgroup:
            raise missing
        return Execution(
            run=run,
            sql=found.get("Query", ""),
            state=State(status["State"].lower()),
            submitted_at=status["SubmissionDateTime"],
            reason=status.get("StateChangeReason", ""),
            output=found.get("ResultConfiguration", {}).get("OutputLocation", ""),
            scanned_bytes=statistics.get("DataScannedInBytes"),
            milliseconds=statistics.get("TotalExecutionTimeInMillis"),
        )

    def page(self, run: str, cursor: str | None) -> Page:
        wrong = InvalidError(f"cursor: {(cursor or '')[:60]!r} is not one of this run.")
        with _of_the_caller(wrong, _WRONG):
            answer: Any = self._client.get_query_results(
                QueryExecutionId=run,
                MaxResults=PAGE_ROWS + 1,
                **({"NextToken": cursor} if cursor is not None else {}),  # type: ignore[arg-type]
            )
        results = answer["ResultSet"]
        names = [column["Name"] for column in results["ResultSetMetadata"]["ColumnInfo"]]
        rows = [dict(zip(names, _texts(row), strict=True)) for row in results["Rows"]]
        # The first row of the first page holds the names.
        return Page(rows if cursor is not None else rows[1:], answer.get("NextToken"))

    def stop(self, run: str) -> None:
        with translated(f"Stopping run {run}"):
            self._client.stop_query_execution(QueryExecutionId=run)


class S3ResultFiles:
    """`ResultFiles` over S3."""

    def __init__(self, client: S3Client) -> None:
        self._client = client

    def signed(self, location: str, name: str) -> Sequence[ResultFile]:
        bucket, _, key = location.removeprefix("s3://").partition("/")
        with translated(f"Listing the result at {location}"):
            listing = self._client.get_paginator("list_objects_v2")
            pages = listing.paginate(Bucket=bucket, Prefix=key)
            objects = [item for page in pages for item in page.get("Contents", ())]
        sizes = {item["Key"]: item["Size"] for item in objects}
        if not key.endswith("/"):
            # Beside a result lies a description of it, whose key begins with the same.
            if key not in sizes:
                raise NotFoundError(f"The result {location} is not there any more.")
            return [self._sign(bucket, key, f"{name}.csv", sizes[key])]
        files = [(found, size) for found, size in sorted(sizes.items()) if size]
        several = len(files) > 1
        return [
            self._sign(bucket, found, f"{name}{f'-{n}' if several else ''}.parquet", size)
            for n, (found, size) in enumerate(files, 1)
        ]

    def _sign(self, bucket: str, key: str, name: str, size: int) -> ResultFile:
        ascii_name = name.encode("ascii", "replace").decode().replace('"', "'").replace("\\", "_")
        url = self._client.generate_presigned_url(
            "get_object",
            Params={
                "Bucket": bucket,
                "Key": key,
                "ResponseContentDisposition": f'attachment; filename="{ascii_name}"',
            },
            ExpiresIn=URL_SECONDS,
        )
        return ResultFile(name, url, size)


def _texts(row: Mapping[str, Any]) -> list[str | None]:
    return [cell.get("VarCharValue") for cell in row["Data"]]


@contextmanager
def _of_the_caller(refused: Exception, *codes: str) -> Iterator[None]:
    """Ids and cursors come from callers: what Athena says of them with `codes` is `refused`."""
    try:
        with translated("Asking for a run"):
            yield
    except Exception as error:
        cause = error.__cause__
        wrong = isinstance(cause, ClientError) and code(cause) in codes
        if wrong or isinstance(cause, ParamValidationError):
            raise refused from error
        raise
