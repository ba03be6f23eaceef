"""Trials: start, look at, verify, add to a dataset, delete."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sightline.domain.errors import NotFoundError
from sightline.domain.lookout import answers, limits, manifest, pages
from sightline.domain.lookout.answers import Members
from sightline.domain.lookout.calls import Call
from sightline.domain.lookout.datasets import DatasetType
from sightline.domain.lookout.errors import TRIAL, ResourceNotFoundError, ValidationError, shown
from sightline.domain.lookout.jobs import Job, JobKind
from sightline.domain.lookout.manifest import Label
from sightline.domain.lookout.records import S3Location, S3Object
from sightline.domain.lookout.trials import Trial, TrialStatus, Tried, compare, results_key, score
from sightline.workflow.control import entries, lookup
from sightline.workflow.control.once import Outcome, once
from sightline.workflow.control.ports import Check, ControlDeps, Put, Remove

VERSIONS_MAX = 2


def start_trial(
    project: str,
    versions: Sequence[str],
    images: S3Location | DatasetType,
    *,
    call: Call,
    deps: ControlDeps,
) -> Members:
    """Begin to try pictures on one or two versions; none must be running.

    The pictures lie below a place in S3, or they are a dataset's, whose labels say what is right.
    """
    if not 1 <= len(set(versions)) == len(versions) <= VERSIONS_MAX:
        raise ValidationError(f"ModelVersions must name 1 to {VERSIONS_MAX} different versions.")
    job_id = deps.new_id()

    def decide() -> Outcome:
        found = [lookup.get_triable(project, version, deps.registry) for version in versions]
        if isinstance(images, DatasetType):
            lookup.get_project(project, deps.registry).dataset(images)
        trial = Trial(
            name=f"trial-{job_id}",
            project=project,
            versions=tuple(dict.fromkeys(model.version for model in found)),
            images=None if isinstance(images, DatasetType) else images,
            dataset=images.value if isinstance(images, DatasetType) else "",
            created_at=deps.clock(),
            job=job_id,
        )
        job = Job(
            job_id=job_id,
            kind=JobKind.TRIAL,
            project=project,
            subject=trial.name,
            created_at=trial.created_at,
        )
        checks = {model.version: Check(model) for model in found}
        return Outcome({"Trial": _members(trial)}, [*checks.values(), Put(trial)], job)

    return once(call, TRIAL, deps, decide)


def list_trials(
    project: str, *, max_results: int | None, next_token: str | None, deps: ControlDeps
) -> Members:
    """A project's trials."""
    lookup.get_project(project, deps.registry)
    return lookup.page(
        Trial,
        project,
        deps.registry,
        member="Trials",
        describe=_members,
        max_results=max_results,
        token=next_token,
    )


def describe_trial(
    project: str,
    name: str,
    *,
    disputed: bool = False,
    max_results: int | None,
    next_token: str | None,
    deps: ControlDeps,
) -> Members:
    """A trial with a page of its pictures, or of those about which the versions disagree.

    While it runs, these are the pictures that it has come to so far.
    """
    size = pages.page_size(max_results)
    question = {"list": "Trial", "of": f"{project}/{name}", "disputed": disputed}
    start = pages.offset(question, next_token)
    trial, tried = _seen(project, name, deps)
    wanted = [
        (picture, trial.verified.get(str(number)))
        for number, picture in enumerate(tried)
        if picture.is_disputed or not disputed
    ]
    answer: Members = {
        "Trial": _members(trial),
        "Tried": len(tried),
        "Scores": {v: score(tried, v, trial.verified) for v in trial.versions},
        "Disputed": sum(picture.is_disputed for picture in tried),
        "Comparison": _comparison(trial, tried),
        "Images": [_picture(*one, deps) for one in wanted[start : start + size]],
    }
    if len(wanted) > start + size:
        answer["NextToken"] = pages.next_token(question, str(start + size))
    return answer


def verify_trial(
    project: str, name: str, labels: Mapping[str, Label], *, call: Call, deps: ControlDeps
) -> Members:
    """Remember what people say is right of some of a trial's pictures."""

    def decide() -> Outcome:
        trial = _get(project, name, deps)
        trial.check_complete()
        numbers = {p.source_ref: str(n) for n, p in enumerate(_tried(trial, deps))}
        for source_ref in labels:
            if source_ref not in numbers:
                raise ValidationError(f"Labels: the trial has no image {shown(source_ref)}.")
        said = {numbers[source_ref]: label for source_ref, label in labels.items()}
        changed = replace(trial, verified={**trial.verified, **said})
        return Outcome({"Trial": _members(changed)}, [Put(changed)])

    return once(call, TRIAL, deps, decide)


def add_trial_to_dataset(
    project: str, name: str, kind: DatasetType, *, call: Call, deps: ControlDeps
) -> Members:
    """Begin to add a trial's verified pictures to a dataset, labelled as people said."""
    trial = _get(project, name, deps)
    trial.check_complete()
    if not trial.verified:
        raise ValidationError(f"Trial {name} has no verified images; verify some first.")
    lines = [
        manifest.write_line(S3Object.parse(picture.source_ref), label, trial.created_at)
        for number, picture in enumerate(_tried(trial, deps))
        if (label := trial.verified.get(str(number)))
    ]
    changes = "\n".join(lines).encode()
    return entries.update_dataset_entries(project, kind, changes, call=call, deps=deps)


def delete_trial(project: str, name: str, *, call: Call, deps: ControlDeps) -> Members:
    """Remove a trial that does not run, and its results."""

    def decide() -> Outcome:
        trial = _get(project, name, deps)
        if trial.status is TrialStatus.RUNNING:
            trial.check_complete()
        return Outcome({}, [Remove(trial)])

    trial = _get(project, name, deps)
    answer = once(call, TRIAL, deps, decide)
    deps.entries.delete(trial.results or results_key(project, name))
    return answer


def _get(project: str, name: str, deps: ControlDeps) -> Trial:
    found = deps.registry.get(Trial, project, name)
    if found is None:
        lookup.get_project(project, deps.registry)
        raise ResourceNotFoundError(f"Project {project} has no trial {name}.", TRIAL, name)
    return found


def _seen(project: str, name: str, deps: ControlDeps) -> tuple[Trial, list[Tried]]:
    """A trial and its results; those of a running one may be replaced while they are read."""
    seen = None
    while True:
        trial = _get(project, name, deps)
        try:
            return trial, _tried(trial, deps)
        except NotFoundError:
            if trial.results == seen:
                raise
            seen = trial.results


def _tried(trial: Trial, deps: ControlDeps) -> list[Tried]:
    lines = deps.entries.read(trial.results) if trial.results else []
    return [Tried.of_line(line) for line in lines]


def _members(trial: Trial) -> Members:
    return {
        "TrialName": trial.name,
        "ProjectName": trial.project,
        "ModelVersions": list(trial.versions),
        "Images": _place(trial.images),
        "DatasetType": trial.dataset or None,
        "CreationTimestamp": answers.seconds(trial.created_at),
        "Status": trial.status.value,
        "StatusMessage": trial.message,
        "Total": trial.total,
        "Verified": len(trial.verified),
        "ImagesMax": limits.TRIAL_IMAGES_MAX,
    }


def _place(images: S3Location | None) -> Members | None:
    return {"Bucket": images.bucket, "Prefix": images.prefix} if images else None


def _comparison(trial: Trial, tried: Sequence[Tried]) -> Members | None:
    if len(trial.versions) != VERSIONS_MAX or trial.status is not TrialStatus.COMPLETE:
        return None
    found = compare(tried, trial.versions, trial.verified)
    return {
        "BothNormal": found.both_normal,
        "BothAnomalous": found.both_anomalous,
        "Disputed": found.disputed,
        "NotInspected": found.not_inspected,
        "Labeled": found.labeled,
        "BothRight": found.both_right,
        "BothWrong": found.both_wrong,
        "OnlyRight": dict(found.only_right),
    }


def _picture(picture: Tried, label: Label | None, deps: ControlDeps) -> Members:
    return {
        "SourceRef": picture.source_ref,
        "Results": {
            version: {"IsAnomalous": said.anomalous, "Confidence": said.confidence}
            for version, said in picture.said.items()
        },
        "Problem": picture.problem,
        "Label": label.value if label else "",
        "PictureUrl": deps.floor.links.view(S3Object.parse(picture.source_ref)),
    }
