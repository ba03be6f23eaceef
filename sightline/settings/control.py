"""Settings of the control service and its functions; see `sightline.settings.base`."""

from __future__ import annotations

from dataclasses import dataclass

from sightline.settings.base import Settings

OFF = "off"
"""Instead of a name or an ARN, where there is none."""


@dataclass(frozen=True)
class ControlSettings(Settings):
    """The control service; `control_detect_function` names the alias too (`name:alias`).

    `topic_arn` is that of alerts, `user_pool_id` that of the people who sign in. A camera not seen
    for `silent_after_minutes` is silent. `wakeup_rule` wakes the function that runs jobs every
    minute; it is off while there is nothing to see to. An inference unit costs `unit_usd_hour` US
    dollars an hour by the list prices that `prices_of` names, an hour of training
    `training_usd_hour`, one of detecting without a unit `detecting_usd_hour`.
    `model_keys` are the ARNs of the KMS keys that models may be encrypted with, joined by commas,
    or `OFF`.
    """

    control_table: str
    cameras_table: str
    inspections_table: str
    models_table: str
    models_bucket: str
    topic_arn: str
    user_pool_id: str
    silent_after_minutes: int
    control_job_function: str
    control_detect_function: str
    wakeup_rule: str
    unit_usd_hour: float
    training_usd_hour: float
    detecting_usd_hour: float
    prices_of: str
    endpoint_prefix: str
    model_keys: str
    account_id: str
    region_name: str


TRAINING_SECONDS = 900  # all that Lambda gives


@dataclass(frozen=True)
class ControlJobSettings(Settings):
    """The function that runs control's jobs; `training_budget` is fast, balanced or thorough.

    Inference units are instances of the alias `control_detect_alias` of the detection function.
    `endpoint_role_arn` is the role that SageMaker endpoints run as, or `OFF`.
    """

    control_table: str
    cameras_table: str
    models_table: str
    models_bucket: str
    control_job_function: str
    control_detect_function: str
    control_detect_alias: str
    wakeup_rule: str
    metrics_namespace: str
    endpoint_role_arn: str
    training_budget: str
    account_id: str
    region_name: str


@dataclass(frozen=True)
class ControlDetectSettings(Settings):
    """The function that answers DetectAnomalies."""

    models_bucket: str
