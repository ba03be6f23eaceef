"""botocore's errors as the domain's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError

from sightline.domain.errors import ConflictError, NotFoundError, UnavailableError


class ConditionFailedError(ConflictError):
    """A conditional write found the item in another state; nothing was written."""


_ABSENT = {"NoSuchKey", "NoSuchVersion", "404", "NoSuchBucket"}


def code(error: ClientError) -> str:
    """The error code of an AWS answer, e.g. `ConditionalCheckFailedException`."""
    return str(error.response.get("Error", {}).get("Code", ""))


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Turn what AWS raises into `NotFoundError` or `UnavailableError`, naming `what` was done.

    A refused permission counts as unavailable too: the workflow retries, parks and raises an alarm,
    and after the role is mended the same input can be sent again.
    """
    try:
        yield
    except ClientError as error:
        if _condition_failed(error):
            raise ConditionFailedError(f"{what}: the item is in another state.") from error
        if code(error) in _ABSENT:
            raise NotFoundError(f"{what}: not found ({code(error)}).") from error
        raise UnavailableError(f"{what}: {error}") from error
    except BotoCoreError as error:
        raise UnavailableError(f"{what}: {error}") from error


def _condition_failed(error: ClientError) -> bool:
    if code(error) == "ConditionalCheckFailedException":
        return True
    reasons = error.response.get("CancellationReasons", [])
    return any(reason.get("Code") == "ConditionalCheckFailed" for reason in reasons)
