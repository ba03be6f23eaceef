"""What operations of the API are made of: their HTTP binding, and members that many share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sightline.lookoutvision.shapes import Members, Shape, structure

COMMON_ERRORS = (
    "AccessDeniedException",
    "InternalServerException",
    "ValidationException",
    "ConflictException",
    "ResourceNotFoundException",
    "ThrottlingException",
)
QUOTA = "ServiceQuotaExceededException"


def at(place: str, shape: str, name: str, documentation: str = "") -> Shape:
    """A member that travels in the path, the query or a header."""
    found = {"shape": shape, "location": place, "locationName": name}
    return {**found, "documentation": documentation} if documentation else found


TOKEN: Members = {
    "ClientToken": {
        "shape": "ClientToken",
        "documentation": "Makes the call happen once, however often it is sent within 8 hours.",
        "idempotencyToken": True,
        "location": "header",
        "locationName": "X-Amzn-Client-Token",
    }
}
PAGE: Members = {
    "NextToken": at(
        "querystring", "NextToken", "nextToken", "Where to go on: the NextToken of the page before."
    ),
    "MaxResults": at(
        "querystring", "PageSize", "maxResults", "How many results a page has at most; 1 to 100."
    ),
}
FILTER: Members = {
    "Labeled": at(
        "querystring", "Flag", "labeled", "Only images with a label (true) or without one (false)."
    ),
    "AnomalyClass": at("querystring", "AnomalyClass", "anomalyClass", "Only images of this class."),
    "BeforeCreationDate": at(
        "querystring", "Moment", "createdBefore", "Only images added before this time."
    ),
    "AfterCreationDate": at(
        "querystring", "Moment", "createdAfter", "Only images added after this time."
    ),
    **PAGE,
    "SourceRefContains": at(
        "querystring",
        "SourceRefContains",
        "sourceRefContains",
        "Only images whose source-ref contains this text.",
    ),
}
IN_PROJECT: Members = {"ProjectName": at("uri", "ProjectName", "projectName")}
IN_DATASET: Members = {**IN_PROJECT, "DatasetType": at("uri", "DatasetType", "datasetType")}
OF_MODEL: Members = {
    **IN_PROJECT,
    "ModelVersion": at("uri", "ModelVersionOrLatest", "modelVersion"),
}
OF_JOB: Members = {**IN_PROJECT, "JobName": at("uri", "JobName", "jobName")}
OF_RESOURCE: Members = {"ResourceArn": at("uri", "ResourceArn", "resourceArn")}


@dataclass(frozen=True)
class Binding:
    """One operation. `required` and `answer` name members; further flags go to botocore as is."""

    name: str
    method: str
    path: str
    status: int
    asked: Members
    required: str
    answer: Members
    documentation: str
    errors: tuple[str, ...] = COMMON_ERRORS
    flags: Mapping[str, Any] = field(default_factory=dict)

    def operation(self) -> Shape:
        """The operation as botocore reads it."""
        http = {"method": self.method, "requestUri": self.path, "responseCode": self.status}
        return {
            "name": self.name,
            "http": http,
            "input": {"shape": f"{self.name}Request"},
            "output": {"shape": f"{self.name}Response"},
            "errors": [{"shape": error} for error in self.errors],
            "documentation": self.documentation,
            **self.flags,
        }

    def shapes(self) -> dict[str, Shape]:
        """The shapes of its request and its answer."""
        payload = {"payload": "Body"} if "Body" in self.asked else {}
        return {
            f"{self.name}Request": structure(self.asked, self.required, **payload),
            f"{self.name}Response": structure(self.answer),
        }
