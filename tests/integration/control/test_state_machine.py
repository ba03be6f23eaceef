"""Random sequences of operations against the service, beside a small model of the protocol."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from sightline.domain.errors import InvalidError
from sightline.domain.lookout.jobs import Job
from tests.control_api import ControlApi
from tests.control_world import PICTURE
from tests.lookout_examples import OWNER, line, manifest

NAMES = st.sampled_from(["castings", "castings", "castings", "Boards_2"])
KINDS = st.sampled_from(["train", "test"])
VERSIONS = st.sampled_from(["1", "1", "latest", "2"])
KEYS = st.sampled_from(["line", "owner"])
OUTPUT = {"S3Location": {"Bucket": "out"}}
GREENGRASS = {
    "S3OutputLocation": {"Bucket": "out"},
    "ComponentName": "parts",
    "TargetPlatform": {"Os": "LINUX", "Arch": "X86_64"},
}
MANIFESTS = {
    "enough": manifest(20, 10),
    "few": manifest(3, 1),
    "broken": "{",
}
STARTABLE, STOPPABLE = {"TRAINED", "HOSTING_FAILED"}, {"HOSTED", "HOSTING_FAILED"}
DELETABLE = {"TRAINED", "TRAINING_FAILED", "HOSTING_FAILED"}
PACKAGABLE = {"TRAINED", "STARTING_HOSTING", "HOSTED", "HOSTING_FAILED", "STOPPING_HOSTING"}
READY = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_FAILED_ROLLBACK_COMPLETE"}


def stays(dataset: dict[str, Any]) -> bool:
    """Whether a dataset takes its place: one that is being deleted does not."""
    return str(dataset["status"]) != "DELETE_IN_PROGRESS"


class Control(RuleBasedStateMachine):
    """`projects` is the model: what the protocol says there is, and in which status."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.api = ControlApi(Path(self.folder.name))
        self.projects: dict[str, dict[str, Any]] = {}
        self.hosting_works = True
        for name, text in MANIFESTS.items():
            self.api.world.objects.put(f"s3://pictures/{name}.manifest", text)
        for entry in MANIFESTS["enough"].split("\n")[:-1]:
            self.api.world.objects.put(json.loads(entry)["source-ref"], PICTURE)

    def teardown(self) -> None:
        self.folder.cleanup()

    def expect(self, operation: str, wanted: str | None, **members: Any) -> Any:
        """The answer is the wanted refusal, or a success when None is wanted."""
        answer = self.api.do(operation, **members)
        assert answer.headers.get("x-amzn-errortype") == wanted, (operation, members, answer)
        return answer.json

    def version(self, name: str, version: str) -> str | None:
        models = self.projects.get(name, {}).get("models", {})
        if version == "latest":
            return max(models, key=int, default=None)
        return version if version in models else None

    def of_model(self, name: str, version: str, allowed: set[str]) -> tuple[str | None, str | None]:
        """The version meant, and the refusal that the protocol has for this status."""
        found = self.version(name, version)
        if found is None:
            return None, "ResourceNotFoundException"
        status = self.projects[name]["models"][found]
        return found, None if status in allowed else "ConflictException"

    @initialize(begun=st.sampled_from(["", "trained", "hosted"]))
    def begin(self, begun: str) -> None:
        """Most walks begin where models are: random steps rarely get that far."""
        if begun:
            self.create_project("castings")
            self.create_dataset("castings", "train", "enough")
            self.jobs_run(sweep=False)
            self.create_model("castings")
            self.jobs_run(sweep=False)
        if begun == "hosted":
            self.start_model("castings", "1")
            self.jobs_run(sweep=False)

    @rule(name=NAMES)
    def create_project(self, name: str) -> None:
        exists = name in self.projects
        self.expect("CreateProject", "ConflictException" if exists else None, ProjectName=name)
        new: dict[str, Any] = {"datasets": {}, "models": {}, "tags": {}, "packages": {}, "last": 0}
        self.projects.setdefault(name, new)

    @rule(name=NAMES)
    def delete_project(self, name: str) -> None:
        found = self.projects.get(name)
        wanted = None
        if found is None:
            wanted = "ResourceNotFoundException"
        elif found["models"] or any(map(stays, found["datasets"].values())):
            wanted = "ConflictException"
        self.expect("DeleteProject", wanted, ProjectName=name)
        if wanted is None:
            del self.projects[name]

    @rule(name=NAMES, kind=KINDS, source=st.sampled_from([None, *MANIFESTS, "missing"]))
    def create_dataset(self, name: str, kind: str, source: str | None) -> None:
        found = self.projects.get(name)
        wanted = None
        if found is None:
            wanted = "ResourceNotFoundException"
        elif kind in found["datasets"] and stays(found["datasets"][kind]):
            wanted = "ConflictException"
        members: dict[str, Any] = {"ProjectName": name, "DatasetType": kind}
        if source:
            place = {"Bucket": "pictures", "Key": f"{source}.manifest"}
            members["DatasetSource"] = {"GroundTruthManifest": {"S3Object": place}}
        self.expect("CreateDataset", wanted, **members)
        if found is not None and wanted is None:
            status = "CREATE_IN_PROGRESS" if source else "CREATE_COMPLETE"
            found["datasets"][kind] = {"status": status, "source": source, "enough": False}

    @rule(name=NAMES, kind=KINDS, good=st.booleans())
    def update_dataset(self, name: str, kind: str, good: bool) -> None:
        found = self.projects.get(name, {}).get("datasets", {}).get(kind)
        wanted = None
        if found is None:
            wanted = "ResourceNotFoundException"
        elif found["status"] not in READY:
            wanted = "ConflictException"
        text = line("normal/0.png") if good else line("x.png") + "\n" + line("y.png", bucket="b2")
        refused = wanted if good else "ValidationException"
        self.expect(
            "UpdateDatasetEntries",
            refused,
            ProjectName=name,
            DatasetType=kind,
            Changes=text.encode(),
        )
        if found is not None and refused is None:
            found["status"] = "UPDATE_IN_PROGRESS"

    @rule(name=NAMES, kind=KINDS)
    def delete_dataset(self, name: str, kind: str) -> None:
        found = self.projects.get(name, {}).get("datasets", {}).get(kind)
        wanted = None
        if found is None:
            wanted = "ResourceNotFoundException"
        elif found["status"] not in READY | {"CREATE_FAILED", "DELETE_FAILED"}:
            wanted = "ConflictException"
        self.expect("DeleteDataset", wanted, ProjectName=name, DatasetType=kind)
        if found is not None and wanted is None:
            found["status"] = "DELETE_IN_PROGRESS"

    @rule(name=NAMES)
    def create_model(self, name: str) -> None:
        found = self.projects.get(name)
        wanted = self._refusal_of_training(found)
        self.expect("CreateModel", wanted, ProjectName=name, OutputConfig=OUTPUT)
        if found is not None and wanted is None:
            found["last"] += 1
            found["models"][str(found["last"])] = "TRAINING"

    def _refusal_of_training(self, found: dict[str, Any] | None) -> str | None:
        if found is None:
            return "ResourceNotFoundException"
        datasets = found["datasets"]
        if any(dataset["status"] not in READY for dataset in datasets.values()):
            return "ConflictException"
        if "train" not in datasets:
            return "ConflictException"
        if not all(dataset["enough"] for dataset in datasets.values()):
            return "ValidationException"
        statuses = [s for project in self.projects.values() for s in project["models"].values()]
        return "ServiceQuotaExceededException" if statuses.count("TRAINING") >= 2 else None

    @rule(name=NAMES, version=VERSIONS)
    def start_model(self, name: str, version: str) -> None:
        found, wanted = self.of_model(name, version, STARTABLE)
        self.expect(
            "StartModel", wanted, ProjectName=name, ModelVersion=version, MinInferenceUnits=1
        )
        if found and wanted is None:
            self.projects[name]["models"][found] = "STARTING_HOSTING"

    @rule(name=NAMES, version=VERSIONS)
    def stop_model(self, name: str, version: str) -> None:
        found, wanted = self.of_model(name, version, STOPPABLE)
        self.expect("StopModel", wanted, ProjectName=name, ModelVersion=version)
        if found and wanted is None:
            self.projects[name]["models"][found] = "STOPPING_HOSTING"

    @rule(name=NAMES, version=st.sampled_from(["1", "2"]))
    def delete_model(self, name: str, version: str) -> None:
        found, wanted = self.of_model(name, version, DELETABLE)
        self.expect("DeleteModel", wanted, ProjectName=name, ModelVersion=version)
        if found and wanted is None:
            self.projects[name]["models"][found] = "DELETING"

    @rule(name=NAMES, version=VERSIONS)
    def detect(self, name: str, version: str) -> None:
        _, wanted = self.of_model(name, version, {"HOSTED"})
        self.expect(
            "DetectAnomalies",
            wanted,
            ProjectName=name,
            ModelVersion=version,
            Body=PICTURE,
            ContentType="image/png",
        )

    @rule(name=NAMES, version=VERSIONS, key=KEYS, value=st.sampled_from(["", "1"]))
    def tag(self, name: str, version: str, key: str, value: str) -> None:
        found = self.version(name, version)
        wanted = None if found else "ResourceNotFoundException"
        arn = OWNER.model(name, found or "9")
        self.expect("TagResource", wanted, ResourceArn=arn, Tags=[{"Key": key, "Value": value}])
        if found:
            self.projects[name]["tags"].setdefault(found, {})[key] = value

    @rule(name=NAMES, version=VERSIONS, key=KEYS)
    def untag(self, name: str, version: str, key: str) -> None:
        found = self.version(name, version)
        wanted = None if found else "ResourceNotFoundException"
        arn = OWNER.model(name, found or "9")
        self.expect("UntagResource", wanted, ResourceArn=arn, TagKeys=[key])
        if found:
            self.projects[name]["tags"].get(found, {}).pop(key, None)

    @rule(name=NAMES, version=VERSIONS, job=st.sampled_from(["first", "second"]))
    def package(self, name: str, version: str, job: str) -> None:
        found, wanted = self.of_model(name, version, PACKAGABLE)
        if wanted is None and job in self.projects[name]["packages"]:
            wanted = "ConflictException"
        self.expect(
            "StartModelPackagingJob",
            wanted,
            ProjectName=name,
            ModelVersion=version,
            JobName=job,
            Configuration={"Greengrass": GREENGRASS},
        )
        if wanted is None:
            self.projects[name]["packages"][job] = (found, "CREATED")

    @rule(works=st.booleans())
    def hosting_changes(self, works: bool) -> None:
        self.hosting_works = works
        self.api.world.hosting.error = None if works else InvalidError("no capacity")

    @rule()
    def more_jobs_run(self) -> None:
        self.jobs_run(sweep=False)

    @rule(sweep=st.booleans())
    def jobs_run(self, sweep: bool) -> None:
        if sweep:
            self.api.world.starter.waiting.clear()  # every request for a run was lost
            self.api.world.sweep()
        self.api.world.run_all()
        for project in self.projects.values():
            self._settle_datasets(project["datasets"])
            self._settle_models(project["models"])
            left = project["models"]
            project["tags"] = {v: tags for v, tags in project["tags"].items() if v in left}
            project["packages"] = {
                job: (version, "SUCCEEDED")
                for job, (version, _) in project["packages"].items()
                if version in left
            }

    def _settle_datasets(self, datasets: dict[str, Any]) -> None:
        for kind, dataset in list(datasets.items()):
            if dataset["status"] == "CREATE_IN_PROGRESS":
                good = dataset["source"] in {"enough", "few"}
                dataset["status"] = "CREATE_COMPLETE" if good else "CREATE_FAILED"
                dataset["enough"] = dataset["source"] == "enough"
            elif dataset["status"] == "UPDATE_IN_PROGRESS":
                dataset["status"] = "UPDATE_COMPLETE"
            elif dataset["status"] == "DELETE_IN_PROGRESS":
                del datasets[kind]

    def _settle_models(self, models: dict[str, str]) -> None:
        started = "HOSTED" if self.hosting_works else "HOSTING_FAILED"
        after = {
            "TRAINING": "TRAINED",
            "STARTING_HOSTING": started,
            "STOPPING_HOSTING": "TRAINED",
        }
        for version, status in list(models.items()):
            if status == "DELETING":
                del models[version]
            else:
                models[version] = after.get(status, status)

    @invariant()
    def the_service_says_what_the_protocol_says(self) -> None:
        listed = self.expect("ListProjects", None)["Projects"]
        assert [project["ProjectName"] for project in listed] == sorted(self.projects)
        for name, wanted in self.projects.items():
            told = self.expect("DescribeProject", None, ProjectName=name)["ProjectDescription"]
            assert {d["DatasetType"]: d["Status"] for d in told["Datasets"]} == {
                kind: dataset["status"] for kind, dataset in wanted["datasets"].items()
            }
            models = self.expect("ListModels", None, ProjectName=name)["Models"]
            assert {m["ModelVersion"]: m["Status"] for m in models} == wanted["models"]
            for version, status in wanted["models"].items():
                event(status)
                arn = OWNER.model(name, version)
                told = self.expect("ListTagsForResource", None, ResourceArn=arn)["Tags"]
                assert {t["Key"]: t["Value"] for t in told} == wanted["tags"].get(version, {})
            jobs = self.expect("ListModelPackagingJobs", None, ProjectName=name)
            assert {
                job["JobName"]: (job["ModelVersion"], job["Status"])
                for job in jobs["ModelPackagingJobs"]
            } == wanted["packages"]

    @invariant()
    def nothing_is_left_over(self) -> None:
        world = self.api.world
        if any(kind is Job for kind, *_ in world.registry.records):
            return
        hosted = {
            OWNER.model(name, version)
            for name, project in self.projects.items()
            for version, status in project["models"].items()
            if status == "HOSTED"
        }
        assert set(world.hosting.running) == hosted
        if not self.projects:
            assert not world.entries.sets
            assert not world.files.stored


TestControl = Control.TestCase
TestControl.settings = settings(
    max_examples=40,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
