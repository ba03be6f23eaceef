"""What Lookout for Vision's console had and its API never did, and pictures by S3 reference.

All below `/sightline`, in the manner of the protocol: its errors, its tokens, its pages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

from chalice.app import Response

from sightline.domain.lookout.answers import Members
from sightline.domain.lookout.calls import Call
from sightline.domain.lookout.datasets import DatasetType
from sightline.domain.lookout.errors import ValidationError
from sightline.domain.lookout.manifest import Label
from sightline.domain.lookout.records import S3Location, S3Object
from sightline.domain.lookout.schedules import Shift
from sightline.http.lookout import TOKEN, json_body, respond
from sightline.http.lookout_shapes import checked
from sightline.workflow.control import detect, entries, hosting, hosts, schedules, trials
from sightline.workflow.control.ports import ControlDeps

PROJECT = "/sightline/projects/{projectName}"
MODEL = PROJECT + "/models/{modelVersion}"
TRIALS = PROJECT + "/trials"
TRIAL = TRIALS + "/{trialName}"
TOKEN_HEADER = "x-amzn-client-token"  # noqa: S105 - a header's name
IN_PATH = {
    "projectName": "ProjectName",
    "modelVersion": "ModelVersionOrLatest",
    "datasetType": "DatasetType",
    "trialName": "JobName",
}


class Given:
    """A request to one of our own routes: members of the path, query and body, checked by shape."""

    def __init__(self, operation: str, request: Any, path: Mapping[str, str]) -> None:
        self._operation = operation
        self._request = request
        self.path = {
            name: checked(IN_PATH[name], unquote(value), name) for name, value in path.items()
        }
        self.body = json_body(request)

    def member(self, name: str, shape: str) -> Any:
        """A member of the body; `ValidationError` when it is missing or breaks the shape."""
        if self.body.get(name) is None:
            raise ValidationError(f"{name} is required.")
        return checked(shape, self.body[name], name)

    def array(self, name: str) -> list[Any]:
        """A member of the body that is an array with something in it."""
        found = self.body.get(name)
        if not isinstance(found, list) or not found:
            raise ValidationError(f"{name} must be an array with at least one entry.")
        return found

    def query(self, name: str) -> str | None:
        """A query parameter."""
        found: str | None = (self._request.query_params or {}).get(name)
        return found

    def page(self) -> dict[str, Any]:
        """`maxResults` and `nextToken`."""
        size, token = self.query("maxResults"), self.query("nextToken")
        if size is not None and not (size.isdecimal() and len(size) < 9):
            raise ValidationError("maxResults must be a whole number.")
        return {
            "max_results": int(size) if size else None,
            "next_token": checked("NextToken", token, "nextToken") if token else None,
        }

    @property
    def call(self) -> Call:
        """The request as idempotency sees it."""
        token = self._request.headers.get(TOKEN_HEADER)
        if token is not None:
            token = checked(TOKEN, token, TOKEN)
        return Call(self._operation, {**self.path, "body": self.body}, token)


def register(app: Any, route: Callable[[str, str], Any], deps: Callable[[], ControlDeps]) -> None:
    """Add the routes to the control service."""

    def add(path: str, method: str, status: int, answer: Callable[..., Members]) -> None:
        def view(**parameters: str) -> Response:
            def decided() -> tuple[int, Members]:
                given = Given(answer.__name__, app.current_request, parameters)
                return status, answer(given, deps())

            return respond(app, decided)

        view.__name__ = view.__qualname__ = answer.__name__
        route(path, method)(view)

    for path, method, status, answer in ROUTES:
        add(path, method, status, answer)


def detect_object(given: Given, deps: ControlDeps) -> Members:
    """DetectAnomalies for an image in S3: `{"S3Object": {"Bucket", "Key", "VersionId"}}`."""
    found = checked("InputObject", given.body.get("S3Object") or {}, "S3Object")
    source = S3Object(found["Bucket"], found["Key"], found.get("VersionId"))
    project, version = given.path["projectName"], given.path["modelVersion"]
    return detect.detect_object(project, version, source, deps=deps)


def remove_dataset_entries(given: Given, deps: ControlDeps) -> Members:
    """Take images out of a dataset: `{"SourceRefs": ["s3://bucket/key", ...]}`."""
    wanted = given.array("SourceRefs")
    source_refs = [checked("Text", one, f"SourceRefs[{at}]") for at, one in enumerate(wanted)]
    kind = DatasetType(given.path["datasetType"])
    return entries.remove_dataset_entries(
        given.path["projectName"], kind, source_refs, call=given.call, deps=deps
    )


def start_trial(given: Given, deps: ControlDeps) -> Members:
    """Try pictures: `{"ModelVersions": ["1", "2"], "Images": {"Bucket", "Prefix"}}`.

    `"DatasetType"` instead of `"Images"` takes a dataset, whose labels say which version is right.
    """
    wanted = given.array("ModelVersions")
    versions = [checked("ModelVersionOrLatest", one, "ModelVersions") for one in wanted]
    return trials.start_trial(
        given.path["projectName"], versions, _tried(given), call=given.call, deps=deps
    )


def _tried(given: Given) -> S3Location | DatasetType:
    if given.body.get("DatasetType") is not None:
        if given.body.get("Images") is not None:
            raise ValidationError("Give either Images or DatasetType.")
        return DatasetType(given.member("DatasetType", "DatasetType"))
    place = given.member("Images", "S3Location")
    return S3Location(place["Bucket"], place.get("Prefix", ""))


def list_trials(given: Given, deps: ControlDeps) -> Members:
    """A project's trials."""
    return trials.list_trials(given.path["projectName"], **given.page(), deps=deps)


def describe_trial(given: Given, deps: ControlDeps) -> Members:
    """A trial and a page of its pictures; `?disputed=true` for those that divide the versions."""
    disputed = given.query("disputed") == "true"
    return trials.describe_trial(*_trial(given), disputed=disputed, **given.page(), deps=deps)


def delete_trial(given: Given, deps: ControlDeps) -> Members:
    """Remove a trial."""
    return trials.delete_trial(*_trial(given), call=given.call, deps=deps)


def verify_trial(given: Given, deps: ControlDeps) -> Members:
    """Say what is right: `{"Labels": {"s3://bucket/key": "normal" or "anomaly"}}`."""
    wanted = given.body.get("Labels")
    if not isinstance(wanted, dict) or not wanted:
        raise ValidationError("Labels must be an object with at least one image.")
    labels = {
        checked("Text", source_ref, "Labels"): Label(checked("AnomalyClass", label, "Labels"))
        for source_ref, label in wanted.items()
    }
    return trials.verify_trial(*_trial(given), labels, call=given.call, deps=deps)


def add_trial_to_dataset(given: Given, deps: ControlDeps) -> Members:
    """Add what was verified to a dataset: `{"DatasetType": "train" or "test"}`."""
    kind = DatasetType(given.member("DatasetType", "DatasetType"))
    return trials.add_trial_to_dataset(*_trial(given), kind, call=given.call, deps=deps)


def start_on_demand(given: Given, deps: ControlDeps) -> Members:
    """StartModel without instances kept ready: it costs nothing between pictures.

    `{"MaxInferenceUnits"}`, if given, is how many may run at once.
    """
    project, version = given.path["projectName"], given.path["modelVersion"]
    most = given.body.get("MaxInferenceUnits")
    if most is not None:
        most = checked("Units", most, "MaxInferenceUnits")
    return hosting.start_model(
        project, version, min_units=0, max_units=most, call=given.call, deps=deps
    )


def put_schedule(given: Given, deps: ControlDeps) -> Members:
    """`{"Timezone", "MinInferenceUnits", "Shifts": [{"Days", "Start", "End"}]}`."""
    units = given.body.get("MinInferenceUnits", 1)
    return schedules.put_schedule(
        given.path["projectName"],
        given.path["modelVersion"],
        timezone=given.member("Timezone", "Text"),
        units=checked("Count", units, "MinInferenceUnits"),
        shifts=[_shift(shift) for shift in given.array("Shifts")],
        deps=deps,
    )


def describe_schedule(given: Given, deps: ControlDeps) -> Members:
    """The shift calendar of a version."""
    project, version = given.path["projectName"], given.path["modelVersion"]
    return schedules.describe_schedule(project, version, deps=deps)


def delete_schedule(given: Given, deps: ControlDeps) -> Members:
    """Remove the shift calendar; the model stays as it is."""
    project, version = given.path["projectName"], given.path["modelVersion"]
    return schedules.delete_schedule(project, version, deps=deps)


def put_host(given: Given, deps: ControlDeps) -> Members:
    """Run at a SageMaker endpoint: `{"ModelPackageArn", "InstanceType"}`; not while it runs."""
    return hosts.put_host(
        given.path["projectName"],
        given.path["modelVersion"],
        package=given.member("ModelPackageArn", "Text"),
        instance=given.member("InstanceType", "Text"),
        deps=deps,
    )


def describe_host(given: Given, deps: ControlDeps) -> Members:
    """Where a version runs: in our functions, or at an endpoint of its own."""
    project, version = given.path["projectName"], given.path["modelVersion"]
    return hosts.describe_host(project, version, deps=deps)


def delete_host(given: Given, deps: ControlDeps) -> Members:
    """Run in our functions again; not while it runs."""
    project, version = given.path["projectName"], given.path["modelVersion"]
    return hosts.delete_host(project, version, deps=deps)


def _shift(given: Any) -> Shift:
    if not isinstance(given, dict) or not isinstance(given.get("Days"), list):
        raise ValidationError("Shifts must be objects with Days, Start and End.")
    days = tuple(checked("Text", day, "Days") for day in given["Days"])
    start, end = (checked("Text", given.get(name), name) for name in ("Start", "End"))
    return Shift(days, start, end)


def _trial(given: Given) -> tuple[str, str]:
    return given.path["projectName"], given.path["trialName"]


ROUTES: tuple[tuple[str, str, int, Callable[[Given, ControlDeps], Members]], ...] = (
    (MODEL + "/detect", "POST", 200, detect_object),
    (MODEL + "/start-on-demand", "POST", 202, start_on_demand),
    (MODEL + "/schedule", "PUT", 200, put_schedule),
    (MODEL + "/schedule", "GET", 200, describe_schedule),
    (MODEL + "/schedule", "DELETE", 200, delete_schedule),
    (MODEL + "/host", "PUT", 200, put_host),
    (MODEL + "/host", "GET", 200, describe_host),
    (MODEL + "/host", "DELETE", 200, delete_host),
    (PROJECT + "/datasets/{datasetType}/remove", "POST", 202, remove_dataset_entries),
    (TRIALS, "POST", 202, start_trial),
    (TRIALS, "GET", 200, list_trials),
    (TRIAL, "GET", 200, describe_trial),
    (TRIAL, "DELETE", 200, delete_trial),
    (TRIAL + "/verify", "POST", 200, verify_trial),
    (TRIAL + "/dataset", "POST", 202, add_trial_to_dataset),
)
