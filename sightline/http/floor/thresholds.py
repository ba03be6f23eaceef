"""Thresholds of models: what another one would do to the evaluation set, and setting it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from sightline.domain import times
from sightline.domain.lookout.errors import MODEL
from sightline.domain.lookout.records import S3Object
from sightline.http.floor.datasets import OURS
from sightline.http.floor.shapes import Asked, Query, Route, Shape, Time
from sightline.workflow.control import thresholds
from sightline.workflow.control.evaluation import Scored
from sightline.workflow.control.thresholds import Judged

ONE = OURS + "/models/{modelVersion}"
PICTURES_MAX = 100


class ThresholdIn(Shape):
    """The raw score from which a picture is anomalous; null is the one that training found."""

    threshold: Annotated[float, Field(allow_inf_nan=False, strict=False)] | None


class ThresholdOut(Shape):
    """Confidence is 1 / (1 + exp(-Slope * |Score - Threshold|))."""

    model_version: str
    threshold: float
    trained_threshold: float
    slope: float
    changed_by: str | None
    changed_at: Time | None


class ScoreOut(Shape):
    """One picture of the evaluation set; `Confidence` is at the present threshold."""

    source_ref: str
    label: Literal["normal", "anomaly"]
    score: float
    confidence: float


class SeenOut(ScoreOut):
    """A picture of the evaluation set with its address, which is good for minutes."""

    picture_url: str


class EvaluationOut(ThresholdOut):
    """What the slider needs: every score, and the worst mistakes.

    Scores are held out: of the test dataset, or else of fits without the picture that is scored.
    """

    images: list[ScoreOut]
    mistakes: list[SeenOut]


class PicturesQuery(Query):
    """Scores from `low` to below `high`."""

    low: Annotated[float, Field(allow_inf_nan=False)]
    high: Annotated[float, Field(allow_inf_nan=False)]
    limit: Annotated[int, Field(ge=1, le=PICTURES_MAX)] = 24


class PicturesOut(Shape):
    """Pictures of the evaluation set, those nearest to the present threshold first."""

    images: list[SeenOut]


def describe_evaluation(asked: Asked) -> EvaluationOut:
    """The scores of a model's evaluation set, and its worst mistakes at the present threshold."""
    judged = thresholds.describe_evaluation(*_model(asked), deps=asked.control)
    return EvaluationOut(
        **_members(judged),
        images=[ScoreOut(**_score(judged, picture)) for picture in judged.scores.pictures],
        mistakes=_seen(asked, judged, judged.mistakes()),
    )


def list_evaluation_pictures(asked: Asked) -> PicturesOut:
    """Pictures of the evaluation set by their scores: what another threshold would call otherwise.

    Those nearest to the present threshold come first.
    """
    judged = thresholds.describe_evaluation(*_model(asked), deps=asked.control)
    wanted: PicturesQuery = asked.query
    found = judged.between(wanted.low, wanted.high, wanted.limit)
    return PicturesOut(images=_seen(asked, judged, found))


def put_threshold(asked: Asked) -> ThresholdOut:
    """Let a model decide by another threshold, without training it anew."""
    value = asked.body.threshold
    judged = thresholds.put_threshold(*_model(asked), value, by=asked.caller, deps=asked.control)
    return ThresholdOut(**_members(judged))


def _model(asked: Asked) -> tuple[str, str]:
    return asked.path["projectName"], asked.path["modelVersion"]


def _members(judged: Judged) -> dict[str, Any]:
    changed = judged.changed
    return {
        "model_version": judged.model.version,
        "threshold": judged.threshold,
        "trained_threshold": judged.scores.threshold,
        "slope": judged.scores.slope,
        "changed_by": changed.by if changed else None,
        "changed_at": times.to_wire(changed.at) if changed else None,
    }


def _seen(asked: Asked, judged: Judged, pictures: Sequence[Scored]) -> list[SeenOut]:
    view = asked.deps.links.view
    return [
        SeenOut(**_score(judged, one), picture_url=view(S3Object.parse(one.source_ref)))
        for one in pictures
    ]


def _score(judged: Judged, picture: Scored) -> dict[str, Any]:
    return {
        "source_ref": picture.source_ref,
        "label": picture.label.value,
        "score": picture.score,
        "confidence": judged.confidence(picture),
    }


ROUTES: Sequence[Route] = (
    Route("GET", ONE + "/evaluation", describe_evaluation, EvaluationOut, MODEL),
    Route(
        "GET",
        ONE + "/evaluation/pictures",
        list_evaluation_pictures,
        PicturesOut,
        MODEL,
        query=PicturesQuery,
    ),
    Route("PUT", ONE + "/threshold", put_threshold, ThresholdOut, MODEL, body=ThresholdIn),
)
