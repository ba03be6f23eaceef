"""A notebook as it was written with AWS's package `lookoutvision`: pictures to predictions.

It runs alone: `python lookout_sdk_driver.py BUCKET FOLDER`, with the endpoints set. Only the
package's own waiting, a minute at a time, is made shorter.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import boto3
from lookoutvision.lookoutvision import LookoutForVision
from lookoutvision.manifest import Manifest
from lookoutvision.metrics import Metrics

PROJECT = "notebook-boards"


def main(bucket: str, folder: Path) -> None:
    upload(bucket, folder)
    board = LookoutForVision(project_name=PROJECT)
    found: dict[str, Any] = {"missing": board.describe_project(), "arn": board.create_project()}
    again = board.create_project()
    assert again == found["arn"]
    manifests = Manifest(bucket=bucket, s3_path="", datasets=["training", "validation"])
    pushed = manifests.push_manifests()
    made = board.create_datasets(pushed, wait=True)
    found["datasets"] = {name: made[name]["Status"] for name in made}
    remade = board.update_datasets(pushed, wait=True)
    found["remade"] = {name: remade[name]["Status"] for name in remade}
    fitted = board.fit(output_bucket=bucket, model_prefix="k_fold_", wait=True)
    found["images"] = fitted["train_datasets"]["ImageStats"]
    metrics = Metrics(project_name=PROJECT)
    found["f1"] = float(metrics.describe_model()["Performance"]["F1Score"])
    found["models"] = len(metrics.describe_models())
    found["deployed"] = board.deploy(min_inf_units=1, wait=True)["status"]
    found["predicted"] = {
        label: board.predict(
            local_file=str(folder / "new" / label / "0.png"), content_type="image/png"
        )
        for label in ("normal", "anomaly")
    }
    board.batch_predict(
        input_bucket=bucket,
        input_prefix="validation/anomaly/",
        output_bucket=bucket,
        output_prefix="predicted/",
        content_type="image/png",
    )
    listed = boto3.client("s3").list_objects_v2(Bucket=bucket, Prefix="predicted/")
    found["batch"] = listed["KeyCount"]
    found["stopped"] = str(board.stop_model().get("Error", ""))
    found["deleted"] = str(board.delete_lookoutvision_project(PROJECT).get("Error", ""))
    print("\n" + json.dumps(found))


def upload(bucket: str, folder: Path) -> None:
    client = boto3.client("s3")
    for path in sorted(folder.rglob("*.png")):
        client.upload_file(str(path), bucket, str(path.relative_to(folder)))


if __name__ == "__main__":
    real = time.sleep
    time.sleep = lambda _seconds: real(0.3)
    main(sys.argv[1], Path(sys.argv[2]))
