"""Verdicts from a SageMaker endpoint that speaks as AWS's Marketplace defect model does.

The picture's bytes go in under their own content type. The answer is the inner object of Lookout
for Vision's: `{"Source": ..., "IsAnomalous": true, "Confidence": 0.94}`, and, for a segmentation
model, presumably `Anomalies` and `AnomalyMask`. It is read tolerantly, since AWS has published no
more of it than an example.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from sightline.adapters.aws.errors import code, translated
from sightline.adapters.endpoint_hosting import host_of
from sightline.domain.errors import UnavailableError, UnusableImageError
from sightline.domain.lookout.models import Model
from sightline.domain.lookout.records import S3Object
from sightline.workflow.control.ports import Anomaly, BusyError, Found

if TYPE_CHECKING:
    from mypy_boto3_sagemaker_runtime import SageMakerRuntimeClient

PNG = b"\x89PNG\r\n\x1a\n"
_ENVELOPE = "DetectAnomalyResult"
_BUSY = {"ThrottlingException", "ServiceUnavailable", "ModelNotReadyException"}
_NO_COLOUR = "#000000"


class SageMakerDetectHost:
    """`DetectHost` that asks the model's own endpoint; nobody else pays for its client."""

    def __init__(self, connect: Callable[[], SageMakerRuntimeClient]) -> None:
        self._connect = connect

    @cached_property
    def _client(self) -> SageMakerRuntimeClient:
        return self._connect()

    def detect(
        self,
        model: Model,
        picture: bytes,
        source: S3Object | None,  # noqa: ARG002
        *,
        mapped: bool = False,  # noqa: ARG002 - such models make none
    ) -> Found:
        return self.ask(host_of(model).endpoint, picture)

    def ask(self, endpoint: str, picture: bytes) -> Found:
        """What the model at this endpoint says of a PNG or JPEG."""
        with translated(f"Asking endpoint {endpoint}"):
            try:
                answer = self._client.invoke_endpoint(
                    EndpointName=endpoint,
                    Body=picture,
                    ContentType="image/png" if picture.startswith(PNG) else "image/jpeg",
                    Accept="application/json",
                )
            except ClientError as error:
                raise _meant(error, endpoint) from error
            return found_in(answer["Body"].read(), endpoint)


def found_in(body: bytes, endpoint: str) -> Found:
    """An answer's verdict; `UnavailableError` when it has none."""
    try:
        values = json.loads(body)
        values = values.get(_ENVELOPE, values)
        anomalous = values["IsAnomalous"]
        if isinstance(anomalous, str):
            anomalous = {"true": True, "false": False}[anomalous.lower()]
        confidence = float(values["Confidence"])
        if not isinstance(anomalous, bool) or not 0 <= confidence <= 1:
            raise ValueError("a verdict is true or false, with a confidence of 0 to 1")
        mask = values.get("AnomalyMask")
        return Found(
            anomalous,
            confidence,
            _anomalies(values.get("Anomalies") or ()),
            base64.b64decode(mask, validate=True) if mask else None,
        )
    except (AttributeError, KeyError, TypeError, ValueError, binascii.Error) as error:
        raise UnavailableError(
            f"Endpoint {endpoint} did not answer as a defect detection model does: "
            f"{error!r} in {body[:200]!r}"
        ) from error


def _anomalies(given: Sequence[Mapping[str, Any]]) -> list[Anomaly]:
    found = []
    for one in given:
        pixels = one.get("PixelAnomaly") or {}
        area, colour = pixels.get("TotalPercentageArea", 0), pixels.get("Color", _NO_COLOUR)
        found.append(Anomaly(str(one["Name"]), float(area), str(colour).upper()))
    return found


def _meant(error: ClientError, endpoint: str) -> Exception:
    """The model's refusal of a picture, a busy endpoint, or the error itself."""
    if code(error) in _BUSY:
        return BusyError(f"Endpoint {endpoint} is busy; try again.")
    told: Mapping[str, Any] = error.response
    if code(error) == "ModelError" and 400 <= int(told.get("OriginalStatusCode", 0)) < 500:
        message = told.get("OriginalMessage", "")
        return UnusableImageError("unsupported", f"The endpoint refused it: {message}"[:300])
    return error
