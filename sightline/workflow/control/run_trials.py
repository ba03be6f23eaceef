"""The job that tries pictures on models."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from sightline.domain.errors import NotFoundError, TooLargeError, UnusableImageError
from sightline.domain.lookout import limits, manifest
from sightline.domain.lookout.datasets import DatasetType
from sightline.domain.lookout.errors import ValidationError
from sightline.domain.lookout.jobs import Job
from sightline.domain.lookout.manifest import Label
from sightline.domain.lookout.models import Model, version_name
from sightline.domain.lookout.records import S3Location, S3Object
from sightline.domain.lookout.trials import Said, Trial, Tried, results_key
from sightline.workflow.control import lookup
from sightline.workflow.control.finish import finish
from sightline.workflow.control.ports import (
    BusyError,
    Change,
    ChangedError,
    Found,
    Put,
    WorkDeps,
)

SUFFIXES = (".png", ".jpg", ".jpeg")
PICTURES_AT_ONCE = 8
SHOWN_EVERY = timedelta(seconds=2)
# Units may be busy with what programs ask. What is still busy then leaves the job to another try.
_PAUSES = (0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8)
_LISTED_MAX = 10 * limits.TRIAL_IMAGES_MAX  # other files may lie between the pictures


def run_trial(job: Job, deps: WorkDeps) -> None:
    """Try every picture on every version; a picture that cannot be inspected says why."""
    trial = _waiting(job, deps)
    tried: list[Tried] = []
    known: dict[str, Label] = {}
    key, shown = results_key(job.project, job.subject), []
    if trial is not None:
        models = [_model(trial, version, deps) for version in trial.versions]
        if trial.images is None:
            pictures, known = _labelled(trial, deps)
        else:
            pictures = _below(trial.images, deps)
        tried = _try_all(job, pictures, models, deps)
        deps.entries.write(key, [picture.to_line() for picture in tried])
        now = _waiting(job, deps)
        shown = [now.results] if now else []

    def settle() -> Sequence[Change]:
        now = _waiting(job, deps)
        return [Put(now.completed(key, len(tried), known))] if now else []

    finish(job, deps, settle, forget=shown)
    if deps.registry.get(Trial, job.project, job.subject) is None:  # deleted meanwhile
        deps.entries.delete(key)


def _try_all(
    job: Job, pictures: Sequence[S3Object], models: Sequence[Model], deps: WorkDeps
) -> list[Tried]:
    """Every picture, in order; now and then what is known so far is shown to whoever looks."""
    tried: list[Tried] = []
    shown_at = _show(job, tried, len(pictures), deps)
    with ThreadPoolExecutor(PICTURES_AT_ONCE) as pool:
        for one in pool.map(lambda picture: _try(picture, models, deps), pictures):
            tried.append(one)
            if deps.clock() - shown_at >= SHOWN_EVERY:
                shown_at = _show(job, tried, len(pictures), deps)
    return tried


def _show(job: Job, tried: Sequence[Tried], total: int, deps: WorkDeps) -> datetime:
    """Let a running trial have these results; the time after that."""
    now = _waiting(job, deps)
    if now is not None:
        # The next after the last that was shown: what a runner wrote that died before it could show
        # it is written over by the next one.
        number = int(now.results.rpartition(".")[2]) + 1 if now.results else 0
        key = f"{results_key(job.project, job.subject)}.{number}"
        deps.entries.write(key, [picture.to_line() for picture in tried])
        try:
            deps.registry.commit(Put(now.going_on(key, total)))
        except ChangedError:  # deleted, or somebody else's by now
            deps.entries.delete(key)
        else:
            if now.results:
                deps.entries.delete(now.results)
    return deps.clock()


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


def _labelled(trial: Trial, deps: WorkDeps) -> tuple[list[S3Object], dict[str, Label]]:
    """A dataset's pictures, and the labels of those that have one, by number."""
    kind = DatasetType(trial.dataset)
    lines = lookup.dataset_lines(trial.project, kind, deps.registry, deps.entries)
    entries = manifest.load(lines)
    if not 1 <= len(entries) <= limits.TRIAL_IMAGES_MAX:
        raise ValidationError(
            f"The {kind} dataset has {len(entries)} images; a trial takes 1 to "
            f"{limits.TRIAL_IMAGES_MAX}."
        )
    labels = {str(number): entry.label for number, entry in enumerate(entries) if entry.label}
    return [entry.source for entry in entries], labels


def _below(images: S3Location, deps: WorkDeps) -> list[S3Object]:
    listed = deps.objects.list(images, limit=_LISTED_MAX)
    found = [picture for picture in listed if picture.key.lower().endswith(SUFFIXES)]
    place = f"s3://{images.bucket}/{images.prefix}"
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
            found = _ask(model, data, picture, deps)
            said[model.version] = Said(found.anomalous, found.confidence)
    except (UnusableImageError, NotFoundError, TooLargeError) as error:
        return Tried(str(picture), problem=str(error))
    return Tried(str(picture), said)


def _ask(model: Model, data: bytes, picture: S3Object, deps: WorkDeps) -> Found:
    """More pictures are asked for at once than a model may have units."""
    for seconds in _PAUSES:
        try:
            return deps.host.detect(model, data, picture)
        except BusyError:
            deps.wait(seconds)
    return deps.host.detect(model, data, picture)
