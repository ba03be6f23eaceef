"""The files of results: the fake and S3 keep to the same contract."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest
import urllib3
from moto import mock_aws

from sightline.adapters.analytics_memory import MemoryResultFiles
from sightline.adapters.aws.athena import S3ResultFiles
from sightline.domain.errors import NotFoundError
from sightline.workflow.analytics.ports import ResultFiles

RESULTS = "results"
OBJECTS = {
    "runs/1.csv": 3,
    "runs/1.csv.metadata": 9,
    "days/one/a": 5,
    "days/two/a": 5,
    "days/two/b": 6,
    "days/two/empty": 0,
}


@pytest.fixture(params=["memory", "aws"])
def files(request: pytest.FixtureRequest) -> Iterator[ResultFiles]:
    if request.param == "memory":
        yield MemoryResultFiles({f"s3://{RESULTS}/{key}": size for key, size in OBJECTS.items()})
        return
    with mock_aws():
        s3 = boto3.client("s3")
        here = {"LocationConstraint": boto3.Session().region_name}
        s3.create_bucket(Bucket=RESULTS, CreateBucketConfiguration=here)  # type: ignore[arg-type]
        for key, size in OBJECTS.items():
            s3.put_object(Bucket=RESULTS, Key=key, Body=b"x" * size)
        yield S3ResultFiles(s3)


def test_one_result_is_one_file(files: ResultFiles) -> None:
    [file] = files.signed(f"s3://{RESULTS}/runs/1.csv", "day")
    assert (file.name, file.bytes) == ("day.csv", 3)
    [file] = files.signed(f"s3://{RESULTS}/days/one/", "day")
    assert (file.name, file.bytes) == ("day.parquet", 5)


def test_the_files_of_a_folder_are_numbered_and_empty_ones_left_out(files: ResultFiles) -> None:
    found = files.signed(f"s3://{RESULTS}/days/two/", "day")
    assert [(file.name, file.bytes) for file in found] == [
        ("day-1.parquet", 5),
        ("day-2.parquet", 6),
    ]
    assert len({file.url for file in found}) == 2


def test_a_result_that_has_expired_is_not_found(files: ResultFiles) -> None:
    with pytest.raises(NotFoundError, match="not there any more"):
        files.signed(f"s3://{RESULTS}/runs/2.csv", "day")
    assert files.signed(f"s3://{RESULTS}/days/three/", "day") == []


def test_a_signed_address_names_the_file_in_plain_letters() -> None:
    with mock_aws():
        client = boto3.client("s3")
        here = {"LocationConstraint": boto3.Session().region_name}
        client.create_bucket(Bucket=RESULTS, CreateBucketConfiguration=here)  # type: ignore[arg-type]
        client.put_object(Bucket=RESULTS, Key="1.csv", Body=b"x")
        [file] = S3ResultFiles(client).signed(f"s3://{RESULTS}/1.csv", 'größe "1"')
    query = urllib3.util.parse_url(file.url).query or ""
    assert "filename%3D%22gr%3F%3Fe%20%271%27.csv%22" in query
    assert file.name == 'größe "1".csv'
