"""Functions that control calls: the worker that runs jobs, and detection."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sightline.adapters.aws.errors import translated
from sightline.adapters.control_hosting import model_record
from sightline.domain.errors import UnavailableError, UnusableImageError
from sightline.domain.lookout.models import Model
from sightline.domain.lookout.records import S3Object
from sightline.workflow.control.ports import Anomaly, BusyError, Found

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


class LambdaJobStarter:
    """`JobStarter` that has the worker function run a job."""

    def __init__(self, function: str, client: LambdaClient) -> None:
        self._function = function
        self._client = client

    def start(self, job_id: str) -> None:
        with translated(f"Starting job {job_id}"):
            self._client.invoke(
                FunctionName=self._function,
                InvocationType="Event",
                Payload=json.dumps({"job": job_id}).encode(),
            )


class LambdaDetectHost:
    """`DetectHost` that asks the detection function and waits for it.

    The picture travels in the request unless it lies in S3, because a request carries 6 MB.
    """

    def __init__(self, function: str, client: LambdaClient) -> None:
        self._function = function
        self._client = client

    def detect(
        self, model: Model, picture: bytes, source: S3Object | None, *, mapped: bool = False
    ) -> Found:
        colours = dict(model.artifact.colours) if model.artifact else {}
        event: dict[str, Any] = {"model": asdict(model_record(model)), "colours": colours}
        if mapped:
            event["mapped"] = True
        if source is None:
            event["picture"] = base64.b64encode(picture).decode()
        else:
            event["source"] = asdict(source)
        with translated("Calling the detection function"):
            answer = self._invoke(json.dumps(event).encode())
            payload = json.loads(answer["Payload"].read())
        if answer.get("FunctionError"):
            raise UnavailableError(f"The detection function failed: {str(payload)[:300]}")
        return found_in(payload)

    def _invoke(self, event: bytes) -> Any:
        try:
            return self._client.invoke(FunctionName=self._function, Payload=event)
        except self._client.exceptions.TooManyRequestsException as error:
            raise BusyError("All of the model's inference units are busy; try again.") from error


def found_in(payload: dict[str, Any]) -> Found:
    """The detection function's answer; `UnusableImageError` when it refused the picture."""
    if "refused" in payload:
        raise UnusableImageError(payload["refused"]["reason"], payload["refused"]["message"])
    mask, heat_map = payload.get("mask"), payload.get("heat_map")
    return Found(
        anomalous=payload["anomalous"],
        confidence=payload["confidence"],
        anomalies=[Anomaly(**anomaly) for anomaly in payload.get("anomalies", ())],
        mask=base64.b64decode(mask) if mask else None,
        heat_map=base64.b64decode(heat_map) if heat_map else None,
    )
