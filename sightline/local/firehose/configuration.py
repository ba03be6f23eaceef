"""What one delivery stream is configured to do with records: where, in what form, how soon."""

from __future__ import annotations

import base64
import contextlib
import json
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from moto.glue.models import glue_backends
from moto.logs.models import logs_backends
from moto.s3.models import s3_backends

from sightline.domain.errors import InvalidError
from sightline.local.firehose import parquet_files, prefixes
from sightline.local.iam.permissions import NotAllowedError, check_role

MB = 1024 * 1024
_FIREHOSE = "firehose.amazonaws.com"


@dataclass(frozen=True)
class Failed:
    """A record that no row could be made of, and why."""

    record: bytes
    reason: str


@dataclass(frozen=True)
class DeliveryStream:
    """A stream with an S3 destination that converts to Parquet; `config` as boto3 describes it."""

    account: str
    region: str
    name: str
    version: str
    config: Mapping[str, Any]

    @property
    def arn(self) -> str:
        """The stream's."""
        return f"arn:aws:firehose:{self.region}:{self.account}:deliverystream/{self.name}"

    @property
    def buffer_seconds(self) -> float:
        """How long records may wait."""
        return float(self.config["BufferingHints"]["IntervalInSeconds"])

    @property
    def buffer_bytes(self) -> int:
        """How many bytes of records may wait."""
        return int(self.config["BufferingHints"]["SizeInMBs"] * MB)

    def check(self) -> None:
        """`InvalidError` when the local system does not know what the stream is to do."""
        keys = dict.fromkeys(prefixes.members(query), "x") if (query := self._query()) else {}
        now = datetime.now(UTC)
        prefixes.evaluate(self.config["Prefix"], now, keys=keys)
        prefixes.evaluate(self.config["ErrorOutputPrefix"], now, error_type="x")
        parquet_files.schema(self._columns())

    def partition(self, record: bytes) -> dict[str, str]:
        """The partition keys of a record; `InvalidError` when it has none."""
        query = self._query()
        if query is None:
            return {}
        try:
            values = json.loads(record)
            keys = {key: values[member] for key, member in prefixes.members(query).items()}
        except (ValueError, KeyError, TypeError) as error:
            raise InvalidError(f"partition keys cannot be extracted: {error!r}") from error
        if not all(isinstance(value, str) and value for value in keys.values()):
            raise InvalidError(f"partition keys are not text: {keys}")
        return keys

    def write(self, records: Sequence[bytes], keys: Mapping[str, str]) -> None:
        """One Parquet file of all records that fit the table; the others go to the errors."""
        schema = parquet_files.schema(self._columns())
        rows, failed = list[dict[str, Any]](), list[Failed]()
        for record in records:
            try:
                rows.append(parquet_files.converted(record, schema))
            except InvalidError as error:
                failed.append(Failed(record, str(error)))
        now = datetime.now(UTC)
        if rows:
            output = self._conversion["OutputFormatConfiguration"]["Serializer"]["ParquetSerDe"]
            file = parquet_files.written(rows, schema, output.get("Compression", "SNAPPY"))
            folder = prefixes.evaluate(self.config["Prefix"], now, keys=keys)
            self._put(folder + self._file_name(now, ".parquet"), file)
        if failed:
            self.write_errors(failed, "format-conversion-failed")

    def write_errors(self, failed: Sequence[Failed], kind: str = "processing-failed") -> None:
        """The records as they came, with the reasons, under the prefix for errors."""
        now = datetime.now(UTC)
        lines = [
            json.dumps(
                {
                    "attemptsMade": 1,
                    "arrivalTimestamp": int(now.timestamp() * 1000),
                    "lastErrorCode": kind,
                    "lastErrorMessage": entry.reason,
                    "rawData": base64.b64encode(entry.record).decode(),
                }
            )
            for entry in failed
        ]
        folder = prefixes.evaluate(self.config["ErrorOutputPrefix"], now, error_type=kind)
        self._put(folder + self._file_name(now, ""), "\n".join(lines).encode() + b"\n")
        self.log(InvalidError(f"{len(failed)} records: {failed[0].reason}"))

    def log(self, error: Exception) -> None:
        """A line in the stream's log, if it has one and its role may write there."""
        options = self.config.get("CloudWatchLoggingOptions", {})
        if not options.get("Enabled"):
            return
        message = {"deliveryStreamARN": self.arn, "message": str(error)}
        event = {"timestamp": int(time.time() * 1000), "message": json.dumps(message)}
        place = f"{options['LogGroupName']}:log-stream:{options['LogStreamName']}"
        arn = f"arn:aws:logs:{self.region}:{self.account}:log-group:{place}"
        with contextlib.suppress(NotAllowedError):
            self._check(self.config["RoleARN"], "logs:PutLogEvents", arn)
            logs_backends[self.account][self.region].put_log_events(
                options["LogGroupName"], options["LogStreamName"], [event]
            )

    @property
    def _conversion(self) -> Mapping[str, Any]:
        conversion: Mapping[str, Any] = self.config.get("DataFormatConversionConfiguration", {})
        if not conversion.get("Enabled"):
            raise InvalidError(f"{self.name}: the local system only delivers Parquet")
        return conversion

    def _query(self) -> str | None:
        """What dynamic partitioning extracts, None without it."""
        if not self.config.get("DynamicPartitioningConfiguration", {}).get("Enabled"):
            return None
        for processor in self.config["ProcessingConfiguration"]["Processors"]:
            for parameter in processor["Parameters"]:
                if parameter["ParameterName"] == "MetadataExtractionQuery":
                    return str(parameter["ParameterValue"])
        raise InvalidError(f"{self.name}: nothing says what the partitions are")

    def _columns(self) -> Sequence[Mapping[str, str]]:
        schema = self._conversion["SchemaConfiguration"]
        database, table = schema["DatabaseName"], schema["TableName"]
        head = f"arn:aws:glue:{self.region}:{self.account}:"
        for name in ("catalog", f"database/{database}", f"table/{database}/{table}"):
            self._check(schema["RoleARN"], "glue:GetTableVersions", head + name)
        found = glue_backends[self.account][schema["Region"]].get_table(database, table)
        columns: Sequence[Mapping[str, str]] = found.as_dict()["StorageDescriptor"]["Columns"]
        return columns

    def _put(self, key: str, data: bytes) -> None:
        bucket = self.config["BucketARN"].rpartition(":")[2]
        self._check(self.config["RoleARN"], "s3:PutObject", f"arn:aws:s3:::{bucket}/{key}")
        s3_backends[self.account]["aws"].put_object(bucket, key, data)

    def _check(self, role: str, action: str, resource: str) -> None:
        check_role(self.account, role, _FIREHOSE, action, resource)

    def _file_name(self, at: datetime, default: str) -> str:
        ending = self.config.get("FileExtension", default) if default else ""
        return f"{self.name}-{self.version}-{at:%Y-%m-%d-%H-%M-%S}-{uuid.uuid4()}{ending}"
