"""Examples of the control service's domain that tests share."""

from __future__ import annotations

import json
import struct
import zlib
from dataclasses import replace
from typing import Any

from sightline.domain.lookout.arns import Owner
from sightline.domain.lookout.datasets import Dataset, DatasetStatus, DatasetType
from sightline.domain.lookout.models import Artifact, Model, ModelStatus, TrainingData
from sightline.domain.lookout.projects import Project
from sightline.domain.lookout.records import S3Location
from tests.examples import NOON

OWNER = Owner(region="eu-west-1", account="123456789012")
BUCKET = "pictures"


def project(**changes: Any) -> Project:
    """A project without datasets and models."""
    found = Project(name="castings", arn=OWNER.project("castings"), created_at=NOON)
    return replace(found, **changes)


def dataset(**changes: Any) -> Dataset:
    """An empty train dataset."""
    found = Dataset(
        project="castings",
        type=DatasetType.TRAIN,
        status=DatasetStatus.CREATE_COMPLETE,
        created_at=NOON,
        updated_at=NOON,
    )
    return replace(found, **changes)


def model(**changes: Any) -> Model:
    """A trained model that is not running."""
    found = Model(
        project="castings",
        version="1",
        arn=OWNER.model("castings", "1"),
        created_at=NOON,
        output=S3Location("out", "models/"),
        data=TrainingData("castings/train/a.jsonl", None, segmentation=False),
        status=ModelStatus.TRAINED,
        artifact=Artifact("castings/1", "ab" * 32, 640, 480),
    )
    return replace(found, **changes)


def line(
    key: str, label: str = "normal", *, bucket: str = BUCKET, mask: str = "", **more: Any
) -> str:
    """A manifest line as Ground Truth writes it."""
    values: dict[str, Any] = {
        "source-ref": f"s3://{bucket}/{key}",
        "anomaly-label": int(label == "anomaly"),
        "anomaly-label-metadata": {
            "class-name": label,
            "type": "groundtruth/image-classification",
            "human-annotated": "yes",
            "confidence": 1,
            "job-name": "labeling-job/anomaly-label",
            "creation-date": "2026-03-14T12:00:00.000Z",
        },
    }
    if mask:
        values["anomaly-mask-ref"] = f"s3://{bucket}/{mask}"
        values["anomaly-mask-ref-metadata"] = {
            "internal-color-map": {
                "0": {"class-name": "BACKGROUND", "hex-color": "#ffffff", "confidence": 0.0},
                "1": {"class-name": "cracked", "hex-color": "#23A436", "confidence": 0.0},
            },
            "type": "groundtruth/semantic-segmentation",
            "human-annotated": "yes",
        }
    return json.dumps({**values, **more})


def manifest(normal: int, anomaly: int, *, prefix: str = "", bucket: str = BUCKET) -> str:
    """A whole manifest: pictures `normal/0.png`, `anomaly/0.png` ..."""
    lines = [line(f"{prefix}normal/{n}.png", bucket=bucket) for n in range(normal)]
    lines += [line(f"{prefix}anomaly/{n}.png", "anomaly", bucket=bucket) for n in range(anomaly)]
    return "\n".join(lines) + "\n"


def png(width: int = 640, height: int = 480, shade: int = 128) -> bytes:
    """A small valid grey PNG of this size."""
    rows = (b"\x00" + bytes([shade]) * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(rows, 1)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def jpeg(width: int = 640, height: int = 480) -> bytes:
    """The headers of a JPEG of this size; nothing decodes it."""
    frame = b"\xff\xc0" + struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\x01\x11\x00"
    app = b"\xff\xe0" + struct.pack(">H", 16) + b"JFIF\x00" + bytes(9)
    return b"\xff\xd8" + app + frame + b"\xff\xd9"
