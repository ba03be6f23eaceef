"""What travels between cameras and the ingest service, as models that OpenAPI is made from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    RootModel,
    Tag,
    WithJsonSchema,
)
from pydantic.alias_generators import to_camel

from sightline.domain import names, times
from sightline.domain.images import Reservation, UploadRequest
from sightline.domain.inspections import Recorded, Severity, Verdict
from sightline.http.requests import domain_rule
from sightline.workflow.upload import IMAGES_MAX, LegacyRequest, Upload

State = Literal["awaiting_upload", "inspected"]

ImageId = Annotated[
    str,
    AfterValidator(domain_rule(names.image_id)),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": names.IMAGE_ID_MAX}),
]
Metadata = Annotated[
    dict[str, str],
    AfterValidator(domain_rule(names.metadata)),
    WithJsonSchema(
        {
            "type": "object",
            "maxProperties": names.METADATA_KEYS_MAX,
            "propertyNames": {"pattern": "^[a-z0-9][a-z0-9-]{0,39}$"},
            "additionalProperties": {"type": "string", "maxLength": names.METADATA_VALUE_MAX},
        }
    ),
]
_TIME_SCHEMA = WithJsonSchema({"type": "string", "format": "date-time"})
TimeIn = Annotated[str, AfterValidator(domain_rule(times.from_wire)), _TIME_SCHEMA]
TimeOut = Annotated[str, _TIME_SCHEMA]


class _Wire(BaseModel):
    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=True
    )


class ImageToUpload(_Wire):
    """One picture that the camera is about to upload."""

    image_id: ImageId = Field(description="The camera's own id of the picture.")
    content_type: Literal["image/jpeg", "image/png", "image/bmp", "image/tiff"]
    size: int = Field(ge=1, description="The picture's exact size in bytes.")
    captured_at: TimeIn = Field(description="ISO 8601 with offset, at most 30 days ago.")
    metadata: Metadata = Field(default_factory=dict, description="Free keys, kept with the record.")

    def request(self) -> UploadRequest:
        """What the use case takes."""
        return UploadRequest(
            image_id=self.image_id,
            content_type=self.content_type,
            size=self.size,
            captured_at=self.captured_at,  # type: ignore[arg-type] # parsed by its validator
            metadata=self.metadata,
        )


class ImagesToUpload(_Wire):
    """Up to 100 pictures in one call; all are taken, or none."""

    images: Annotated[list[ImageToUpload], Field(min_length=1, max_length=IMAGES_MAX)]


def _form(value: Any) -> str:
    return "<several>" if isinstance(value, dict) and "images" in value else "<one>"


class UploadBody(
    RootModel[
        Annotated[
            Annotated[ImageToUpload, Tag("<one>")] | Annotated[ImagesToUpload, Tag("<several>")],
            Discriminator(_form),
        ]
    ]
):
    """One picture, or several under `images`."""

    def requests(self) -> list[UploadRequest]:
        """What the use case takes."""
        sent = self.root
        several = sent.images if isinstance(sent, ImagesToUpload) else [sent]
        return [image.request() for image in several]


class SignedPut(_Wire):
    """Where and how to send one picture: a PUT of exactly these headers to `url`."""

    image_id: str
    key: str = Field(description="The picture's key in the image bucket, chosen by the server.")
    method: Literal["PUT"]
    url: str
    headers: dict[str, str] = Field(description="All are signed: send them unchanged.")
    expires_at: TimeOut
    state: State = Field(description="`inspected`: it is there already, nothing is to be sent.")


class Uploads(_Wire):
    """The answers to the pictures of the request, in its order."""

    uploads: list[SignedPut]

    @classmethod
    def of(cls, uploads: Sequence[Upload]) -> Uploads:
        """The wire form of the use case's result."""
        return cls(
            uploads=[
                SignedPut(
                    image_id=upload.reservation.ref.image_id,
                    key=upload.reservation.key,
                    method="PUT",
                    url=upload.signed.url,
                    headers=dict(upload.signed.headers),
                    expires_at=times.to_wire(upload.signed.expires_at),
                    state="inspected" if upload.inspected else "awaiting_upload",
                )
                for upload in uploads
            ]
        )


class DefectRegion(_Wire):
    """A defective region: a box in pixels of the original picture, `area` as a share of it."""

    x: int
    y: int
    width: int
    height: int
    area: float
    score: float
    label: str | None


class ImageState(_Wire):
    """What is known of one picture; all members of the verdict are null before there is one."""

    image_id: str
    state: State
    captured_at: TimeOut
    recorded_at: TimeOut | None = None
    verdict: Verdict | None = None
    reason: str | None = Field(
        default=None, description="Why there is no verdict, as a stable code."
    )
    explanation: str | None = Field(default=None, description="The reason in words.")
    confidence: float | None = Field(default=None, description="0 to 1, in the verdict given.")
    severity: Severity | None = None
    regions: list[DefectRegion] = Field(default_factory=list)
    width: int | None = None
    height: int | None = None
    project: str
    model_version: str | None = None
    metadata: dict[str, str]

    @classmethod
    def of(cls, found: Recorded | Reservation) -> ImageState:
        """The wire form of the use case's result."""
        return cls._awaiting(found) if isinstance(found, Reservation) else cls._inspected(found)

    @classmethod
    def _awaiting(cls, reservation: Reservation) -> ImageState:
        return cls(
            image_id=reservation.ref.image_id,
            state="awaiting_upload",
            captured_at=times.to_wire(reservation.captured_at),
            project=reservation.project,
            metadata=dict(reservation.metadata),
        )

    @classmethod
    def _inspected(cls, recorded: Recorded) -> ImageState:
        found = recorded.inspection
        return cls(
            image_id=found.ref.image_id,
            state="inspected",
            captured_at=times.to_wire(found.captured_at),
            recorded_at=times.to_wire(recorded.recorded_at),
            verdict=found.verdict,
            reason=found.reason,
            explanation=found.explanation,
            confidence=found.confidence,
            severity=recorded.severity,
            regions=[DefectRegion(**vars(region)) for region in found.regions],
            width=found.width,
            height=found.height,
            project=found.project,
            model_version=found.model_version,
            metadata=dict(found.metadata),
        )


class LegacyQuery(BaseModel):
    """The query of a camera that was made for the AWS sample; other parameters are ignored."""

    model_config = ConfigDict(strict=True, extra="ignore")

    cameraid: str = Field(min_length=1, description="The camera of the token.")
    assemblylineid: str = Field(min_length=1, description="The line the camera is registered on.")
    imageid: str = Field(min_length=1, description="A file name; .jpg, .jpeg or .png is cut off.")

    def request(self) -> LegacyRequest:
        """What the use case takes."""
        return LegacyRequest(self.cameraid, self.assemblylineid, self.imageid)


class LegacyUpload(BaseModel):
    """The AWS sample's answer: PUT the picture to the URL with `Content-Type: image/jpeg`."""

    uploadURL: str  # noqa: N815 - the sample's own names
    photoFilename: str  # noqa: N815


class Health(_Wire):
    """The service runs; whether its tables answer is not looked at."""

    status: Literal["ok"]
    version: str
