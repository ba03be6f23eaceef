"""Glue tables of Parquet files in S3 for DuckDB: only the partitions that a query needs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import duckdb
from sqlglot import exp

from sightline.domain.errors import InvalidError

_TYPES: Mapping[str, str] = {
    "bigint": "BIGINT",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "double": "DOUBLE",
    "float": "FLOAT",
    "int": "INTEGER",
    "string": "VARCHAR",
    "timestamp": "TIMESTAMP",
}
_ARRAY = re.compile(r"array<(.+)>\Z")
_PARTITION = re.compile(r"([^/=]+)=([^/]*)/")


@dataclass(frozen=True)
class StoredFile:
    """A file of a table in S3, and the values of the partition that its folders name."""

    bucket: str
    key: str
    etag: str
    size: int
    partition: Mapping[str, str]


@dataclass(frozen=True)
class Table:
    """A table of the catalog: types of DuckDB by column, and where its files are."""

    name: str
    bucket: str
    prefix: str
    columns: Mapping[str, str]
    partitions: Mapping[str, str]

    @classmethod
    def of(cls, described: Mapping[str, Any]) -> Table:
        """From Glue's description; `InvalidError` for a kind of table that is not read here."""
        storage = described["StorageDescriptor"]
        if "parquet" not in storage.get("SerdeInfo", {}).get("SerializationLibrary", "").lower():
            raise InvalidError(f"Table {described['Name']} is not of Parquet files.")
        bucket, _, prefix = storage["Location"].removeprefix("s3://").partition("/")
        return cls(
            name=described["Name"],
            bucket=bucket,
            prefix=prefix if not prefix or prefix.endswith("/") else prefix + "/",
            columns={column["Name"]: _type(column["Type"]) for column in storage["Columns"]},
            partitions={
                column["Name"]: _type(column["Type"]) for column in described["PartitionKeys"]
            },
        )

    def files(self, objects: Sequence[Mapping[str, Any]]) -> list[StoredFile]:
        """The table's files among the objects below its prefix, as S3 lists them."""
        found = []
        for item in objects:
            folders = _PARTITION.findall(item["Key"].removeprefix(self.prefix))
            partition = {name: unquote(value) for name, value in folders}
            if item["Size"] and partition.keys() >= self.partitions.keys():
                etag = item["ETag"].strip('"')
                found.append(StoredFile(self.bucket, item["Key"], etag, item["Size"], partition))
        return found

    def wanted(
        self, query: exp.Query, files: Sequence[StoredFile], connection: duckdb.DuckDBPyConnection
    ) -> list[StoredFile]:
        """The files in partitions that the query's conditions leave over."""
        if not self.partitions or not files:
            return list(files)
        names = list(self.partitions)
        kept = set()
        condition = self._condition(query).sql(dialect="duckdb")
        columns = ", ".join(f'"{name}" {kind}' for name, kind in self.partitions.items())
        connection.execute(f"CREATE OR REPLACE TEMP TABLE partitions ({columns})")
        rows = sorted({tuple(file.partition[name] for name in names) for file in files})
        places = ", ".join("?" for _ in names)
        connection.executemany(f"INSERT INTO partitions VALUES ({places})", rows)  # noqa: S608
        kept.update(connection.execute(f"FROM partitions WHERE {condition}").fetchall())
        connection.execute("DROP TABLE partitions")
        return [file for file in files if tuple(file.partition[n] for n in names) in kept]

    def _condition(self, query: exp.Query) -> exp.Expr:
        """What must hold of a partition for at least one of the places that read the table."""
        found: list[exp.Expr] = []
        for table in query.find_all(exp.Table):
            if table.name.lower() == self.name:
                select = table.find_ancestor(exp.Select)
                where = select.args.get("where") if select else None
                parts = [p for p in _conjuncts(where) if self._is_of_partition(p)]
                found.append(exp.and_(*parts, copy=True) if parts else exp.true())
        return exp.or_(*found) if found else exp.true()

    def _is_of_partition(self, condition: exp.Expr) -> bool:
        columns = {column.name.lower() for column in condition.find_all(exp.Column)}
        return bool(columns) and columns <= self.partitions.keys() and not condition.find(exp.Query)

    def create_view(
        self,
        database: str,
        files: Mapping[Path, StoredFile],
        connection: duckdb.DuckDBPyConnection,
    ) -> None:
        """Make `database.name`, over copies of the files that lie in folders of their partition."""
        connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{database}"')
        wanted = {**self.columns, **self.partitions}
        source, there = "", set[str]()
        if files:
            listed = ", ".join(exp.Literal.string(str(path)).sql() for path in files)
            source = (
                f"FROM read_parquet([{listed}], union_by_name = true, "
                "hive_partitioning = true, hive_types_autocast = false)"
            )
            described = connection.execute(f"DESCRIBE {source}").fetchall()
            there = {str(row[0]).lower() for row in described}
        # A column that is younger than all files is null, as in Athena.
        chosen = [
            f"CAST({_quoted(name) if name in there else 'NULL'} AS {kind}) AS {_quoted(name)}"
            for name, kind in wanted.items()
        ]
        end = source or "WHERE false"
        connection.execute(
            f'CREATE VIEW "{database}".{_quoted(self.name)} AS SELECT {", ".join(chosen)} {end}'
        )


def _conjuncts(where: exp.Expr | None) -> list[exp.Expr]:
    if where is None:
        return []
    return list(where.this.flatten()) if isinstance(where.this, exp.And) else [where.this]


def _quoted(name: str) -> str:
    return exp.to_identifier(name, quoted=True).sql(dialect="duckdb")


def _type(hive: str) -> str:
    if inner := _ARRAY.match(hive):
        return f"{_type(inner[1])}[]"
    if hive not in _TYPES:
        raise InvalidError(f"The local system knows no column of type {hive!r}.")
    return _TYPES[hive]
