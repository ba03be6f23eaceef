"""Athena: queries that really run, over the catalog's tables and their files.

moto gives results that were put there beforehand. What is configured (the workgroup's location of
results and its scan limit, the catalog) is read from moto; DuckDB does the rest.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import logging
import re
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
from moto.athena.models import AthenaBackend, athena_backends
from moto.athena.responses import AthenaResponse
from moto.glue.exceptions import EntityNotFoundException
from moto.glue.models import glue_backends
from moto.moto_api._internal import mock_random

from sightline.domain.errors import InvalidError
from sightline.local.athena import dialect
from sightline.local.athena.results import Result
from sightline.local.athena.runs import May, RefusedError, Run
from sightline.local.athena.tables import StoredFile, Table
from sightline.local.iam.credentials import ACCOUNT_ID, role_of
from sightline.local.iam.permissions import NotAllowedError, check
from sightline.local.seams import Seams

logger = logging.getLogger(__name__)

PARAMETER_CHARACTERS = 1024
_CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/")


class Athena:
    """The wire in place. `cache` is a folder for copies of files; `s3` gives a client."""

    def __init__(self, cache: Path, s3: Callable[[], Any]) -> None:
        self._cache, self._s3 = cache, s3
        self._pool = ThreadPoolExecutor(2, thread_name_prefix="athena")
        self._tokens: dict[str, Run] = {}
        self._lock = threading.Lock()
        self._seams = Seams()

        def start(response: Any) -> str:
            return self._start(response.athena_backend, _asked(response), _caller(response))

        def describe(response: Any) -> str:
            return json.dumps({"QueryExecution": _find(response).described()})

        def read(response: Any) -> str:
            asked = _asked(response)
            page = _find(response).page(asked.get("NextToken"), asked.get("MaxResults"))
            return json.dumps(page)

        def stop(response: Any) -> str:
            _find(response).stop()
            return "{}"

        self._seams.replace(AthenaResponse, "start_query_execution", start)
        self._seams.replace(AthenaResponse, "get_query_execution", describe)
        self._seams.replace(AthenaResponse, "get_query_results", read)
        self._seams.replace(AthenaResponse, "stop_query_execution", stop)

    def close(self) -> None:
        """Put moto's own methods back, and end what runs."""
        self._seams.restore()
        for regions in athena_backends.values():
            for backend in regions.values():
                for run in backend.executions.values():
                    if isinstance(run, Run):
                        run.stop()
        self._pool.shutdown(cancel_futures=True)

    def _start(self, backend: AthenaBackend, asked: Mapping[str, Any], may: May) -> str:
        group = backend.work_groups.get(asked.get("WorkGroup") or "primary")
        if group is None:
            raise RefusedError(f"WorkGroup {asked.get('WorkGroup')} is not found.")
        bound = asked.get("ExecutionParameters") or []
        if any(len(value) > PARAMETER_CHARACTERS for value in bound):
            raise RefusedError(f"A parameter has more than {PARAMETER_CHARACTERS} characters.")
        with self._lock:
            token = str(asked.get("ClientRequestToken"))
            if known := self._tokens.get(token):
                if known.asked != asked:
                    raise RefusedError("Idempotent parameters do not match")
                return json.dumps({"QueryExecutionId": known.id})
            try:
                parsed = dialect.parse(asked["QueryString"], bound)
            except InvalidError as error:
                raise RefusedError(str(error)) from error
            identity = str(mock_random.uuid4())
            location = _location(group, asked)
            output = f"{location}{identity}.csv"
            run = Run(identity, asked, group, parsed, output, may)
            self._tokens[token] = backend.executions[identity] = run
        self._pool.submit(self._run, run, backend)
        return json.dumps({"QueryExecutionId": identity})

    def _run(self, run: Run, backend: AthenaBackend) -> None:
        if run.ended_at is not None:
            return
        run.status = "RUNNING"
        try:
            with contextlib.closing(dialect.connect()) as connection:
                run.connection = connection
                self._read_tables(run, backend, connection)
                limit = run.workgroup.configuration.get("BytesScannedCutoffPerQuery")
                if limit and run.scanned > int(limit):
                    run.end("CANCELLED", "Bytes scanned limit was exceeded")
                    return
                _shut_in(connection, self._cache)
                self._write(run, connection)
            run.end("SUCCEEDED")
        except (duckdb.Error, InvalidError, NotAllowedError) as error:
            run.end("FAILED", str(error))
        except Exception as error:
            logger.exception("query %s failed", run.id)
            run.end("FAILED", f"INTERNAL_ERROR: {error}")
        finally:
            run.connection = None

    def _read_tables(
        self, run: Run, backend: AthenaBackend, connection: duckdb.DuckDBPyConnection
    ) -> None:
        for named, name in run.parsed.tables:
            database = named or run.database
            table = Table.of(_described(backend, database, name, run.may))
            run.may("s3:ListBucket", f"arn:aws:s3:::{table.bucket}")
            run.may("s3:GetObject", f"arn:aws:s3:::{table.bucket}/{table.prefix}x.parquet")
            pages = self._s3().get_paginator("list_objects_v2")
            found = pages.paginate(Bucket=table.bucket, Prefix=table.prefix).search("Contents[]")
            files = table.files([item for item in found if item])
            wanted = table.wanted(run.parsed.query, files, connection)
            run.scanned += sum(file.size for file in wanted)
            table.create_view(database, {self._copy(file): file for file in wanted}, connection)
        connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{run.database}"; USE "{run.database}"')

    def _copy(self, file: StoredFile) -> Path:
        """A copy of a file, which is not fetched again while its ETag is the same."""
        folders = [f"{name}={value}" for name, value in file.partition.items()]
        version = hashlib.sha256(f"{file.bucket}/{file.key}/{file.etag}".encode()).hexdigest()
        path = self._cache.joinpath(version, *folders, "file.parquet")
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_suffix(f".{threading.get_ident()}")
            body = self._s3().get_object(Bucket=file.bucket, Key=file.key)["Body"]
            part.write_bytes(body.read())
            part.replace(path)
        return path

    def _write(self, run: Run, connection: duckdb.DuckDBPyConnection) -> None:
        if run.parsed.unload_to is None:
            found = connection.execute(run.parsed.duckdb)
            run.result = Result.of(found.description, found.fetchall())
            self._put(run, run.output, run.result.csv())
            return
        bucket, _, prefix = run.parsed.unload_to.removeprefix("s3://").partition("/")
        if self._s3().list_objects_v2(Bucket=bucket, Prefix=prefix)["KeyCount"]:
            raise InvalidError(f"HIVE_PATH_ALREADY_EXISTS: {run.parsed.unload_to} is not empty")
        file = io.BytesIO()
        table = connection.sql(run.parsed.duckdb).to_arrow_table()
        pq.write_table(table, file, compression="SNAPPY")
        self._put(run, f"{run.parsed.unload_to}{run.id}", file.getvalue())
        run.result = Result([("rows", "bigint")], [])

    def _put(self, run: Run, location: str, content: bytes) -> None:
        bucket, _, key = location.removeprefix("s3://").partition("/")
        run.may("s3:PutObject", f"arn:aws:s3:::{bucket}/{key}")
        self._s3().put_object(Bucket=bucket, Key=key, Body=content)


def _shut_in(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """From here on the connection reads the copies, and no other file of this machine."""
    connection.execute(f"SET allowed_directories = ['{folder}/']")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _described(backend: AthenaBackend, database: str, name: str, may: May) -> Mapping[str, Any]:
    head = f"arn:aws:glue:{backend.region_name}:{backend.account_id}:table"
    may("glue:GetTable", f"{head}/{database}/{name}")
    try:
        found = glue_backends[backend.account_id][backend.region_name].get_table(database, name)
    except EntityNotFoundException as error:
        missing = f"Table 'awsdatacatalog.{database}.{name}' does not exist"
        raise InvalidError(f"TABLE_NOT_FOUND: {missing}") from error
    described: Mapping[str, Any] = found.as_dict()
    return described


def _location(group: Any, asked: Mapping[str, Any]) -> str:
    own = (asked.get("ResultConfiguration") or {}).get("OutputLocation")
    theirs = (group.configuration.get("ResultConfiguration") or {}).get("OutputLocation")
    enforced = group.configuration.get("EnforceWorkGroupConfiguration")
    location = theirs if enforced and theirs else own or theirs
    if not location:
        raise RefusedError("No output location provided, and the workgroup has none.")
    return str(location).rstrip("/") + "/"


def _caller(response: Any) -> May:
    """Athena reads and writes as whoever asks; the owner of the account may do everything."""
    found = _CREDENTIAL.search(response.headers.get("Authorization", ""))
    role = role_of(found[1]) if found else None

    def may(action: str, resource: str) -> None:
        if role is not None:
            check(ACCOUNT_ID, role[0], action, resource, "athena:StartQueryExecution")

    return may


def _asked(response: Any) -> dict[str, Any]:
    asked: dict[str, Any] = json.loads(response.body)
    return asked


def _find(response: Any) -> Run:
    identity = _asked(response)["QueryExecutionId"]
    run = response.athena_backend.executions.get(identity)
    if not isinstance(run, Run):
        raise RefusedError(f"QueryExecution {identity} was not found")
    return run
