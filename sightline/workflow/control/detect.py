"""DetectAnomalies, and the same by S3 reference for what a request cannot carry."""

from __future__ import annotations

import base64

from sightline.domain.errors import NotFoundError, TooLargeError, UnusableImageError
from sightline.domain.lookout import limits, pictures
from sightline.domain.lookout.answers import Members
from sightline.domain.lookout.errors import ValidationError
from sightline.domain.lookout.records import S3Object
from sightline.workflow.control import lookup
from sightline.workflow.control.ports import ControlDeps, Found

BY_REFERENCE = "POST /sightline/projects/{projectName}/models/{modelVersion}/detect"


def detect_anomalies(
    project: str, version: str, *, content_type: str, body: bytes, deps: ControlDeps
) -> Members:
    """What a hosted model says of the picture in the request."""
    pictures.check_declared(content_type)
    if not body:
        raise ValidationError("Body is empty; send the bytes of a PNG or JPEG image.")
    if len(body) > limits.DIRECT_BYTES_MAX:
        raise ValidationError(
            f"Body has {len(body)} bytes; a request carries at most {limits.DIRECT_BYTES_MAX}. "
            f'Put the image into S3 and send {{"S3Object": {{"Bucket", "Key"}}}} to {BY_REFERENCE}.'
        )
    return _detect(project, version, body, None, deps)


def detect_object(project: str, version: str, source: S3Object, *, deps: ControlDeps) -> Members:
    """What a hosted model says of a picture in S3, up to the service's 8 MB."""
    try:
        data = deps.objects.read(source, max_bytes=limits.IMAGE_BYTES_MAX)
    except NotFoundError as error:
        raise ValidationError(f"S3Object: there is no object {source}.") from error
    except TooLargeError as error:
        raise ValidationError(f"S3Object: {error}") from error
    return _detect(project, version, data, source, deps)


def look(project: str, version: str, source: S3Object, *, deps: ControlDeps) -> Found:
    """What a version says of a picture in S3, with the heat map; it need not be running."""
    model = lookup.get_triable(project, version, deps.registry)
    try:
        data = deps.objects.read(source, max_bytes=limits.IMAGE_BYTES_MAX)
        return deps.host.detect(model, data, source, mapped=True)
    except NotFoundError as error:
        raise ValidationError(f"source: there is no object {source}.") from error
    except (TooLargeError, UnusableImageError) as error:
        raise ValidationError(f"source: {source} cannot be inspected: {error}") from error


def _detect(
    project: str, version: str, data: bytes, source: S3Object | None, deps: ControlDeps
) -> Members:
    model = lookup.get_model(project, version, deps.registry)
    artifact = model.check_hosted()
    width, height = pictures.dimensions(data)
    pictures.check_size(width, height, "The image")
    if (width, height) != (artifact.width, artifact.height):
        raise ValidationError(
            f"The image has {width} x {height} pixels; the model was trained on images of "
            f"{artifact.width} x {artifact.height}."
        )
    try:
        found = deps.host.detect(model, data, source)
    except UnusableImageError as error:
        raise ValidationError(f"The image cannot be inspected: {error}") from error
    deps.attendance.note(model)
    return {"DetectAnomalyResult": result_members(found)}


def result_members(found: Found) -> Members:
    """The members of `DetectAnomalyResult`."""
    result: Members = {
        "Source": {"Type": "direct"},
        "IsAnomalous": found.anomalous,
        "Confidence": found.confidence,
    }
    if found.anomalies:
        result["Anomalies"] = [
            {
                "Name": anomaly.name,
                "PixelAnomaly": {
                    "TotalPercentageArea": anomaly.area,
                    "Color": anomaly.colour,
                },
            }
            for anomaly in found.anomalies
        ]
    if found.mask is not None:
        result["AnomalyMask"] = base64.b64encode(found.mask).decode()
    return result
