"""Programs written for Lookout for Vision work again: old clients unpatched, new ones installed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

import pytest

from sightline import lookoutvision
from sightline.adapters.aws.control_objects import S3ObjectStore
from sightline.lookoutvision.description import DATA, FILE, SERVICE, as_text, description
from sightline.workflow.control.ports import Found
from tests.api import ROOT
from tests.control_server import BUCKET, boards, serving, storage
from tests.control_world import PICTURE

DRIVER = ROOT / "tests" / "lookout_driver.py"
CACHE = ROOT / "build" / "compat"


def environment(endpoint: str, **more: str) -> dict[str, str]:
    """No profile, no proxy, no real credentials; only the endpoint is set."""
    return {
        "PATH": os.environ["PATH"],
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_ENDPOINT_URL_LOOKOUTVISION": endpoint,
        "AWS_MAX_ATTEMPTS": "1",
        "NO_PROXY": "127.0.0.1",
        **more,
    }


def drive(python: str, tmp_path: Path, **env: str) -> Any:
    """Run the driver against a fresh service; what it called and saw."""
    picture = tmp_path / "board.png"
    picture.write_bytes(PICTURE)
    with serving(boards(tmp_path)) as endpoint:
        done = subprocess.run(
            [python, str(DRIVER), BUCKET, str(picture)],
            capture_output=True,
            text=True,
            check=False,
            timeout=80,
            cwd=tmp_path,
            env=environment(endpoint, **env),
        )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


def assert_everything_was_seen(seen: Any) -> None:
    """All 22 operations, and what a user reads from their answers."""
    assert set(seen["called"]) == set(description().operations)
    assert seen["project"].endswith(":project/circuitboards")
    assert seen["datasets"] == {
        "train": {"Total": 30, "Labeled": 30, "Normal": 20, "Anomaly": 10},
        "test": {"Total": 20, "Labeled": 20, "Normal": 10, "Anomaly": 10},
        "updated": {"Total": 30, "Labeled": 30, "Normal": 21, "Anomaly": 9},
    }
    assert seen["model"] == {
        "performance": {"F1Score": 0.95, "Recall": 1.0, "Precision": 0.9},
        "result": {
            "Bucket": BUCKET,
            "Key": "evaluation/EvaluationResult-circuitboards-1.json",
        },
    }
    assert seen["tags"] == [{"Key": "shift", "Value": "late"}]
    detected = seen["detected"]
    assert (detected["IsAnomalous"], detected["Confidence"]) == (True, 0.93)
    assert detected["AnomalyMask"] == b"\x89PNG".hex()
    assert [anomaly["Name"] for anomaly in detected["Anomalies"]] == ["background", "cracked"]
    assert seen["component"] == "1.0.0"
    assert seen["left"] == []


def test_todays_boto3_with_the_installed_description(tmp_path: Path) -> None:
    folder = lookoutvision.install(tmp_path / "models")
    seen = drive(sys.executable, tmp_path, AWS_DATA_PATH=str(folder))
    assert_everything_was_seen(seen)
    assert seen["scopes"] == ["execute-api"]


def test_boto3_finds_what_is_installed_in_the_users_folder(tmp_path: Path) -> None:
    code = (
        "from sightline import lookoutvision; import boto3; lookoutvision.install();"
        "print(len(boto3.client('lookoutvision').meta.service_model.operation_names))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=environment("http://127.0.0.1:9", HOME=str(tmp_path)),
    )
    assert (done.returncode, done.stdout.strip()) == (0, "22"), done.stderr
    assert (tmp_path / ".aws/models/lookoutvision/2020-11-20/service-2.json").is_file()


def test_our_own_client_needs_nothing_installed() -> None:
    client = lookoutvision.client("http://127.0.0.1:9/v1", region_name="eu-west-1")
    assert client.meta.endpoint_url == "http://127.0.0.1:9/v1"
    assert client.can_paginate("list_dataset_entries")
    assert not client.can_paginate("list_tags_for_resource")


def test_a_client_without_an_endpoint_is_told_what_to_set() -> None:
    client = lookoutvision.client(region_name="eu-west-1")
    with pytest.raises(Exception, match="Set endpoint_url"):
        client.list_projects()


def test_the_file_that_clients_load_is_up_to_date() -> None:
    command = "python -m sightline.lookoutvision.description"
    assert FILE.read_text("utf-8") == as_text(), f"write it anew: {command}"


def test_installing_again_replaces_what_was_there(tmp_path: Path) -> None:
    target = tmp_path / SERVICE / "2020-11-20" / "service-2.json"
    lookoutvision.install(tmp_path)
    target.write_text("{}")
    lookoutvision.install(tmp_path)
    assert target.read_bytes() == (DATA / SERVICE / "2020-11-20/service-2.json").read_bytes()


def old_environment(package: str, version: str, *also: str) -> Path:
    """A virtual environment with a client that still had the service; made once, kept in build."""
    home = CACHE / f"{package}-{version}"
    python = home / "bin" / "python"
    ready = home / ".ready"
    if ready.is_file():
        return python
    venv.create(home, with_pip=True, clear=True)
    wanted = [f"{package}=={version}", *also]
    done = subprocess.run(
        [str(python), "-m", "pip", "install", "--quiet", *wanted],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    if done.returncode:
        pytest.skip(f"{package} {version} cannot be installed here: {done.stderr[-300:]}")
    ready.touch()
    return python


@pytest.mark.slow
def test_the_last_botocore_that_had_the_service_unpatched(tmp_path: Path) -> None:
    python = old_environment("botocore", "1.40.60", "boto3==1.40.60")
    seen = drive(str(python), tmp_path)
    assert_everything_was_seen(seen)
    assert seen["scopes"] == ["lookoutvision"]


@pytest.mark.slow
def test_an_old_client_signs_for_the_gateway_once_the_description_is_installed(
    tmp_path: Path,
) -> None:
    python = old_environment("botocore", "1.40.60", "boto3==1.40.60")
    folder = lookoutvision.install(tmp_path / "models")
    seen = drive(str(python), tmp_path, AWS_DATA_PATH=str(folder))
    assert_everything_was_seen(seen)
    assert seen["scopes"] == ["execute-api"]


@pytest.mark.slow
def test_the_last_aws_cli_that_had_the_service(tmp_path: Path) -> None:
    python = old_environment("awscli", "1.42.60")
    picture = tmp_path / "board.png"
    picture.write_bytes(PICTURE)
    with serving(boards(tmp_path)) as endpoint:

        def aws(*words: str) -> Any:
            done = subprocess.run(
                [str(python.with_name("aws")), "lookoutvision", *words, "--output", "json"],
                capture_output=True,
                text=True,
                check=False,
                timeout=60,
                env=environment(endpoint),
            )
            assert done.returncode == 0, done.stderr
            return json.loads(done.stdout) if done.stdout.strip() else {}

        arn = aws("create-project", "--project-name", "boards")["ProjectMetadata"]["ProjectArn"]
        assert arn.endswith("project/boards")
        source = {"GroundTruthManifest": {"S3Object": {"Bucket": BUCKET, "Key": "train.manifest"}}}
        train = ("--project-name", "boards", "--dataset-type", "train")
        aws("create-dataset", *train, "--dataset-source", json.dumps(source))
        told = aws("describe-dataset", *train)["DatasetDescription"]
        assert told["ImageStats"]["Total"] == 30
        entries = aws("list-dataset-entries", *train, "--anomaly-class", "anomaly")
        assert len(entries["DatasetEntries"]) == 10
        place = {"S3Location": {"Bucket": BUCKET, "Prefix": "out/"}}
        aws("create-model", "--project-name", "boards", "--output-config", json.dumps(place))
        one = ("--project-name", "boards", "--model-version", "1")
        assert aws("describe-model", *one)["ModelDescription"]["Status"] == "TRAINED"
        aws("start-model", *one, "--min-inference-units", "1")
        body = ("--body", str(picture), "--content-type", "image/png")
        assert aws("detect-anomalies", *one, *body)["DetectAnomalyResult"]["IsAnomalous"] is True
        assert aws("stop-model", *one) == {"Status": "STOPPING_HOSTING"}
        assert aws("list-projects")["Projects"][0]["ProjectName"] == "boards"


@pytest.mark.slow
def test_the_package_that_aws_published_for_notebooks(tmp_path: Path) -> None:
    also = ("boto3==1.40.60", "botocore==1.40.60")
    python = old_environment("lookoutvision", "0.1.10", *also)
    folder = tmp_path / "pictures"
    for part, normal, anomaly in (("training", 20, 10), ("validation", 10, 10)):
        for label, count in (("normal", normal), ("anomaly", anomaly)):
            (folder / part / label).mkdir(parents=True)
            for n in range(count):
                (folder / part / label / f"{n}.png").write_bytes(PICTURE)
    world = boards(tmp_path)
    world.host.answer = Found(True, 0.93)  # the package cannot write masks as JSON
    with storage() as (url, client), serving(world) as endpoint:
        world.use_objects(S3ObjectStore(client))
        done = subprocess.run(
            [str(python), str(ROOT / "tests" / "lookout_sdk_driver.py"), BUCKET, str(folder)],
            capture_output=True,
            text=True,
            check=False,
            timeout=80,
            cwd=tmp_path,
            env=environment(endpoint, AWS_ENDPOINT_URL_S3=url, HOME=str(tmp_path)),
        )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    complete = {"training": "CREATE_COMPLETE", "validation": "CREATE_COMPLETE"}
    assert found.pop("predicted")["IsAnomalous"] is True
    assert found == {
        "missing": {},
        "arn": "arn:aws:lookoutvision:eu-west-1:123456789012:project/boards",
        "datasets": complete,
        "remade": complete,
        "images": {"Total": 30, "Labeled": 30, "Normal": 20, "Anomaly": 10},
        "f1": 0.95,
        "models": 3,
        "deployed": "HOSTED",
        "batch": 10,
        "stopped": "",
        "deleted": "",
    }
