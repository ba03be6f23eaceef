"""The protocol's errors: a name for clients, an HTTP status and the members of the body."""

from __future__ import annotations

from typing import Any, ClassVar

from sightline.domain import errors

MESSAGE_MAX = 1000  # messages quote what was sent, which may be long
_SHOWN_MAX = 80

PROJECT, DATASET, MODEL = "PROJECT", "DATASET", "MODEL"
TRIAL, MODEL_PACKAGE_JOB = "TRIAL", "MODEL_PACKAGE_JOB"
SERVICE_CODE = "lookoutvision"


class LookoutError(errors.SightlineError):
    """Root of what the control API refuses. `code` and `status` are the protocol's."""

    code: ClassVar[str]
    status: ClassVar[int]

    def __init__(self, message: str, **members: str) -> None:
        super().__init__(message)
        self.members = members

    def body(self) -> dict[str, Any]:
        """The JSON body of the answer."""
        message = str(self)
        if len(message) > MESSAGE_MAX:
            message = message[: MESSAGE_MAX - 3] + "..."
        return {"Message": message, **self.members}


class ValidationError(LookoutError, errors.InvalidError):
    """A member breaks a rule; the message names both."""

    code = "ValidationException"
    status = 400


class _AboutResourceError(LookoutError):
    def __init__(self, message: str, resource_type: str, resource_id: str) -> None:
        super().__init__(message, ResourceId=resource_id, ResourceType=resource_type)


class ResourceNotFoundError(_AboutResourceError, errors.NotFoundError):
    """There is no such project, dataset, model or job."""

    code = "ResourceNotFoundException"
    status = 404


class ResourceConflictError(_AboutResourceError, errors.ConflictError):
    """The resource is in a state in which this cannot be done."""

    code = "ConflictException"
    status = 409


class QuotaExceededError(LookoutError, errors.ConflictError):
    """More is asked for than the account may have."""

    code = "ServiceQuotaExceededException"
    status = 402

    def __init__(self, message: str, quota: str, resource_type: str, resource_id: str) -> None:
        super().__init__(
            message,
            ResourceId=resource_id,
            ResourceType=resource_type,
            QuotaCode=quota,
            ServiceCode=SERVICE_CODE,
        )


class DeniedError(LookoutError, errors.ForbiddenError):
    """The caller, or the service on its behalf, may not do this."""

    code = "AccessDeniedException"
    status = 403


class ThrottlingError(LookoutError, errors.UnavailableError):
    """Too much at once; the same call may succeed after `Retry-After`."""

    code = "ThrottlingException"
    status = 429

    def __init__(self, message: str) -> None:
        super().__init__(message, QuotaCode="concurrency", ServiceCode=SERVICE_CODE)


class InternalError(LookoutError):
    """What nobody planned; the cause is in the log, not in the message."""

    code = "InternalServerException"
    status = 500


def shown(value: object) -> str:
    """A value as quoted in a message, cut short."""
    text = repr(value)
    return text if len(text) <= _SHOWN_MAX else text[:_SHOWN_MAX] + "..."
