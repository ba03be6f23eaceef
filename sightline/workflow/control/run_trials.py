"""The job that tries pictures on models."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from sightline.domain.errors import NotFoundError, TooLargeError, UnusableImageError
from sightline.domain.lookout import limits
from sightline.domain.lookout.errors import ValidationError
from sightline.domain.lookout.jobs import Job
from sightline.domain.lookout.models import Model, version_name
from sightline.domain.lookout.records import S3Object
from sightline.domain.lookout.trials import Said, Trial, Tried, results_key
from sightline.workflow.control.finish import finish
from sightline.workflow.control.ports import Change, Put, WorkDeps

SUFFIXES = (".png", ".jpg", ".jpeg")
PICTURES_AT_ONCE = 8
_LISTED_MAX = 10 * limits.TRIAL_IMAGES_MAX  # other files may lie between the pictures


def run_trial(job: Job, deps: WorkDeps) -> None:
    """Try every picture on every version; a picture that cannot be inspected says why."""
    trial = _waiting(job, deps)
    tried: list[Tried] = []
    key = results_key(job.project, job.subject)
    if trial is not None:
        models = [_model(trial, version, deps) for version in trial.versions]
        pictures = _pictures(trial, deps)
        with ThreadPoolExecutor(PICTURES_AT_ONCE) as pool:
            tried = list(pool.map(lambda picture: _try(picture, models, deps), pictures))
        deps.entries.write(key, [picture.to_line() for picture in tried])

    def settle() -> Sequence[Change]:
        now = _waiting(job, deps)
        return [Put(now.completed(key, len(tried)))] if now else []

    finish(job, deps, settle)
    if deps.registry.get(Trial, job.project, job.subject) is None:  # deleted meanwhile
        deps.entries.delete(key)


def failed(job: Job, reason: str, deps: WorkDeps) -> Sequence[Change]:
    """What a job's end without success makes of the trial."""
    trial = _waiting(job, deps)
    return [Put(trial.failed(reason))] if trial else []


def _waiting(job: Job, deps: WorkDeps) -> Trial | None:
    found = deps.registry.get(Trial, job.project, job.subject)
    return found if found is not None and found.job == job.job_id else None


def _model(trial: Trial, version: str, deps: WorkDeps) -> Model:
    found = deps.registry.get(Model, trial.project, version_name(version))
    if found is None or found.artifact is None:
        raise NotFoundError(f"Model version {version} was deleted.")
    return found


def _pictures(trial: Trial, deps: WorkDeps) -> list[S3Object]:
    listed = deps.objects.list(trial.images, limit=_LISTED_MAX)
    found = [picture for picture in listed if picture.key.lower().endswith(SUFFIXES)]
    place = f"s3://{trial.images.bucket}/{trial.images.prefix}"
    if not found:
        raise ValidationError(f"There are no PNG or JPEG images below {place}.")
    if len(found) > limits.TRIAL_IMAGES_MAX:
        raise ValidationError(
            f"There are more than {limits.TRIAL_IMAGES_MAX} images below {place}; try fewer."
        )
    return found


def _try(picture: S3Object, models: Sequence[Model], deps: WorkDeps) -> Tried:
    said: dict[str, Said] = {}
    try:
        data = deps.objects.read(picture, max_bytes=limits.IMAGE_BYTES_MAX)
        for model in models:
            found = deps.host.detect(model, data, picture)
            said[model.version] = Said(found.anomalous, found.confidence)
    except (UnusableImageError, NotFoundError, TooLargeError) as error:
        return Tried(str(picture), problem=str(error))
    return Tried(str(picture), said)
