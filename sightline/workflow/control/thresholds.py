"""A model's threshold: what it would do to the evaluation set, and setting it without training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from sightline.domain.confidence import confidence
from sightline.domain.errors import NotFoundError
from sightline.domain.lookout.calls import Call
from sightline.domain.lookout.errors import (
    MODEL,
    ResourceNotFoundError,
    ThrottlingError,
    ValidationError,
)
from sightline.domain.lookout.manifest import Label
from sightline.domain.lookout.models import Model, Threshold
from sightline.workflow.control import evaluation, lookup
from sightline.workflow.control.evaluation import Scored, Scores
from sightline.workflow.control.once import TRIES, Outcome, once
from sightline.workflow.control.ports import Check, ControlDeps, Put

MISTAKES_MAX = 12
_SCORE_MAX = 1e6


@dataclass(frozen=True)
class Judged:
    """A version, the scores of its evaluation set and the threshold that counts now."""

    model: Model
    scores: Scores

    @property
    def threshold(self) -> float:
        """From this raw score on a picture is anomalous."""
        return self.scores.threshold if self.model.threshold is None else self.model.threshold

    @property
    def changed(self) -> Threshold | None:
        """Who set a threshold last, if anybody did."""
        return self.model.thresholds[-1] if self.model.thresholds else None

    def confidence(self, picture: Scored) -> float:
        """How sure the model is of its verdict, 0.5..1."""
        return confidence(picture.score, self.threshold, self.scores.slope)

    def is_wrong(self, picture: Scored) -> bool:
        """Whether the verdict is not what people say."""
        return (picture.score >= self.threshold) != (picture.label is Label.ANOMALY)

    def between(self, low: float, high: float, limit: int) -> Sequence[Scored]:
        """Pictures with scores from `low` to below `high`, those nearest to the threshold first.

        They are those that another threshold at the far end would call otherwise.
        """
        found = [picture for picture in self.scores.pictures if low <= picture.score < high]
        return sorted(found, key=lambda p: abs(p.score - self.threshold))[:limit]

    def mistakes(self) -> Sequence[Scored]:
        """The wrong verdicts of which the model is most sure."""
        wrong = [picture for picture in self.scores.pictures if self.is_wrong(picture)]
        return sorted(wrong, key=lambda p: -abs(p.score - self.threshold))[:MISTAKES_MAX]


def describe_evaluation(project: str, version: str, *, deps: ControlDeps) -> Judged:
    """A version's evaluation; `ResourceNotFoundError` when it has none."""
    model = lookup.get_model(project, version, deps.registry)
    return Judged(model, _scores(model, deps))


def put_threshold(
    project: str, version: str, value: float | None, *, by: str, deps: ControlDeps
) -> Judged:
    """Let a version decide by another threshold from now on, or again by the trained one.

    It holds for the pipeline, for DetectAnomalies and for what is packaged from now on. A call that
    was cut off is put right by sending it again.
    """
    if value is not None and not (isfinite(value) and abs(value) <= _SCORE_MAX):
        raise ValidationError(f"Threshold {value} must be a number from -1e6 to 1e6.")
    judged = describe_evaluation(project, version, deps=deps)
    version = judged.model.version

    def decide() -> Outcome:
        model = lookup.get_model(project, version, deps.registry)
        changed = model.deciding_by(Threshold(value, by, deps.clock()))
        return Outcome({}, [Check(model) if model.threshold == value else Put(changed)])

    once(Call("PutThreshold", {}), MODEL, deps, decide)
    return Judged(_hand_over(project, version, deps), judged.scores)


def _hand_over(project: str, version: str, deps: ControlDeps) -> Model:
    """Let the pipeline decide as the model says, also while others change it."""
    for _ in range(TRIES):
        model = lookup.get_model(project, version, deps.registry)
        deps.serving.decide_by(project, version, model.threshold)
        if lookup.get_model(project, version, deps.registry).threshold == model.threshold:
            return model
    raise ThrottlingError("Too many people change this threshold at once; try again.")


def _scores(model: Model, deps: ControlDeps) -> Scores:
    try:
        lines = deps.entries.read(evaluation.scores_key(model.project, model.version))
    except NotFoundError as error:
        raise ResourceNotFoundError(
            f"Model version {model.version} of project {model.project} has no evaluation.",
            MODEL,
            model.resource_id,
        ) from error
    return evaluation.read_scores(lines)
