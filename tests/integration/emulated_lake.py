"""A lake in the emulated AWS: a table in the catalog over Parquet files, and Athena to ask it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pyarrow as pa
from moto import mock_aws
from moto.athena.models import athena_backends

from bench import generated
from sightline.domain import lake
from sightline.local.athena.wire import Athena
from sightline.local.iam.credentials import ACCOUNT_ID

BUCKET, RESULTS, DATABASE, WORKGROUP = "lake", "results", "sightline", "queries"
_PARQUET = {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"}


@contextmanager
def emulated_lake(rows: pa.Table, work: Path) -> Iterator[Any]:
    """The rows as a lake; gives a client of Athena. `work` is an empty folder."""
    with mock_aws():
        athena, s3 = boto3.client("athena"), boto3.client("s3")
        for bucket in (BUCKET, RESULTS):
            here = {"LocationConstraint": boto3.Session().region_name}
            s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=here)  # type: ignore[arg-type]
        _create_table()
        workgroup(WORKGROUP)
        generated.write(rows, work / "files")
        for path in sorted((work / "files").rglob("*.parquet")):
            key = lake.PREFIX + path.relative_to(work / "files").as_posix()
            s3.upload_file(str(path), BUCKET, key)
        wire = Athena(work / "copies", lambda: boto3.client("s3"))
        try:
            yield athena
        finally:
            wire.close()


def workgroup(name: str, *, scan_limit: int | None = None) -> None:
    """Create a workgroup, which may limit how many bytes a query reads.

    The API takes no limit under 10 MB, so that it is put past it.
    """
    configuration: Any = {
        "ResultConfiguration": {"OutputLocation": f"s3://{RESULTS}/runs/"},
        "EnforceWorkGroupConfiguration": True,
    }
    client = boto3.client("athena")
    client.create_work_group(Name=name, Configuration=configuration)
    if scan_limit is not None:
        groups = athena_backends[ACCOUNT_ID][client.meta.region_name].work_groups
        groups[name].configuration["BytesScannedCutoffPerQuery"] = scan_limit


def _create_table() -> None:
    glue = boto3.client("glue")
    glue.create_database(DatabaseInput={"Name": DATABASE})
    columns: Any = [{"Name": column.name, "Type": column.type} for column in lake.COLUMNS]
    partition: Any = [{"Name": lake.PARTITION.name, "Type": lake.PARTITION.type}]
    storage: Any = {
        "Location": f"s3://{BUCKET}/{lake.PREFIX}",
        "Columns": columns,
        "SerdeInfo": _PARQUET,
    }
    table: Any = {"Name": lake.TABLE, "PartitionKeys": partition, "StorageDescriptor": storage}
    glue.create_table(DatabaseName=DATABASE, TableInput=table)
