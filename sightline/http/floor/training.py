"""What a training needs, how long it may take and what it costs at most: said before it begins."""

from __future__ import annotations

from collections.abc import Sequence

from sightline.domain.lookout import limits
from sightline.domain.lookout.uploads import results
from sightline.http.floor.datasets import FILES_MAX, OURS, PlaceOut
from sightline.http.floor.shapes import PROJECT, Asked, Route, Shape
from sightline.settings.control import TRAINING_SECONDS
from sightline.workflow.control import lookup


class NeededOut(Shape):
    """The fewest pictures of each kind: `Normal` and `Anomaly` of a single dataset.

    With a test dataset of its own, `TrainNormal` of the one and the others of the other.
    """

    normal: int
    anomaly: int
    train_normal: int
    test_normal: int
    test_anomaly: int


class PicturesMaxOut(Shape):
    """How large pictures are (sides in pixels), and how many there can be."""

    side_min: int
    side_max: int
    bytes_max: int
    train_max: int
    test_max: int
    trial_max: int
    uploads_max: int


class CostsOut(Shape):
    """US dollars, by the list prices that `PricesOf` names.

    `TrainingUsd` is for all of the time that a training may take, `TrialUsd` for a thousand
    pictures of a trial, each looked at for a second by one version.
    """

    training_usd: float
    trial_usd: float
    prices_of: str


class TrainingOut(Shape):
    """What a training takes. `Results` is a place in S3 where its evaluation may be written."""

    needed: NeededOut
    pictures: PicturesMaxOut
    minutes_max: int
    costs: CostsOut
    results: PlaceOut


def describe_training(asked: Asked) -> TrainingOut:
    """What a training needs, how long it may take and what it costs at most."""
    project = lookup.get_project(asked.path["projectName"], asked.control.registry)
    price = asked.control.unit_price
    place = results(asked.deps.uploads_bucket, project.name)
    return TrainingOut(
        needed=NeededOut(
            normal=limits.SINGLE_NORMAL_MIN,
            anomaly=limits.SINGLE_ANOMALY_MIN,
            train_normal=limits.TRAIN_NORMAL_MIN,
            test_normal=limits.TEST_NORMAL_MIN,
            test_anomaly=limits.TEST_ANOMALY_MIN,
        ),
        pictures=PicturesMaxOut(
            side_min=limits.SIDE_MIN,
            side_max=limits.SIDE_MAX,
            bytes_max=limits.IMAGE_BYTES_MAX,
            train_max=limits.TRAIN_IMAGES_MAX,
            test_max=limits.TEST_IMAGES_MAX,
            trial_max=limits.TRIAL_IMAGES_MAX,
            uploads_max=FILES_MAX,
        ),
        minutes_max=TRAINING_SECONDS // 60,
        costs=CostsOut(
            training_usd=price.training_usd_hour * TRAINING_SECONDS / 3600,
            trial_usd=price.detecting_usd_hour * 1000 / 3600,
            prices_of=price.of,
        ),
        results=PlaceOut(bucket=place.bucket, prefix=place.prefix),
    )


ROUTES: Sequence[Route] = (
    Route("GET", OURS + "/training", describe_training, TrainingOut, PROJECT),
)
