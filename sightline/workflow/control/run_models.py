"""Jobs that train and delete models."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sightline.domain.lookout.idle import Asked, asked_identity
from sightline.domain.lookout.jobs import Job
from sightline.domain.lookout.models import Artifact, Evaluated, Model, Performance
from sightline.domain.lookout.packaging import PackagingJob
from sightline.domain.lookout.projects import Project
from sightline.domain.lookout.records import S3Object
from sightline.domain.lookout.schedules import Schedule, schedule_identity
from sightline.domain.lookout.trials import Trial, results_key
from sightline.workflow.control import evaluation, lookup, training_set
from sightline.workflow.control.finish import finish, forget_entries, waiting_model
from sightline.workflow.control.ports import Change, Put, Remove, WorkDeps


def run_train(job: Job, deps: WorkDeps) -> None:
    """Train a model and write its evaluation to the place that its creator named."""
    model = waiting_model(job, deps)
    if model is None:
        finish(job, deps, list)
        return
    with tempfile.TemporaryDirectory(dir=deps.work, prefix="train-") as work:
        folder, out = Path(work, "pictures"), Path(work, "model")
        pictures = training_set.fetch(model, folder, deps)
        trained = deps.trainer.train(folder, pictures.masks, out)
        prefix = f"{model.project}/{model.version}"
        deps.files.upload(out, prefix, key=model.kms_key)
    width, height = pictures.size
    colours = {kind: colour for kind, colour in pictures.colours.items() if kind in trained.labels}
    artifact = Artifact(prefix, trained.sha256, width, height, trained.labels, colours)
    at = deps.clock()
    key = evaluation.scores_key(model.project, model.version)
    deps.entries.write(key, evaluation.scores(trained, pictures))
    training, testing = evaluation.counts(trained, pictures)
    evaluated = Evaluated(
        performance=Performance(f1=trained.f1, recall=trained.recall, precision=trained.precision),
        manifest=_write(model, "Manifest", evaluation.manifest(model, trained, pictures, at), deps),
        result=_write(model, "Result", evaluation.result(model, trained, pictures, at), deps),
        at=at,
        training=training,
        testing=testing,
    )

    def settle() -> Sequence[Change]:
        now = waiting_model(job, deps)
        return [Put(now.trained(artifact, evaluated))] if now else []

    finish(job, deps, settle)


def run_delete_model(job: Job, deps: WorkDeps) -> None:
    """Delete a model's files, packaging jobs, trials and entry sets, and at last the model."""
    model = waiting_model(job, deps)
    if model is not None:
        for packaging in lookup.every(PackagingJob, job.project, deps.registry):
            if packaging.model_version == model.version:
                deps.registry.commit(Remove(packaging))
        for trial in lookup.every(Trial, job.project, deps.registry):
            if model.version in trial.versions:
                deps.entries.delete(trial.results or results_key(trial.project, trial.name))
                deps.registry.commit(Remove(trial))
        deps.hosting.stop(model)  # what a failed start may have left running
        deps.files.delete(f"{model.project}/{model.version}")
        deps.entries.delete(evaluation.scores_key(model.project, model.version))
        sets = [model.data.train, model.data.test or ""]
        forget_entries(sets, job, deps, but=model.version)

    def settle() -> Sequence[Change]:
        now = waiting_model(job, deps)
        project = deps.registry.get(Project, "", job.project)
        if now is None or project is None:
            return []
        counted = Put(replace(project, models=project.models - 1))
        belongings = (
            deps.registry.get(Schedule, *schedule_identity(job.project, job.subject)),
            deps.registry.get(Asked, *asked_identity(job.project, job.subject)),
        )
        return [Remove(now), counted, *(Remove(each) for each in belongings if each)]

    finish(job, deps, settle)


def failed(job: Job, reason: str, deps: WorkDeps) -> Sequence[Change]:
    """What a job's end without success makes of its model."""
    model = waiting_model(job, deps)
    return [Put(model.failed(reason))] if model else []


def _write(model: Model, kind: str, text: str, deps: WorkDeps) -> S3Object:
    name = f"Evaluation{kind}-{model.project}-{model.version}.json"
    target = model.output.object(name)
    deps.objects.write(target, text.encode(), "application/json", key=model.kms_key)
    return target
