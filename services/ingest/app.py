"""The ingest service: cameras ask where to put pictures, and what has become of them."""

# mypy: disable-error-code="untyped-decorator"
# Chalice is untyped, so its decorators are; the functions below are typed all the same.

from __future__ import annotations

import os
from typing import Any
from urllib.parse import unquote

from chalice.app import Chalice, CORSConfig

import sightline
from sightline.http import ingest as wire
from sightline.http.openapi import document
from sightline.http.provider import Provider
from sightline.http.requests import read_json, read_query, token
from sightline.http.views import authorize, canonical_errors, view
from sightline.workflow.authenticate import authenticate
from sightline.workflow.look_up import look_up
from sightline.workflow.upload import IngestDeps, upload, upload_legacy

AUTHORIZER_SECONDS = 60
LEGACY_HEADER = "authorizationToken"
ITS_VERDICT = {
    "Verdict": {
        "operationId": "get_image",
        "parameters": {"image_id": "$response.body#/uploads/0/imageId"},
        "description": "What has become of the first picture.",
    }
}

app = Chalice(app_name="sightline-ingest")
app.register_middleware(canonical_errors, "http")


def _from_environment() -> IngestDeps:
    from sightline.bootstrap import pipeline

    return pipeline.ingest(os.environ)


deps = Provider(_from_environment)
use = deps.use


def _identify(given: str) -> str:
    return authenticate(given, deps().cameras).camera_id


@app.authorizer(ttl_seconds=AUTHORIZER_SECONDS)
def camera(request: Any) -> Any:
    """The token of a camera, as `Authorization: Bearer slc.<camera id>.<secret>`."""
    return authorize(_identify, request, {"/uploads": ["POST"], "/images/*": ["GET"]})


@app.authorizer(ttl_seconds=AUTHORIZER_SECONDS, header=LEGACY_HEADER)
def legacy_camera(request: Any) -> Any:
    """The same token, in the header that cameras made for the AWS sample send."""
    return authorize(_identify, request, {"/getsignedurl": ["GET"]})


# API Gateway caches what the authorizers said; each view asks the registry again, so that a
# revoked camera or a replaced token is refused at once.


@app.route("/uploads", methods=["POST"], authorizer=camera)
@view(
    app, body=wire.UploadBody, answer=wire.Uploads, refuses=[400, 409, 413, 415], links=ITS_VERDICT
)
def create_uploads() -> wire.Uploads:
    """Announce one or up to 100 pictures and get a signed PUT URL for each.

    Asking twice for the same imageId gives the same key, so that retries are harmless.
    """
    sender = authenticate(token(app.current_request), deps().cameras)
    body = read_json(app.current_request, wire.UploadBody)
    return wire.Uploads.of(upload(body.requests(), sender, deps()))


@app.route("/images/{image_id}", authorizer=camera, content_types=[])
@view(app, answer=wire.ImageState, refuses=[400, 404])
def get_image(image_id: str) -> wire.ImageState:
    """The verdict of one of the camera's own pictures, once there is one."""
    sender = authenticate(token(app.current_request), deps().cameras)
    return wire.ImageState.of(look_up(unquote(image_id), sender, deps().inspections))


@app.route(
    "/getsignedurl",
    authorizer=legacy_camera,
    content_types=[],
    cors=CORSConfig(allow_origin="*", allow_headers=[LEGACY_HEADER]),
)
@view(app, query=wire.LegacyQuery, answer=wire.LegacyUpload, refuses=[400, 403, 409])
def get_signed_url() -> wire.LegacyUpload:
    """A signed PUT URL in the form that cameras made for the AWS sample expect."""
    sender = authenticate(token(app.current_request, LEGACY_HEADER), deps().cameras)
    query = read_query(app.current_request, wire.LegacyQuery)
    url = upload_legacy(query.request(), sender, deps())
    return wire.LegacyUpload(uploadURL=url, photoFilename=query.imageid)


@app.route("/health", content_types=[])
@view(app, answer=wire.Health)
def get_health() -> wire.Health:
    """Whether the service runs, and its version."""
    return wire.Health(status="ok", version=sightline.__version__)


@app.route("/openapi.json", content_types=[])
@view(app)
def get_openapi() -> dict[str, Any]:
    """This document."""
    return openapi()


def openapi() -> dict[str, Any]:
    """The OpenAPI document of this service."""
    return document(
        app,
        title="Sightline ingest",
        version=sightline.__version__,
        description="Cameras announce pictures, upload them to signed URLs and read the verdicts.",
    )
