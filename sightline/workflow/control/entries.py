"""ListDatasetEntries, UpdateDatasetEntries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sightline.domain.lookout import limits, manifest, pages
from sightline.domain.lookout.answers import Members
from sightline.domain.lookout.calls import Call
from sightline.domain.lookout.datasets import DatasetType
from sightline.domain.lookout.errors import DATASET, LookoutError, ValidationError, shown
from sightline.domain.lookout.jobs import Job, JobKind
from sightline.domain.lookout.manifest import Entry, Label
from sightline.workflow.control import lookup
from sightline.workflow.control.once import Outcome, once
from sightline.workflow.control.ports import ControlDeps, Put


@dataclass(frozen=True)
class EntryFilter:
    """Which entries are asked for; None asks for nothing in particular."""

    labeled: bool | None = None
    anomaly_class: Label | None = None
    created_before: datetime | None = None
    created_after: datetime | None = None
    source_ref_contains: str | None = None

    def admits(self, entry: Entry) -> bool:
        """Whether an entry is asked for. Its creation is when it was added to the dataset."""
        return (
            self.labeled in {None, entry.label is not None}
            and self.anomaly_class in {None, entry.label}
            and (self.created_before is None or entry.added_at < self.created_before)
            and (self.created_after is None or entry.added_at > self.created_after)
            and (self.source_ref_contains or "") in entry.source_ref
        )


def list_dataset_entries(
    project: str,
    kind: DatasetType,
    wanted: EntryFilter,
    *,
    max_results: int | None,
    next_token: str | None,
    deps: ControlDeps,
) -> Members:
    """The JSON lines of a dataset, in the order in which they were added."""
    found, token = page_of_entries(
        project, kind, wanted, max_results=max_results, next_token=next_token, deps=deps
    )
    answer: Members = {"DatasetEntries": [entry.line for entry in found]}
    return {**answer, "NextToken": token} if token else answer


def page_of_entries(
    project: str,
    kind: DatasetType,
    wanted: EntryFilter,
    *,
    max_results: int | None,
    next_token: str | None,
    deps: ControlDeps,
) -> tuple[list[Entry], str | None]:
    """Entries of a dataset in the order in which they were added, and the next page's token."""
    size = pages.page_size(max_results)
    question = {"list": "DatasetEntries", "of": f"{project}/{kind}", "filter": str(wanted)}
    start = pages.offset(question, next_token)
    lines = lookup.dataset_lines(project, kind, deps.registry, deps.entries)
    found: list[Entry] = []
    for at in range(start, len(lines)):
        (entry,) = manifest.load([lines[at]])
        if not wanted.admits(entry):
            continue
        if len(found) == size:
            return found, pages.next_token(question, str(at))
        found.append(entry)
    return found, None


def update_dataset_entries(
    project: str, kind: DatasetType, changes: bytes, *, call: Call, deps: ControlDeps
) -> Members:
    """Begin to add or replace entries. Lines that cannot be read refuse the whole call."""
    lines = _lines(changes)
    if not manifest.parse(lines, deps.clock(), images_max=limits.TRAIN_IMAGES_MAX):
        raise ValidationError("Changes holds no JSON line.")
    return begin_change(project, kind, lines, JobKind.UPDATE_DATASET, call, deps)


def begin_change(
    project: str,
    kind: DatasetType,
    lines: Sequence[str],
    job_kind: JobKind,
    call: Call,
    deps: ControlDeps,
) -> Members:
    """Begin to change a dataset by a job of this kind, which finds the lines as it is told them."""
    job_id, at = deps.new_id(), deps.clock()
    staged = f"{project}/{kind}/{job_id}.changes"

    def decide() -> Outcome:
        owner = lookup.get_project(project, deps.registry)
        dataset = owner.dataset(kind).updating(job_id, deps.clock())
        job = Job(
            job_id=job_id,
            kind=job_kind,
            project=project,
            subject=kind.value,
            created_at=at,
            source=staged,
        )
        deps.entries.write(staged, lines)
        return Outcome({"Status": dataset.status.value}, [Put(owner.having(dataset))], job)

    try:
        return once(call, DATASET, deps, decide)
    except LookoutError:
        deps.entries.delete(staged)
        raise


def remove_dataset_entries(
    project: str, kind: DatasetType, source_refs: Sequence[str], *, call: Call, deps: ControlDeps
) -> Members:
    """Begin to take images out of a dataset, which the protocol itself cannot."""
    lines = lookup.dataset_lines(project, kind, deps.registry, deps.entries)
    known = {entry.source_ref for entry in manifest.load(lines)}
    missing = [source_ref for source_ref in source_refs if source_ref not in known]
    if missing:
        raise ValidationError(f"SourceRefs: the dataset has no image {shown(missing[0])}.")
    return begin_change(project, kind, list(source_refs), JobKind.REMOVE_ENTRIES, call, deps)


def _lines(changes: bytes) -> list[str]:
    if not 1 <= len(changes) <= limits.CHANGES_BYTES_MAX:
        raise ValidationError(
            f"Changes has {len(changes)} bytes; 1 to {limits.CHANGES_BYTES_MAX} are possible."
        )
    try:
        return changes.decode("utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise ValidationError("Changes is not UTF-8 text.") from error
