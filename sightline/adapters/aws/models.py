"""The model registry over DynamoDB (hash key `project`) and the models bucket over S3."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sightline.adapters.aws.errors import ConditionFailedError, translated
from sightline.adapters.aws.items import from_item, to_item
from sightline.domain.models import HostingStatus, ModelRecord

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

SERVED_FILES = ("model.onnx", "manifest.json")


class DynamoModelRegistry:
    """`ModelRegistry` over the models table."""

    def __init__(self, table: str, client: DynamoDBClient) -> None:
        self._table = table
        self._client = client

    def get(self, project: str) -> ModelRecord | None:
        with translated(f"Reading the model of project {project!r}"):
            answer = self._client.get_item(TableName=self._table, Key=to_item({"project": project}))
        if "Item" not in answer:
            return None
        values = from_item(answer["Item"])
        threshold = values.get("threshold")
        return ModelRecord(
            **{
                **values,
                "status": HostingStatus(values["status"]),
                "threshold": None if threshold is None else float(threshold),
            }
        )

    def put(self, record: ModelRecord) -> None:
        values = {
            "project": record.project,
            "version": record.version,
            "artifact": record.artifact,
            "sha256": record.sha256,
            "status": record.status.value,
            "threshold": record.threshold,
            "endpoint": record.endpoint,
        }
        with translated(f"Storing the model of project {record.project!r}"):
            self._client.put_item(TableName=self._table, Item=to_item(values))

    def decide_by(self, project: str, version: str, threshold: float | None) -> None:
        kept = {} if threshold is None else {":threshold": threshold}
        update = "REMOVE #threshold" if threshold is None else "SET #threshold = :threshold"
        what = f"Setting the threshold of the model of project {project!r}"
        with suppress(ConditionFailedError), translated(what):
            self._client.update_item(
                TableName=self._table,
                Key=to_item({"project": project}),
                UpdateExpression=update,
                ConditionExpression="#version = :version",
                ExpressionAttributeNames={"#version": "version", "#threshold": "threshold"},
                ExpressionAttributeValues=to_item({":version": version, **kept}),
            )


class S3ArtifactStore:
    """`ArtifactStore` over the models bucket; fetched files stay in `cache` for the container."""

    def __init__(self, bucket: str, client: S3Client, cache: Path | None = None) -> None:
        self._bucket = bucket
        self._client = client
        self._cache = cache or Path(tempfile.gettempdir()) / "sightline-models"

    def fetch(self, model: ModelRecord) -> Path:
        folder = self._cache / model.sha256
        if folder.is_dir():
            return folder
        self._cache.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(dir=self._cache))
        with translated(f"Fetching model {model.artifact!r}"):
            for name in SERVED_FILES:
                key = f"{model.artifact}/{name}"
                self._client.download_file(self._bucket, key, str(partial / name))
        try:
            partial.rename(folder)
        except OSError:  # another thread or process was quicker
            shutil.rmtree(partial)
        return folder

    def upload(self, folder: Path, artifact: str) -> None:
        with translated(f"Uploading model {artifact!r}"):
            for file in sorted(path for path in folder.iterdir() if path.is_file()):
                self._client.upload_file(str(file), self._bucket, f"{artifact}/{file.name}")
