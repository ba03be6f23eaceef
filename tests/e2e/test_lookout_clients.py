"""Programs written for Lookout for Vision, against the system on this machine.

Each makes a project, trains on real image files, hosts, detects and cleans up: through the gateway,
which checks every signature, with the functions, the table and the detector that are deployed.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from botocore import xform_name

from sightline import lookoutvision
from sightline.local.iam.credentials import ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY
from sightline.local.stack import LocalStack
from sightline.lookoutvision.description import description
from tests import old_clients
from tests.api import ROOT
from tests.e2e.observed import Observed
from tests.e2e.waiting import until
from tests.lookout_parts import part, put_dataset

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

TOOLS = ROOT / "tests"


@dataclass
class Plant:
    """A stack that is up, labelled parts in its bucket, and two new parts."""

    stack: LocalStack
    good: Path
    bad: Path

    @property
    def environment(self) -> dict[str, str]:
        """What a program of the user's is told."""
        return old_clients.environment(
            self.stack.api_url("control"),
            AWS_ENDPOINT_URL_S3=self.stack.endpoint,
            AWS_ACCESS_KEY_ID=ACCESS_KEY_ID,
            AWS_SECRET_ACCESS_KEY=SECRET_ACCESS_KEY,
            AWS_DEFAULT_REGION=REGION,
        )

    @property
    def bucket(self) -> str:
        """The one bucket that control may use without being told."""
        return str(self.stack.outputs["modelsBucket"])

    @property
    def s3(self) -> Any:
        return self.stack.client("s3")

    def run(self, *command: object, folder: Path, **more: str) -> str:
        """What a program prints; it has to end well."""
        done = subprocess.run(
            [str(word) for word in command],
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
            cwd=folder,
            env={**self.environment, **more},
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
        return done.stdout


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory, observed: Observed) -> Iterator[Plant]:
    folder = tmp_path_factory.mktemp("new")
    good, bad = folder / "good.png", folder / "bad.png"
    good.write_bytes(part("new", defect=False)[0])
    bad.write_bytes(part("new", defect=True)[0])
    with observed.stack() as stack:
        plant = Plant(stack, good, bad)
        for kind, normal, anomaly in (("train", 20, 10), ("test", 10, 10)):
            counts = {"normal": normal, "anomaly": anomaly}
            put_dataset(
                plant.s3, plant.bucket, f"{kind}.manifest", prefix=f"{kind}/", masks=True, **counts
            )
        yield plant


def drive(plant: Plant, project: str, folder: Path, python: object, **env: str) -> Any:
    """What the program with all operations called and saw."""
    driver = TOOLS / "lookout_driver.py"
    words = [python, driver, project, plant.bucket, plant.good, plant.bad]
    return json.loads(plant.run(*words, folder=folder, **env))


def assert_everything_was_seen(plant: Plant, project: str, seen: Any) -> None:
    """All 22 operations, and what a user reads from their answers."""
    assert set(seen["called"]) == set(description().operations)
    assert seen["project"] == f"arn:aws:lookoutvision:{REGION}:123456789012:project/{project}"
    as_told = {"Total": 30, "Labeled": 30, "Normal": 20, "Anomaly": 10}
    assert seen["datasets"] == {
        "train": as_told,
        "test": {"Total": 20, "Labeled": 20, "Normal": 10, "Anomaly": 10},
        "listed": 30,
        "relabelled": {"Total": 30, "Labeled": 30, "Normal": 21, "Anomaly": 9},
        "restored": as_told,
    }
    assert seen["model"]["performance"]["F1Score"] > 0.8
    assert seen["model"]["result"] == {
        "Bucket": plant.bucket,
        "Key": f"evaluation/EvaluationResult-{project}-1.json",
    }
    assert_evaluation(plant, seen["evaluation"], seen["model"]["performance"])
    assert seen["tags"] == [{"Key": "shift", "Value": "late"}]
    assert_detection(seen["detected"])
    assert seen["component"] == "1.0.0"
    assert project not in seen["left"]


def assert_evaluation(plant: Plant, found: Any, performance: Any) -> None:
    """The test dataset's pictures, each once, and the sums that the model tells of them."""
    tested = [
        f"s3://{plant.bucket}/test/{label}/{n}.png"
        for label in ("anomaly", "normal")
        for n in range(10)
    ]
    assert found["pictures"] == sorted(tested)
    assert found["accuracy"] > 0.8
    details = found["details"]
    assert (details["NumberOfTrainingImages"], details["NumberOfTestingImages"]) == (30, 20)
    for name, value in performance.items():
        assert found["metrics"][name] == pytest.approx(value, abs=1e-6)


def assert_detection(detected: Any) -> None:
    """A new faulty part is told from a new good one, and the fault is shown."""
    bad, good = detected["bad"], detected["good"]
    assert (bad["IsAnomalous"], good["IsAnomalous"]) == (True, False)
    assert 0.5 <= min(bad["Confidence"], good["Confidence"]) <= 1
    assert [anomaly["Name"] for anomaly in bad["Anomalies"]] == ["background", "cracked"]
    shares = [anomaly["PixelAnomaly"]["TotalPercentageArea"] for anomaly in bad["Anomalies"]]
    assert sum(shares) == pytest.approx(1)
    assert bytes.fromhex(bad["AnomalyMask"]).startswith(b"\x89PNG")


def test_the_last_botocore_that_had_the_service_unpatched(plant: Plant, tmp_path: Path) -> None:
    seen = drive(plant, "old-boards", tmp_path, old_clients.last_botocore())
    assert_everything_was_seen(plant, "old-boards", seen)
    assert seen["scopes"] == ["lookoutvision"]


def test_todays_boto3_with_the_installed_description(plant: Plant, tmp_path: Path) -> None:
    folder = lookoutvision.install(tmp_path / "models")
    seen = drive(plant, "boards", tmp_path, sys.executable, AWS_DATA_PATH=str(folder))
    assert_everything_was_seen(plant, "boards", seen)
    assert seen["scopes"] == ["execute-api"]


def test_the_client_that_needs_nothing_installed(plant: Plant) -> None:
    client = own_client(plant)
    client.create_project(ProjectName="nothing-installed")
    client.create_dataset(ProjectName="nothing-installed", DatasetType="train")
    told = client.describe_project(ProjectName="nothing-installed")["ProjectDescription"]
    assert [dataset["Status"] for dataset in told["Datasets"]] == ["CREATE_COMPLETE"]
    client.delete_dataset(ProjectName="nothing-installed", DatasetType="train")
    settled(
        lambda: (
            not client.describe_project(ProjectName="nothing-installed")["ProjectDescription"][
                "Datasets"
            ]
        )
    )
    client.delete_project(ProjectName="nothing-installed")


def own_client(plant: Plant) -> Any:
    return lookoutvision.client(
        plant.stack.api_url("control"),
        region_name=REGION,
        aws_access_key_id=ACCESS_KEY_ID,
        aws_secret_access_key=SECRET_ACCESS_KEY,
    )


def settled(look: Callable[[], Any], seconds: float = 120) -> Any:
    return until(look, seconds=seconds, what="what was asked for")


def test_the_last_aws_cli_that_had_the_service(plant: Plant, tmp_path: Path) -> None:
    cli = Cli(plant, tmp_path)
    cli_makes_a_model(cli)
    cli_tags(cli)
    cli_detects(cli)
    cli_packages(cli)
    cli_deletes(cli)
    assert cli.called == {xform_name(name, "-") for name in description().operations}


class Cli:
    """`aws lookoutvision` for one project, one process per call as a person types it."""

    def __init__(self, plant: Plant, folder: Path) -> None:
        self.plant = plant
        self.aws = old_clients.last_cli()
        self.folder = folder
        self.called: set[str] = set()

    def __call__(self, operation: str, *words: str, whole: bool = False) -> Any:
        """An operation on the project; `whole` for those that are not about one."""
        self.called.add(operation)
        project = () if whole else ("--project-name", "cli-boards")
        command = [self.aws, "lookoutvision", operation, *project, *words, "--output", "json"]
        told = self.plant.run(*command, folder=self.folder)
        return json.loads(told) if told.strip() else {}

    def wait(self, *asked: str, member: str, status: str) -> Any:
        """The answer's member, once it has this status."""

        def look() -> Any:
            found = self(*asked)[member]
            assert not found["Status"].endswith("FAILED"), found["StatusMessage"]
            return found if found["Status"] == status else None

        return settled(look)

    def model(self, status: str) -> Any:
        return self.wait("describe-model", *ONE, member="ModelDescription", status=status)


ONE = ("--model-version", "1")
TRAIN = ("--dataset-type", "train")


def cli_makes_a_model(cli: Cli) -> None:
    cli("create-project")
    assert cli("describe-project")["ProjectDescription"]["Datasets"] == []
    assert "cli-boards" in str(cli("list-projects", whole=True))
    place = {"S3Object": {"Bucket": cli.plant.bucket, "Key": "train.manifest"}}
    source = json.dumps({"GroundTruthManifest": place})
    cli("create-dataset", *TRAIN, "--dataset-source", source)
    dataset = {"member": "DatasetDescription", "status": "CREATE_COMPLETE"}
    assert cli.wait("describe-dataset", *TRAIN, **dataset)["ImageStats"]["Total"] == 30
    entries = cli("list-dataset-entries", *TRAIN, "--anomaly-class", "anomaly")["DatasetEntries"]
    assert len(entries) == 10
    changes = cli.folder / "changes.jsonl"
    changes.write_text(entries[0] + "\n")
    cli("update-dataset-entries", *TRAIN, "--changes", f"fileb://{changes}")
    dataset["status"] = "UPDATE_COMPLETE"
    cli.wait("describe-dataset", *TRAIN, **dataset)
    output = json.dumps({"S3Location": {"Bucket": cli.plant.bucket, "Prefix": "cli/"}})
    cli("create-model", "--output-config", output, "--description", "first")
    model = cli.model("TRAINED")
    assert model["Performance"]["F1Score"] > 0.8
    assert cli("list-models")["Models"][0]["ModelVersion"] == "1"


def cli_tags(cli: Cli) -> None:
    arn = ("--resource-arn", cli("describe-model", *ONE)["ModelDescription"]["ModelArn"])
    cli("tag-resource", *arn, "--tags", "Key=line,Value=1", "Key=shift,Value=late", whole=True)
    cli("untag-resource", *arn, "--tag-keys", "line", whole=True)
    told = cli("list-tags-for-resource", *arn, whole=True)
    assert told == {"Tags": [{"Key": "shift", "Value": "late"}]}


def cli_detects(cli: Cli) -> None:
    cli("start-model", *ONE, "--min-inference-units", "1")
    cli.model("HOSTED")
    for picture, anomalous in ((cli.plant.good, False), (cli.plant.bad, True)):
        body = ("--body", str(picture), "--content-type", "image/png")
        found = cli("detect-anomalies", *ONE, *body)["DetectAnomalyResult"]
        assert found["IsAnomalous"] is anomalous
    assert cli("stop-model", *ONE) == {"Status": "STOPPING_HOSTING"}
    cli.model("TRAINED")


def cli_packages(cli: Cli) -> None:
    greengrass = {
        "S3OutputLocation": {"Bucket": cli.plant.bucket, "Prefix": "edge/"},
        "ComponentName": "cli-boards",
        "TargetPlatform": {"Os": "LINUX", "Arch": "X86_64"},
    }
    asked = ("--job-name", "edge", "--configuration", json.dumps({"Greengrass": greengrass}))
    assert cli("start-model-packaging-job", *ONE, *asked) == {"JobName": "edge"}
    assert cli("list-model-packaging-jobs")["ModelPackagingJobs"][0]["JobName"] == "edge"
    described = ("describe-model-packaging-job", "--job-name", "edge")
    told = cli.wait(*described, member="ModelPackagingDescription", status="SUCCEEDED")
    assert told["ModelPackagingOutputDetails"]["Greengrass"]["ComponentVersion"] == "1.0.0"
    listed = cli.plant.s3.list_objects_v2(Bucket=cli.plant.bucket, Prefix="edge/cli-boards")
    assert [found["Key"] for found in listed["Contents"]] == ["edge/cli-boards-1.0.0.zip"]


def cli_deletes(cli: Cli) -> None:
    assert cli("delete-model", *ONE)["ModelArn"].endswith("model/cli-boards/1")
    settled(lambda: not cli("list-models")["Models"])
    cli("delete-dataset", *TRAIN)
    settled(lambda: not cli("describe-project")["ProjectDescription"]["Datasets"])
    cli("delete-project")
    assert "cli-boards" not in str(cli("list-projects", whole=True))


@pytest.mark.parametrize("signing_name", ["", "execute-api"], ids=["as before", "for the gateway"])
def test_the_last_sdk_for_javascript_that_had_the_service(
    plant: Plant, tmp_path: Path, signing_name: str
) -> None:
    node, sdk = old_clients.last_javascript()
    project = f"javascript-{signing_name or 'before'}"
    address = plant.stack.api_url("control")
    words = [sdk, address, signing_name, project, plant.bucket, plant.bad]
    seen = json.loads(plant.run(node, TOOLS / "lookout_driver.mjs", *words, folder=tmp_path))
    assert seen.pop("f1") > 0.8
    detected = seen.pop("detected")
    assert detected["IsAnomalous"] is True
    assert [anomaly["Name"] for anomaly in detected["Anomalies"]] == ["background", "cracked"]
    # A body that is streamed is not signed, and API Gateway wants it signed.
    refused = ["InvalidSignatureException", 403, None]
    assert seen.pop("streamed") == (refused if signing_name else True)
    assert seen == {
        "created": True,
        "again": ["ConflictException", 409, "PROJECT"],
        "images": {"Total": 30, "Labeled": 30, "Normal": 20, "Anomaly": 10},
        "entries": 30,
        "tags": [{"Key": "day shift", "Value": "größe"}],
        "early": ["ConflictException", 409, "MODEL"],
        "mask": "PNG",
        "gone": ["ResourceNotFoundException", 404, "PROJECT"],
    }


def test_the_package_that_aws_published_for_notebooks(plant: Plant, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    counts = {"training": (20, 10), "validation": (10, 10), "new": (1, 1)}
    for kind, (normal, anomaly) in counts.items():
        for label, count in (("normal", normal), ("anomaly", anomaly)):
            (folder / kind / label).mkdir(parents=True)
            for n in range(count):
                picture, _ = part(f"{kind}{n}", defect=label == "anomaly")
                (folder / kind / label / f"{n}.png").write_bytes(picture)
    driver = TOOLS / "lookout_sdk_driver.py"
    command = (old_clients.notebook_package(), driver, plant.bucket, folder)
    told = plant.run(*command, folder=tmp_path, HOME=str(tmp_path))
    found = json.loads(told.splitlines()[-1])
    complete = {"training": "CREATE_COMPLETE", "validation": "CREATE_COMPLETE"}
    predicted = found.pop("predicted")
    assert {label: said["IsAnomalous"] for label, said in predicted.items()} == {
        "normal": False,
        "anomaly": True,
    }
    assert found.pop("f1") > 0.8
    assert found == {
        "missing": {},
        "arn": f"arn:aws:lookoutvision:{REGION}:123456789012:project/notebook-boards",
        "datasets": complete,
        "remade": complete,
        "images": {"Total": 30, "Labeled": 30, "Normal": 20, "Anomaly": 10},
        "models": 3,
        "deployed": "HOSTED",
        "batch": 10,
        "stopped": "",
        "deleted": "",
    }
