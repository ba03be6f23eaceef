"""The control service: Lookout for Vision's protocol, and what it lacks below /sightline."""

# mypy: disable-error-code="untyped-decorator"
# Chalice is untyped, so its decorators are; the functions below are typed all the same.

from __future__ import annotations

import os
from typing import Any

from chalice.app import Chalice, CORSConfig, IAMAuthorizer, Response

import sightline
from sightline.domain.lookout.answers import Members
from sightline.domain.lookout.datasets import DatasetType
from sightline.http import lookout_extras, lookout_openapi
from sightline.http import lookout_requests as wire
from sightline.http.floor import routes as floor
from sightline.http.lookout import Asked, chalice_errors, operation, respond
from sightline.http.provider import Provider
from sightline.workflow.control import (
    datasets,
    detect,
    entries,
    hosting,
    models,
    packaging,
    projects,
    tags,
)
from sightline.workflow.control.ports import ControlDeps

app = Chalice(app_name="sightline-control")
app.api.binary_types = ["image/png", "image/jpeg"]
app.register_middleware(chalice_errors, "http")
iam = IAMAuthorizer()
# The admin site is of another origin. Who may is decided by signatures alone, never by cookies.
cors = CORSConfig(
    allow_origin="*",
    allow_headers=["If-None-Match", "X-Amzn-Client-Token"],
    expose_headers=["ETag", "Retry-After", "x-amzn-errortype", "x-amzn-requestid"],
    max_age=600,
)

PROJECTS = "/2020-11-20/projects"
PROJECT = PROJECTS + "/{projectName}"
DATASET = PROJECT + "/datasets/{datasetType}"
MODELS = PROJECT + "/models"
MODEL = MODELS + "/{modelVersion}"
JOBS = PROJECT + "/modelpackagingjobs"
TAGS = "/2020-11-20/tags/{resourceArn}"
# Clients encode the ARN's slashes; a gateway that decodes them makes it three segments.
SPLIT_TAGS = TAGS + "/{projectName}/{modelVersion}"


def _from_environment() -> ControlDeps:
    from sightline.bootstrap import control

    return control.control(os.environ)


deps = Provider(_from_environment)
use = deps.use


def route(path: str, method: str) -> Any:
    """A route that only signed requests reach; bodies are read whatever they are declared as."""
    return app.route(path, methods=[method], authorizer=iam, content_types=[], cors=cors)


# What each operation does is said once, in its description (sightline/lookoutvision).


@route(PROJECTS, "POST")
@operation(app, "CreateProject")
def create_project(asked: Asked) -> Members:
    return projects.create_project(asked["ProjectName"], call=asked.call, deps=deps())


@route(PROJECTS, "GET")
@operation(app, "ListProjects")
def list_projects(asked: Asked) -> Members:
    return projects.list_projects(**wire.page(asked), deps=deps())


@route(PROJECT, "GET")
@operation(app, "DescribeProject")
def describe_project(asked: Asked) -> Members:
    return projects.describe_project(asked["ProjectName"], deps=deps())


@route(PROJECT, "DELETE")
@operation(app, "DeleteProject")
def delete_project(asked: Asked) -> Members:
    return projects.delete_project(asked["ProjectName"], call=asked.call, deps=deps())


@route(PROJECT + "/datasets", "POST")
@operation(app, "CreateDataset")
def create_dataset(asked: Asked) -> Members:
    kind, source = DatasetType(asked["DatasetType"]), wire.dataset_source(asked)
    return datasets.create_dataset(asked["ProjectName"], kind, source, call=asked.call, deps=deps())


@route(DATASET, "GET")
@operation(app, "DescribeDataset")
def describe_dataset(asked: Asked) -> Members:
    return datasets.describe_dataset(*wire.dataset(asked), deps=deps())


@route(DATASET, "DELETE")
@operation(app, "DeleteDataset")
def delete_dataset(asked: Asked) -> Members:
    return datasets.delete_dataset(*wire.dataset(asked), call=asked.call, deps=deps())


@route(DATASET + "/entries", "GET")
@operation(app, "ListDatasetEntries")
def list_dataset_entries(asked: Asked) -> Members:
    wanted = wire.entry_filter(asked)
    return entries.list_dataset_entries(
        *wire.dataset(asked), wanted, **wire.page(asked), deps=deps()
    )


@route(DATASET + "/entries", "PATCH")
@operation(app, "UpdateDatasetEntries")
def update_dataset_entries(asked: Asked) -> Members:
    return entries.update_dataset_entries(
        *wire.dataset(asked), asked["Changes"], call=asked.call, deps=deps()
    )


@route(MODELS, "POST")
@operation(app, "CreateModel")
def create_model(asked: Asked) -> Members:
    request = wire.model_request(asked)
    return models.create_model(asked["ProjectName"], request, call=asked.call, deps=deps())


@route(MODELS, "GET")
@operation(app, "ListModels")
def list_models(asked: Asked) -> Members:
    return models.list_models(asked["ProjectName"], **wire.page(asked), deps=deps())


@route(MODEL, "GET")
@operation(app, "DescribeModel")
def describe_model(asked: Asked) -> Members:
    return models.describe_model(*wire.model(asked), deps=deps())


@route(MODEL, "DELETE")
@operation(app, "DeleteModel")
def delete_model(asked: Asked) -> Members:
    return models.delete_model(*wire.model(asked), call=asked.call, deps=deps())


@route(MODEL + "/start", "POST")
@operation(app, "StartModel")
def start_model(asked: Asked) -> Members:
    return hosting.start_model(
        *wire.model(asked),
        min_units=asked["MinInferenceUnits"],
        max_units=asked["MaxInferenceUnits"],
        call=asked.call,
        deps=deps(),
    )


@route(MODEL + "/stop", "POST")
@operation(app, "StopModel")
def stop_model(asked: Asked) -> Members:
    return hosting.stop_model(*wire.model(asked), call=asked.call, deps=deps())


@route(MODEL + "/detect", "POST")
@operation(app, "DetectAnomalies")
def detect_anomalies(asked: Asked) -> Members:
    return detect.detect_anomalies(
        *wire.model(asked),
        content_type=asked["ContentType"],
        body=asked["Body"],
        deps=deps(),
    )


@route(JOBS, "POST")
@operation(app, "StartModelPackagingJob")
def start_model_packaging_job(asked: Asked) -> Members:
    request = wire.packaging_request(asked)
    return packaging.start_model_packaging_job(
        asked["ProjectName"], request, call=asked.call, deps=deps()
    )


@route(JOBS, "GET")
@operation(app, "ListModelPackagingJobs")
def list_model_packaging_jobs(asked: Asked) -> Members:
    return packaging.list_model_packaging_jobs(
        asked["ProjectName"], **wire.page(asked), deps=deps()
    )


@route(JOBS + "/{jobName}", "GET")
@operation(app, "DescribeModelPackagingJob")
def describe_model_packaging_job(asked: Asked) -> Members:
    return packaging.describe_model_packaging_job(
        asked["ProjectName"], asked["JobName"], deps=deps()
    )


@route(SPLIT_TAGS, "POST")
@route(TAGS, "POST")
@operation(app, "TagResource")
def tag_resource(asked: Asked) -> Members:
    return tags.tag_resource(asked["ResourceArn"], wire.tags_of(asked), deps=deps())


@route(SPLIT_TAGS, "DELETE")
@route(TAGS, "DELETE")
@operation(app, "UntagResource")
def untag_resource(asked: Asked) -> Members:
    return tags.untag_resource(asked["ResourceArn"], asked["TagKeys"], deps=deps())


@route(SPLIT_TAGS, "GET")
@route(TAGS, "GET")
@operation(app, "ListTagsForResource")
def list_tags_for_resource(asked: Asked) -> Members:
    return tags.list_tags_for_resource(asked["ResourceArn"], deps=deps())


@route("/sightline/health", "GET")
def get_health() -> Response:
    """Whether the service runs, and its version."""
    return respond(app, lambda: (200, {"status": "ok", "version": sightline.__version__}))


@route("/sightline/openapi.json", "GET")
def get_openapi() -> Response:
    """This document."""
    return respond(app, lambda: (200, openapi()))


def openapi() -> dict[str, Any]:
    """The OpenAPI document of this service."""
    return lookout_openapi.document(version=sightline.__version__)


lookout_extras.register(app, route, deps)
floor.register(app, route, deps)
