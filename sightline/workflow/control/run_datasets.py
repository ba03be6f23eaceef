"""Jobs that fill, change and delete datasets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from sightline.domain.errors import InvalidError, NotFoundError
from sightline.domain.lookout import limits, manifest, pictures
from sightline.domain.lookout.datasets import DatasetStatus, DatasetType
from sightline.domain.lookout.errors import ValidationError, shown
from sightline.domain.lookout.feedback import Lesson
from sightline.domain.lookout.jobs import Job, JobKind
from sightline.domain.lookout.manifest import Entry
from sightline.domain.lookout.records import S3Object
from sightline.domain.lookout.trials import results_key
from sightline.workflow.control.finish import finish, forget_entries, waiting_dataset
from sightline.workflow.control.ports import Change, Put, WorkDeps

COPIES_AT_ONCE = 8


def run_create_dataset(job: Job, deps: WorkDeps) -> None:
    """Fill a new dataset from the manifest that its creator named."""
    bucket, key, version = job.source.split("\n")
    source = S3Object(bucket, key, version or None)
    try:
        lines = deps.objects.lines(source)
        entries = manifest.parse(lines, job.created_at, images_max=limits.TRAIN_IMAGES_MAX)
    except NotFoundError as error:
        asked = f" in version {shown(version)}" if version else ""
        raise InvalidError(f"The manifest {source} does not exist{asked}.") from error
    if not entries:
        raise ValidationError(f"The manifest {source} has no images.")
    _store(job, entries, deps)


def run_update_dataset(job: Job, deps: WorkDeps) -> None:
    """Add or replace entries: a new entry set takes the old one's place, or nothing changes."""

    def change(old: Sequence[Entry], staged: Sequence[str]) -> Sequence[Entry]:
        changes = manifest.parse(staged, job.created_at, images_max=limits.TRAIN_IMAGES_MAX)
        merged = manifest.merge(old, changes)
        manifest.check_one_bucket(merged)
        return merged

    _change(job, change, deps)


def run_remove_entries(job: Job, deps: WorkDeps) -> None:
    """Take the named images out, in the same way."""

    def change(old: Sequence[Entry], staged: Sequence[str]) -> Sequence[Entry]:
        gone = set(staged)
        return [entry for entry in old if entry.source_ref not in gone]

    _change(job, change, deps)


def run_feed_back(job: Job, deps: WorkDeps) -> None:
    """Copy inspected pictures to where the dataset's lie, and add them as people labelled them.

    Pictures of the line expire, those of a dataset must not.
    """

    def change(old: Sequence[Entry], staged: Sequence[str]) -> Sequence[Entry]:
        lessons = [Lesson.of_line(line) for line in staged]
        with ThreadPoolExecutor(COPIES_AT_ONCE) as pool:
            list(pool.map(lambda lesson: _copy(lesson, deps), lessons))
        lines = [lesson.entry(job.created_at) for lesson in lessons]
        changes = manifest.parse(lines, job.created_at, images_max=limits.TRAIN_IMAGES_MAX)
        merged = manifest.merge(old, changes)
        manifest.check_one_bucket(merged)
        return merged

    _change(job, change, deps)


def _copy(lesson: Lesson, deps: WorkDeps) -> None:
    data = deps.objects.read(lesson.source, max_bytes=limits.IMAGE_BYTES_MAX)
    try:
        pictures.dimensions(data)
    except ValidationError as error:
        raise ValidationError(f"{lesson.source} is not a readable PNG or JPEG.") from error
    deps.objects.write(lesson.target, data, pictures.content_type(data))


def _change(
    job: Job,
    change: Callable[[Sequence[Entry], Sequence[str]], Sequence[Entry]],
    deps: WorkDeps,
) -> None:
    waiting = waiting_dataset(job, deps)
    if waiting is None:
        finish(job, deps, list, forget=leftovers(job))
        return
    _, dataset = waiting
    old = manifest.load(deps.entries.read(dataset.entries)) if dataset.entries else []
    changed = change(old, deps.entries.read(job.source))
    _store(job, changed, deps, forget=[dataset.entries, job.source])


def run_delete_dataset(job: Job, deps: WorkDeps) -> None:
    """Delete a dataset; entry sets that models were trained on stay with those models."""
    forget_entries([job.source], job, deps)

    def settle() -> Sequence[Change]:
        now = waiting_dataset(job, deps)
        return [Put(now[0].without(now[1].type))] if now else []

    finish(job, deps, settle)


def run_forget_entries(job: Job, deps: WorkDeps) -> None:
    """Delete entry sets that nothing refers to any more."""
    forget_entries(job.source.split("\n"), job, deps)
    finish(job, deps, list)


def leftovers(job: Job) -> Sequence[str]:
    """The entry sets that a job may leave behind when it fails."""
    if job.kind is JobKind.TRIAL:
        return [results_key(job.project, job.subject)]
    if job.kind is JobKind.CREATE_DATASET:
        return [_key(job)]
    changing = job.kind in {JobKind.UPDATE_DATASET, JobKind.REMOVE_ENTRIES, JobKind.FEED_BACK}
    return [_key(job), job.source] if changing else []


def failed(job: Job, reason: str, deps: WorkDeps) -> Sequence[Change]:
    """What a job's end without success makes of its dataset."""
    waiting = waiting_dataset(job, deps)
    if waiting is None:
        return []
    project, dataset = waiting
    ended = dataset.failed(reason, deps.clock())
    if ended.status is DatasetStatus.DELETE_FAILED:
        ended = replace(ended, entries=job.source)
    return [Put(project.having(ended))]


def _key(job: Job) -> str:
    return f"{job.project}/{job.subject}/{job.job_id}.jsonl"


def _store(
    job: Job, entries: Sequence[Entry], deps: WorkDeps, *, forget: Sequence[str] = ()
) -> None:
    _check_count(job, entries)
    key = _key(job)
    deps.entries.write(key, manifest.dump(entries))

    def settle() -> Sequence[Change]:
        waiting = waiting_dataset(job, deps)
        if waiting is None:
            return []
        project, dataset = waiting
        return [Put(project.having(dataset.filled(key, entries, deps.clock())))]

    finish(job, deps, settle, forget=forget)


def _check_count(job: Job, entries: Sequence[Entry]) -> None:
    train = job.subject == DatasetType.TRAIN
    most = limits.TRAIN_IMAGES_MAX if train else limits.TEST_IMAGES_MAX
    if any(entry.mask for entry in entries):
        most = limits.SEGMENTATION_TRAIN_MAX if train else limits.SEGMENTATION_TEST_MAX
    if len(entries) > most:
        raise ValidationError(
            f"The {job.subject} dataset would have {len(entries)} images; at most {most} are "
            "possible."
        )
    kinds = {kind for entry in entries if entry.mask for kind in entry.mask.colours.values()}
    if len(kinds) > limits.LABELS_MAX:
        raise ValidationError(
            f"The masks name {len(kinds)} kinds of defects; at most {limits.LABELS_MAX} are "
            "possible."
        )
