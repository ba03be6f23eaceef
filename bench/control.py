"""How quickly model control answers: `python -m bench.control [--rounds 40] [--out FILE]`.

On the local stack, through its gateway, signed as clients sign: from StartModel to HOSTED, and
DetectAnomalies of a one-megapixel JPEG, in turn with the same model's detector called directly in
this process. What the service adds is the difference of each pair. On a busy machine look at the
processor times: they are what the wall times are on a quiet one.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bench.speed import MEGAPIXEL, picture
from sightline import lookoutvision
from sightline.adapters.aws.models import DynamoModelRegistry, S3ArtifactStore
from sightline.cost import results
from sightline.domain.lookout.limits import SINGLE_ANOMALY_MIN, SINGLE_NORMAL_MIN
from sightline.domain.lookout.manifest import Label, write_line
from sightline.domain.lookout.records import S3Object
from sightline.domain.times import now
from sightline.local.iam.credentials import ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY
from sightline.local.stack import LocalStack
from sightline.vision.artifact import Detector

PROJECT = {"ProjectName": "megapixel"}
ONE = {**PROJECT, "ModelVersion": "1"}
TRAIN = {**PROJECT, "DatasetType": "train"}
FAILED = {"CREATE_FAILED", "TRAINING_FAILED", "HOSTING_FAILED"}
WARM_UP = 5
POLL_SECONDS = 0.02


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=40, help="pictures, one after the other")
    parser.add_argument("--starts", type=int, default=7)
    parser.add_argument("--out", type=Path, help="write the figures here, too, as JSON")
    options = parser.parse_args()
    with LocalStack() as stack, tempfile.TemporaryDirectory() as scratch:
        client = lookoutvision.client(
            stack.api_url("control"),
            region_name=REGION,
            aws_access_key_id=ACCESS_KEY_ID,
            aws_secret_access_key=SECRET_ACCESS_KEY,
        )
        train(stack, client)
        figures = {
            "start_to_hosted_seconds": spread(starts(client, options.starts)),
            **detections(stack, client, Path(scratch), options.rounds),
        }
    print(json.dumps(figures, indent=2))
    if options.out:
        results.save(options.out, figures)


def train(stack: LocalStack, client: Any) -> None:
    """A model that was trained on pictures of a megapixel."""
    s3, bucket, lines = stack.client("s3"), stack.outputs["modelsBucket"], []
    for label, count in ((Label.NORMAL, SINGLE_NORMAL_MIN), (Label.ANOMALY, SINGLE_ANOMALY_MIN)):
        for number in range(count):
            seed, bad = number + 10**6 * (label is Label.ANOMALY), label is Label.ANOMALY
            source = S3Object(bucket, f"bench/{label}/{number}.jpg")
            s3.put_object(
                Bucket=bucket, Key=source.key, Body=picture(MEGAPIXEL, seed, anomalous=bad)
            )
            lines.append(write_line(source, label, now()))
    client.create_project(**PROJECT)
    client.create_dataset(**TRAIN)
    client.update_dataset_entries(**TRAIN, Changes="\n".join(lines).encode())
    until(lambda: client.describe_dataset(**TRAIN)["DatasetDescription"], "UPDATE_COMPLETE")
    client.create_model(**PROJECT, OutputConfig={"S3Location": {"Bucket": bucket, "Prefix": "o/"}})
    until(lambda: client.describe_model(**ONE)["ModelDescription"], "TRAINED")


def until(look: Callable[[], Any], wanted: str) -> float:
    """Seconds until what is looked at has this status."""
    started = time.perf_counter()
    while (found := look())["Status"] != wanted:
        if found["Status"] in FAILED:
            raise RuntimeError(found["StatusMessage"])
        time.sleep(POLL_SECONDS)
    return time.perf_counter() - started


def starts(client: Any, count: int) -> list[float]:
    """Seconds from the call of StartModel to HOSTED, `count` times; the model runs afterwards."""
    seconds = []
    for number in range(count):
        if number:
            client.stop_model(**ONE)
            until(lambda: client.describe_model(**ONE)["ModelDescription"], "TRAINED")
        called = time.perf_counter()
        client.start_model(**ONE, MinInferenceUnits=1)
        until(lambda: client.describe_model(**ONE)["ModelDescription"], "HOSTED")
        seconds.append(time.perf_counter() - called)
    return seconds


def detections(stack: LocalStack, client: Any, scratch: Path, rounds: int) -> dict[str, Any]:
    """DetectAnomalies and the detector alone, in turn on the same pictures, in milliseconds."""
    record = DynamoModelRegistry(stack.outputs["modelsTable"], stack.client("dynamodb")).get(
        PROJECT["ProjectName"]
    )
    assert record is not None
    store = S3ArtifactStore(stack.outputs["modelsBucket"], stack.client("s3"), scratch)
    detector = Detector.load(store.fetch(record), threads=1)
    whole, alone, here, own = [], [], [], []
    for number in range(WARM_UP + rounds):
        data = picture(MEGAPIXEL, 2 * 10**6 + number)
        started, busy = time.perf_counter(), time.process_time()
        client.detect_anomalies(**ONE, Body=data, ContentType="image/jpeg")
        between, spent = time.perf_counter(), time.process_time()
        detector.detect(data)
        whole.append(1e3 * (between - started))
        alone.append(1e3 * (time.perf_counter() - between))
        here.append(1e3 * (spent - busy))
        own.append(1e3 * (time.process_time() - spent))
    added = [w - a for w, a in zip(whole, alone, strict=True)]
    functions = {name: stack.pool.figures.of(name).cpu for name in stack.pool.figures.names()}
    return {
        "picture_kb": round(len(data) / 1024),
        "detect_anomalies_ms": spread(whole[WARM_UP:]),
        "detector_alone_ms": spread(alone[WARM_UP:]),
        "added_ms": spread(added[WARM_UP:]),
        "processor_ms": {
            "client, gateway and emulated AWS": spread(here[WARM_UP:]),
            "detector alone": spread(own[WARM_UP:]),
            **{
                name: spread([1e3 * seconds for seconds in list(functions[name])[-rounds:]])
                for name in functions
                if name == "sightline-control" or name.startswith("control-detect")
            },
        },
    }


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, least and most."""
    found = {"median": statistics.median(values), "least": min(values), "most": max(values)}
    return {name: round(value, 3) for name, value in found.items()}


if __name__ == "__main__":
    main()
